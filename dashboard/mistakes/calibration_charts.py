"""Charts of calibration: the answers and errors that remain at each threshold, and accuracy against confidence."""

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.base import add_reference, frame
from dashboard.charts.lines import Axis, Guide, LineChart, Series, frame_colours, short
from dashboard.theme import Theme
from nnlib.analysis.calibration import Answers, Calibration

EVERY = 2  # every second threshold is drawn: 500 points look like a thousand


def answered(thresholds: np.ndarray, found: Answers, n: int, at: int, x: str, theme: Theme) -> LineChart:
    """The share of all n digits answered at each threshold, in per cent, with the threshold at place `at` marked; `x`
    is the title of the axis."""
    y = Axis("answered (% of all digits)", 0.0, 104.0)
    return _chart("answered", thresholds, found.answered / n, theme.train, at, x, y, theme)


def wrong_answers(thresholds: np.ndarray, found: Answers, at: int, x: str, theme: Theme) -> LineChart:
    """The share of wrong answers at each threshold, in per cent; NaN where nothing is answered."""
    with np.errstate(invalid="ignore"):
        share = 1 - found.right / found.answered
    y = Axis("wrong (% of the answers)", 0.0, 108.0 * float(np.nanmax(share, initial=0.0)) or 1.0)
    return _chart("wrong", thresholds, share, theme.wrong, at, x, y, theme)


def _chart(name, thresholds, share, colour, at, x, y, theme):
    here = slice(at, at + 1)
    return LineChart(
        Axis(x, float(thresholds[0]), float(thresholds[-1])),
        y,
        place="threshold",
        unit="%",
        series=[
            Series(name, short(thresholds[::EVERY]), short(100 * share[::EVERY]), colour, width=2.5),
            Series("chosen threshold", short(thresholds[here]), short(100 * share[here]), theme.ink, symbol="circle"),
        ],
        levels=[],
        marks=[Guide(float(thresholds[at]), f"{thresholds[at]:g}")],
        colours=frame_colours(theme),
    )


def reliability(found: Calibration, theme: Theme) -> go.Figure:
    """Accuracy against confidence, in per cent: for each bin a bar with its number of digits, and a point at its mean
    confidence with the 95 % interval of its accuracy; and the diagonal of perfect calibration."""
    figure = frame(theme, x="confidence: probability of the guess (%)", y="accuracy (%)", height=420)
    bins = len(found.count)
    full = found.count > 0
    width = 100 / bins
    figure.add_bar(
        x=(np.arange(bins) + 0.5)[full] * width,
        y=100 * found.accuracy[full],
        width=width * 0.94,
        marker={"color": theme.batch, "opacity": 0.5},
        name="accuracy of the bin",
        hoverinfo="skip",
    )
    add_reference(figure, (0, 100), "perfect calibration", theme)
    accuracy = 100 * found.accuracy[full]
    figure.add_scatter(
        x=100 * found.confidence[full],
        y=accuracy,
        mode="markers",
        marker={"color": theme.train, "size": 9},
        error_y={
            "array": 100 * found.high[full] - accuracy,
            "arrayminus": accuracy - 100 * found.low[full],
            "color": theme.train,
            "thickness": 1.5,
            "width": 3,
        },
        customdata=np.stack([found.count[full], 100 * found.low[full], 100 * found.high[full]], axis=-1),
        name="accuracy at the mean confidence, 95 % interval",
        hovertemplate="mean confidence %{x:.1f} %, accuracy %{y:.1f} %<br>%{customdata[0]:,} digits, 95 % interval "
        "%{customdata[1]:.1f} to %{customdata[2]:.1f} %<extra></extra>",
    )
    for place in np.flatnonzero(full):
        figure.add_annotation(
            x=(place + 0.5) * width,
            y=2,
            text=f"{found.count[place]:,}",
            showarrow=False,
            textangle=-90,
            yanchor="bottom",
            font={"size": 12, "color": theme.ink},
        )
    figure.update_xaxes(fixedrange=True, range=[0, 101], dtick=20)
    figure.update_yaxes(fixedrange=True, range=[0, 104], dtick=20)
    return figure
