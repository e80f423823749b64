"""The curves of a network with a bug beside those of the sound one."""

import math

import numpy as np

from dashboard.charts.lines import Axis, Guide, LineChart, Series, frame_colours, short, smooth, thin
from dashboard.theme import Theme
from nnlib.bugs.experiment import Experiment

SMOOTHED = 5  # mini-batches
FAR = 5.0  # times the loss of guessing: above it, only a logarithmic axis shows both


def loss_curves(made: Experiment, theme: Theme) -> LineChart:
    """The loss of the mini-batches of both."""
    guessing = math.log(made.sound.digits.n_classes)
    series = []
    for name, trainer, colour in _both(made, theme):
        batches = trainer.history.batches
        x, y = thin(batches["epoch"], smooth(batches["loss"], SMOOTHED))
        series.append(Series(name, short(x), short(y), colour, width=2.5, dash=_dash(trainer, made)))
    most = max((y for each in series for y in each.y if y is not None), default=0.0)
    log = most > FAR * guessing
    axis = Axis("loss (nats per digit)", low=None if log else 0.0, log=log)
    return _chart(made, axis, "nats", series, Guide(guessing, f"guessing: {guessing:.3f}"), theme)


def accuracy_curves(made: Experiment, theme: Theme) -> LineChart:
    """The validation accuracy of both, in per cent."""
    chance = 100 / made.sound.digits.n_classes
    series = []
    for name, trainer, colour in _both(made, theme):
        table = trainer.history.evaluations
        x, y = table["epoch"], 100 * np.asarray(table["validation_accuracy"])
        look = {"width": 2.5, "dash": _dash(trainer, made), "symbol": "circle" if trainer is made.sound else "diamond"}
        series.append(Series(name, short(x), short(y), colour, **look))
    axis = Axis("validation accuracy (% of digits right)", 0.0, 101.0)
    return _chart(made, axis, "%", series, Guide(chance, f"guessing: {chance:.0f} %"), theme)


def _both(made, theme):
    return ("sound", made.sound, theme.train), ("with the bug", made.sick, theme.validation)


def _dash(trainer, made):
    return () if trainer is made.sound else (6, 3)


def _chart(made, y, unit, series, level, theme):
    end = 1.02 * made.sound.planned_epochs
    x = Axis("epochs (passes through the training digits)", 0.0, end)
    return LineChart(x, y, "epoch", unit, series, [level], [], frame_colours(theme))
