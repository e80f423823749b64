"""Loss and accuracy along a training."""

import numpy as np

from dashboard.charts.lines import Axis, Guide, LineChart, Series, frame_colours, short, smooth, thin
from dashboard.narration import chance_loss
from dashboard.theme import Theme
from nnlib.history import History

RATE_MARKS = 8  # the newest so many changes of the learning rate are marked
HAND_MARKS = 4  # and of weights by hand


def loss_curves(history: History, theme: Theme, n_classes: int, *, smoothing: int = 1, log: bool = False) -> LineChart:
    """Loss per mini-batch (faint), on the training sample and on the validation digits, with the loss of guessing."""
    chance = chance_loss(n_classes)
    return _chart(
        list(_curves(history, theme, "loss", smoothing)),
        history,
        theme,
        Axis("loss (nats per digit)", low=None if log else 0.0, log=log),
        unit="nats",
        level=Guide(chance, f"guessing: ln {n_classes} = {chance:.3f}"),
    )


def accuracy_curves(
    history: History, theme: Theme, n_classes: int, *, smoothing: int = 1, log: bool = False
) -> LineChart:
    """Accuracy in per cent, likewise; on the logarithmic axis the share of mistakes."""
    chance = 100 / n_classes
    if log:
        return _chart(
            list(_curves(history, theme, "accuracy", smoothing, -100.0, 100.0)),
            history,
            theme,
            Axis("mistakes (% of digits)", log=True),
            unit="%",
            level=Guide(100 - chance, f"guessing: {100 - chance:.0f} % wrong"),
        )
    return _chart(
        list(_curves(history, theme, "accuracy", smoothing, 100.0)),
        history,
        theme,
        Axis("accuracy (% of digits right)", 0.0, 101.0),
        unit="%",
        level=Guide(chance, f"guessing: {chance:.0f} %"),
    )


def _curves(history, theme, quantity, smoothing, factor=1.0, offset=0.0):
    """One curve of all mini-batches and one of each split evaluated."""
    batches, evaluations = history.batches, history.evaluations
    x, y = thin(batches["epoch"], smooth(batches[quantity], smoothing))
    name = "mini-batch" if smoothing <= 1 else f"mini-batch, mean of {smoothing}"
    yield Series(name, short(x), short(offset + factor * y), theme.batch)
    for split, colour, symbol in (("training", theme.train, "circle"), ("validation", theme.validation, "diamond")):
        x, y = thin(evaluations["epoch"], evaluations[f"{split}_{quantity}"])
        yield Series(split, short(x), short(offset + factor * y), colour, width=2.5, symbol=symbol)


def _chart(series, history, theme, y, *, unit, level):
    end = max(1.0, history.evaluations.last("epoch"), history.batches.last("epoch") or 0.0)
    return LineChart(
        Axis("epochs (passes through the training digits)", 0.0, 1.02 * end),
        y,
        place="epoch",
        unit=unit,
        series=series,
        levels=[level],
        marks=[*_rate_changes(history), *changes_by_hand(history)],
        colours=frame_colours(theme),
    )


def changes_by_hand(history: History) -> list[Guide]:
    """Where weights were changed by hand."""
    return [Guide(note.epoch, "changed by hand") for note in history.interventions[-HAND_MARKS:]]


def _rate_changes(history):
    """Where the learning rate was changed by hand, and the new rate."""
    rate, epoch = history.batches["learning_rate"], history.batches["epoch"]
    # A schedule moves the rate a little at every step; only a hand on the slider moves it by a tenth or more at once.
    for change in np.flatnonzero(np.abs(np.diff(np.log(rate))) > 0.09)[-RATE_MARKS:]:
        yield Guide(float(epoch[change]), f"lr {rate[change + 1]:.3g}")
