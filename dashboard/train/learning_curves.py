"""Loss and accuracy over the epochs."""

import numpy as np

from dashboard.charts.history_marks import changes_by_hand
from dashboard.charts.lines import Axis, Guide, LineChart, Series, frame_colours, short, smooth, thin
from dashboard.core.training_trouble import chance_loss
from dashboard.theme import Theme
from nnlib.history import History

FAINT = 0.6  # opacity of the curves of a branch that was left
OLD_BRANCHES = 3  # the newest so many are drawn


def loss_curves(
    history: History,
    theme: Theme,
    n_classes: int,
    *,
    smoothing: int = 1,
    log: bool = False,
    branches: dict[str, History] | None = None,
    here: float | None = None,
) -> LineChart:
    """Loss per mini-batch (faint), on the training sample and on the validation digits, with the loss of guessing.

    `branches` are other ways on from some point of this history, by their names: faint, from there on. `here` is the
    position that the rest of the page shows, if it is not the end.
    """
    chance = chance_loss(n_classes)
    return _chart(
        [*_left(history, branches, theme, "loss"), *_curves(history, theme, "loss", smoothing)],
        (history, branches, here),
        theme,
        Axis("loss (nats per digit)", low=None if log else 0.0, log=log),
        unit="nats",
        level=Guide(chance, f"guessing: ln {n_classes} = {chance:.3f}"),
    )


def accuracy_curves(
    history: History,
    theme: Theme,
    n_classes: int,
    *,
    smoothing: int = 1,
    log: bool = False,
    branches: dict[str, History] | None = None,
    here: float | None = None,
) -> LineChart:
    """Accuracy in per cent, likewise; on the logarithmic axis the share of mistakes."""
    chance = 100 / n_classes
    factor, offset = (-100.0, 100.0) if log else (100.0, 0.0)
    curves = [
        *_left(history, branches, theme, "accuracy", factor, offset),
        *_curves(history, theme, "accuracy", smoothing, factor, offset),
    ]
    if log:
        wrong = 100 - chance
        axis, level = Axis("mistakes (% of digits)", log=True), Guide(wrong, f"guessing: {wrong:.0f} % wrong")
    else:
        axis, level = Axis("accuracy (% of digits right)", 0.0, 101.0), Guide(chance, f"guessing: {chance:.0f} %")
    return _chart(curves, (history, branches, here), theme, axis, unit="%", level=level)


def _curves(history, theme, quantity, smoothing, factor=1.0, offset=0.0):
    """One curve of all mini-batches and one of each split evaluated."""
    batches, evaluations = history.batches, history.evaluations
    x, y = thin(batches["epoch"], smooth(batches[quantity], smoothing))
    name = "mini-batch" if smoothing <= 1 else f"mini-batch, mean of {smoothing}"
    yield Series(name, short(x), short(offset + factor * y), theme.batch)
    for split, colour, symbol in (("training", theme.train, "circle"), ("validation", theme.validation, "diamond")):
        x, y = thin(evaluations["epoch"], evaluations[f"{split}_{quantity}"])
        yield Series(split, short(x), short(offset + factor * y), colour, width=2.5, symbol=symbol)


def _left(history, branches, theme, quantity, factor=1.0, offset=0.0):
    """The curves of other branches, from the last evaluation that they have in common with this history."""
    for name, other in list((branches or {}).items())[-OLD_BRANCHES:]:
        table, shared = other.evaluations, common(history, other)
        first = max(int((table["epoch"] <= shared).sum()) - 1, 0)
        for split, colour in (("training", theme.train), ("validation", theme.validation)):
            x, y = thin(table["epoch"][first:], table[f"{split}_{quantity}"][first:])
            yield Series(f"{split}, {name}", short(x), short(offset + factor * y), colour, 1.5, FAINT)


def common(one: History, other: History) -> float:
    """Up to where, in epochs, two histories are the same."""
    n = min(len(one.batches), len(other.batches))
    same = np.ones(n, bool)
    for column in one.batches:
        same &= one.batches[column][:n] == other.batches[column][:n]
    batches = n if same.all() else int(same.argmin())
    return float(one.batches["epoch"][batches - 1]) if batches else 0.0


def _chart(series, of, theme, y, *, unit, level):
    history, branches, here = of
    ends = [table.last("epoch") or 0.0 for each in (history, *(branches or {}).values()) for table in _tables(each)]
    end = max(1.0, *ends)
    marks = changes_by_hand(history) + ([] if here is None else [Guide(here, "shown here")])
    return LineChart(
        Axis("epochs (passes through the training digits)", 0.0, 1.02 * end),
        y,
        place="epoch",
        unit=unit,
        series=series,
        levels=[level],
        marks=marks,
        colours=frame_colours(theme),
    )


def _tables(history):
    return history.batches, history.evaluations
