"""Curves per layer during training: the sizes of gradients and updates, and the share of inactive units."""

import numpy as np

from dashboard.charts.history_marks import changes_by_hand
from dashboard.charts.lines import Axis, Guide, LineChart, Series, frame_colours, short, thin
from dashboard.theme import Theme, ramp
from nnlib.history import History, Table

USUAL = 1e-3  # update to weights, a rule of thumb
DASHED = (6.0, 3.0)


def gradients(history: History, theme: Theme) -> LineChart:
    """The root mean square gradient of each layer's weights."""
    table = history.updates
    return _chart(history, _per_layer(table, table["gradient"], theme), theme, _log("gradient per weight (RMS)"))


def updates(history: History, theme: Theme, *, relative: bool) -> LineChart:
    """The root mean square update of each layer's weights; if `relative`, divided by that of the weights."""
    table = history.updates
    if not relative:
        return _chart(history, _per_layer(table, table["update"], theme), theme, _log("update per weight (RMS)"))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = table["update"] / table["weight"]
    level = Guide(USUAL, f"usual: about {USUAL:g}")
    return _chart(history, _per_layer(table, ratio, theme), theme, _log("update ÷ weight (both RMS)"), [level])


def inactive(history: History, theme: Theme) -> LineChart:
    """The share of inactive units of each layer with an activation, in percent."""
    table = history.activity
    lines = _per_layer(table, 100 * table["inactive"], theme)
    return _chart(history, lines, theme, Axis("inactive units (% of the layer)", 0.0, 100.0), unit="%")


def _log(title):
    return Axis(title, log=True)


def _per_layer(table: Table, values: np.ndarray, theme: Theme):
    layer, epoch = table["layer"], table["epoch"]
    numbers = np.unique(layer).astype(int).tolist()
    for number, colour in zip(numbers, ramp(theme.train, theme.validation, len(numbers)), strict=True):
        x, y = thin(epoch[layer == number], values[layer == number])
        dash = () if number % 2 else DASHED
        yield Series(f"layer {number}", short(x), short(y), colour, width=2.0, dash=dash, symbol="circle")


def _chart(history, series, theme, y, levels=(), unit=""):
    end = max(1.0, history.evaluations.last("epoch"), history.batches.last("epoch") or 0.0)
    return LineChart(
        Axis("epochs (passes through the training digits)", 0.0, 1.02 * end),
        y,
        place="epoch",
        unit=unit,
        series=list(series),
        levels=list(levels),
        marks=changes_by_hand(history),
        colours=frame_colours(theme),
    )
