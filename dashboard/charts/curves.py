"""Loss and accuracy along a training.

These are drawn several times a second for everybody who trains, so a figure is put together from plain values at once:
Plotly's way of adding to it bit by bit, checking each value, takes twenty times as long.
"""

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.base import layout, smooth, thin
from dashboard.narration import chance_loss
from dashboard.theme import Theme
from nnlib.history import History

RATE_MARKS = 8  # the newest so many changes of the learning rate are marked


def loss_curves(history: History, theme: Theme, n_classes: int, *, smoothing: int = 1, log: bool = False) -> go.Figure:
    """Loss per mini-batch (faint), on the training sample and on the validation digits, with the loss of guessing."""
    chance = chance_loss(n_classes)
    return _figure(
        _curves(history, theme, "loss", smoothing),
        history,
        theme,
        {"type": "log"} if log else {"rangemode": "tozero"},
        title="loss (nats per digit)",
        level=chance,
        meaning=f"guessing: ln {n_classes} = {chance:.3f}",
    )


def accuracy_curves(
    history: History, theme: Theme, n_classes: int, *, smoothing: int = 1, log: bool = False
) -> go.Figure:
    """Accuracy in per cent, likewise; on the logarithmic axis the share of mistakes."""
    chance = 100 / n_classes
    if log:
        return _figure(
            _curves(history, theme, "accuracy", smoothing, -100.0, 100.0),
            history,
            theme,
            {"type": "log"},
            title="mistakes (% of digits)",
            level=100 - chance,
            meaning=f"guessing: {100 - chance:.0f} % wrong",
        )
    return _figure(
        _curves(history, theme, "accuracy", smoothing, 100.0),
        history,
        theme,
        {"range": [0, 101]},
        title="accuracy (% of digits right)",
        level=chance,
        meaning=f"guessing: {chance:.0f} %",
    )


def _curves(history, theme, quantity, smoothing, factor=1.0, offset=0.0):
    """One curve of all mini-batches and one of each split evaluated."""
    batches, evaluations = history.batches, history.evaluations
    x, y = thin(batches["epoch"], smooth(batches[quantity], smoothing))
    yield {
        "type": "scatter",
        "x": x,
        "y": offset + factor * y,
        "name": "mini-batch" if smoothing <= 1 else f"mini-batch, mean of {smoothing}",
        "mode": "lines",
        "line": {"color": theme.batch, "width": 1},
        "hoverinfo": "skip",
    }
    for split, colour, symbol in (("training", theme.train, "circle"), ("validation", theme.validation, "diamond")):
        x, y = thin(evaluations["epoch"], evaluations[f"{split}_{quantity}"])
        yield {
            "type": "scatter",
            "x": x,
            "y": offset + factor * y,
            "name": split,
            "mode": "lines+markers" if len(x) < 40 else "lines",
            "line": {"color": colour, "width": 2.5},
            "marker": {"size": 5, "symbol": symbol},
            "hovertemplate": f"epoch %{{x:.2f}}: {split} {quantity} %{{y:.4g}}<extra></extra>",
        }


def _figure(curves, history, theme, yaxis, *, title, level, meaning):
    whole = layout(theme, x="epochs (passes through the training digits)", y=title)
    end = max(1.0, history.evaluations.last("epoch"), history.batches.last("epoch") or 0.0)
    whole["xaxis"] |= {"range": [0, 1.02 * end]}
    whole["yaxis"] |= yaxis
    lines = [_level(theme, level, meaning, yaxis), *_rate_changes(history, theme)]
    whole["shapes"], whole["annotations"] = map(list, zip(*lines, strict=True))
    return go.Figure({"data": list(curves), "layout": whole}, _validate=False)


def _level(theme, y, meaning, yaxis):
    """A dotted line across the chart, and what it means."""
    place = np.log10(y) if yaxis.get("type") == "log" else y  # Plotly's annotations want it so, its lines do not
    line = {"dash": "dot", "color": theme.muted, "width": 1}
    font = {"color": theme.muted, "size": 12}
    return (
        {"type": "line", "xref": "x domain", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": line},
        {
            "text": meaning,
            "font": font,
            "showarrow": False,
            "xref": "x domain",
            "x": 1,
            "xanchor": "right",
            "y": float(place),
            "yanchor": "bottom",
        },
    )


def _rate_changes(history, theme):
    """A dashed line where the learning rate was changed by hand, and the new rate."""
    rate, epoch = history.batches["learning_rate"], history.batches["epoch"]
    line = {"dash": "dash", "color": theme.muted, "width": 1}
    font = {"color": theme.muted, "size": 11}
    # A schedule moves the rate a little at every step; only a hand on the slider moves it by a tenth or more at once.
    for change in np.flatnonzero(np.abs(np.diff(np.log(rate))) > 0.09)[-RATE_MARKS:]:
        x = float(epoch[change])
        yield (
            {"type": "line", "yref": "y domain", "y0": 0, "y1": 1, "x0": x, "x1": x, "line": line},
            {
                "text": f"lr {rate[change + 1]:.3g}",
                "font": font,
                "showarrow": False,
                "x": x,
                "xanchor": "left",
                "yref": "y domain",
                "y": 0,
                "yanchor": "bottom",
            },
        )
