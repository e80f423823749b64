"""The ROC and the precision-recall curve of two classes."""

import plotly.graph_objects as go

from dashboard.charts.base import add_reference, frame
from dashboard.theme import Theme
from nnlib.analysis.roc import Thresholds

HEIGHT = 380


def roc(found: Thresholds, at: float, theme: Theme) -> go.Figure:
    """True over false positive rate, in per cent, with the diagonal of guessing and the chosen threshold marked."""
    figure = _square("false positive rate (%)", "true positive rate, recall (%)", theme)
    add_reference(figure, (0, 100), "guessing", theme)
    _curve(figure, found, found.false_alarm_rate, found.recall, at, theme, slice(None), "linear")
    return figure


def precision_recall(found: Thresholds, at: float, theme: Theme) -> go.Figure:
    """Precision over recall, in per cent, with the level line of guessing and the chosen threshold marked."""
    figure = _square("recall (%)", "precision (%)", theme)
    share = 100 * found.positives / (found.positives + found.negatives)
    add_reference(figure, (share, share), "guessing", theme)
    # The first point has no guesses, so its precision is 0 of 0: the curve begins at the second.
    _curve(figure, found, found.recall, found.precision, at, theme, slice(1, None), "vh")
    return figure


def _square(x, y, theme):
    figure = frame(theme, x=x, y=y, height=HEIGHT)
    figure.update_xaxes(fixedrange=True, range=[-2, 102], dtick=20, constrain="domain")
    figure.update_yaxes(fixedrange=True, range=[-2, 104], dtick=20)
    return figure


def _curve(figure, found, x, y, at, theme, drawn, shape):
    figure.add_scatter(
        x=100 * x[drawn],
        y=100 * y[drawn],
        mode="lines",
        line={"color": theme.train, "width": 2.5, "shape": shape},
        customdata=found.threshold[drawn],
        name="this network",
        hovertemplate="threshold %{customdata:.4f}: %{y:.1f} % at %{x:.1f} %<extra></extra>",
    )
    place = found.at(at)
    figure.add_scatter(
        x=[100 * float(x[place])],
        y=[100 * float(y[place])],
        mode="markers",
        marker={"color": theme.ink, "size": 11},
        name=f"threshold {at:g}",
        hovertemplate="chosen threshold: %{y:.1f} % at %{x:.1f} %<extra></extra>",
    )
