"""Loss and accuracy along a training."""

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.base import frame, smooth, thin
from dashboard.narration import chance_loss
from dashboard.theme import Theme
from nnlib.history import History

RATE_MARKS = 8  # the newest so many changes of the learning rate are marked


def loss_curves(history: History, theme: Theme, n_classes: int, *, smoothing: int = 1, log: bool = False) -> go.Figure:
    """Loss per mini-batch (faint), on the training sample and on the validation digits, with the loss of guessing."""
    figure = _curves(history, theme, "loss", "loss (nats per digit)", smoothing, 1.0)
    figure.update_yaxes(type="log" if log else "linear", rangemode="tozero")
    chance = chance_loss(n_classes)
    _level(figure, theme, chance, f"guessing: ln {n_classes} = {chance:.3f}")
    return figure


def accuracy_curves(
    history: History, theme: Theme, n_classes: int, *, smoothing: int = 1, log: bool = False
) -> go.Figure:
    """Accuracy in per cent, likewise; on the logarithmic axis the share of mistakes."""
    if log:
        figure = _curves(history, theme, "accuracy", "mistakes (% of digits)", smoothing, -100.0, 100.0)
        figure.update_yaxes(type="log")
        _level(figure, theme, 100 - 100 / n_classes, f"guessing: {100 - 100 / n_classes:.0f} % wrong")
        return figure
    figure = _curves(history, theme, "accuracy", "accuracy (% of digits right)", smoothing, 100.0)
    _level(figure, theme, 100 / n_classes, f"guessing: {100 / n_classes:.0f} %")
    figure.update_yaxes(range=[0, 101])
    return figure


def _curves(history, theme, quantity, title, smoothing, factor, offset=0.0):
    figure = frame(theme, x="epochs (passes through the training digits)", y=title)
    batches, evaluations = history.batches, history.evaluations
    x, y = thin(batches["epoch"], smooth(batches[quantity], smoothing))
    name = "mini-batch" if smoothing <= 1 else f"mini-batch, mean of {smoothing}"
    figure.add_scatter(
        x=x, y=offset + factor * y, name=name, mode="lines", line={"color": theme.batch, "width": 1}, hoverinfo="skip"
    )
    epochs = evaluations["epoch"]
    for split, colour, dash in (("training", theme.train, "solid"), ("validation", theme.validation, "solid")):
        x, y = thin(epochs, evaluations[f"{split}_{quantity}"])
        figure.add_scatter(
            x=x,
            y=offset + factor * y,
            name=split,
            mode="lines+markers" if len(x) < 40 else "lines",
            line={"color": colour, "width": 2.5, "dash": dash},
            marker={"size": 5, "symbol": "circle" if split == "training" else "diamond"},
            hovertemplate=f"epoch %{{x:.2f}}: {split} {quantity} %{{y:.4g}}<extra></extra>",
        )
    _mark_rate_changes(figure, history, theme)
    end = max(1.0, float(epochs[-1]), batches.last("epoch") or 0.0)
    figure.update_xaxes(range=[0, 1.02 * end])
    return figure


def _level(figure, theme, y, text):
    place = np.log10(y) if figure.layout.yaxis.type == "log" else y  # Plotly's annotations want it so, its lines do not
    note = {"text": text, "font": {"color": theme.muted, "size": 12}, "xanchor": "right", "x": 1, "y": place}
    figure.add_hline(y=y, line={"dash": "dot", "color": theme.muted, "width": 1}, annotation=note)


def _mark_rate_changes(figure, history, theme):
    rate, epoch = history.batches["learning_rate"], history.batches["epoch"]
    if len(rate) < 2:
        return
    # A schedule moves the rate a little at every step; only a hand on the slider moves it by a tenth or more at once.
    for change in np.flatnonzero(np.abs(np.diff(np.log(rate))) > 0.09)[-RATE_MARKS:]:
        figure.add_vline(
            x=float(epoch[change]),
            line={"color": theme.muted, "width": 1, "dash": "dash"},
            annotation={"text": f"lr {rate[change + 1]:.3g}", "font": {"color": theme.muted, "size": 11}, "y": 0.0},
        )
