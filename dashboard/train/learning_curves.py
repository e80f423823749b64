"""Loss and accuracy over the epochs."""

import numpy as np

from dashboard.charts.history_marks import changes_by_hand
from dashboard.charts.lines import Axis, Guide, LineChart, Series, frame_colours, short, smooth, thin
from dashboard.core.training_trouble import chance_loss
from dashboard.theme import Theme
from nnlib.history import History

FAINT = 0.6  # opacity of the curves of a branch that was left
OLD_BRANCHES = 3  # the newest so many are drawn
APART = 1.5  # epochs: evaluations further apart than this are not joined by a line
AHEAD = 2.0  # times the length of the present run: as much is seen of a longer run before it
DASHES = ((6, 3), (2, 2), (8, 3, 2, 3))  # of the runs before


def loss_curves(
    history: History,
    theme: Theme,
    n_classes: int,
    *,
    smoothing: int = 1,
    log: bool = False,
    branches: dict[str, History] | None = None,
    earlier: dict[str, History] | None = None,
    here: float | None = None,
) -> LineChart:
    """Loss per mini-batch (faint), on the training sample and on the validation digits, with the loss of guessing.

    `branches` are other ways on from some point of this history, by their names: faint, from there on. `earlier` are
    runs before this one: their validation curves, faint. `here` is the position that the rest of the page shows, if it
    is not the end.
    """
    chance = chance_loss(n_classes)
    return _chart(
        [
            *_earlier(earlier, theme, "loss"),
            *_left(history, branches, theme, "loss"),
            *_curves(history, theme, "loss", smoothing),
        ],
        (history, branches, earlier, here),
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
    earlier: dict[str, History] | None = None,
    here: float | None = None,
) -> LineChart:
    """Accuracy in per cent, likewise; on the logarithmic axis the share of mistakes."""
    chance = 100 / n_classes
    factor, offset = (-100.0, 100.0) if log else (100.0, 0.0)
    curves = [
        *_earlier(earlier, theme, "accuracy", factor, offset),
        *_left(history, branches, theme, "accuracy", factor, offset),
        *_curves(history, theme, "accuracy", smoothing, factor, offset),
    ]
    if log:
        wrong = 100 - chance
        axis, level = Axis("mistakes (% of digits)", log=True), Guide(wrong, f"guessing: {wrong:.0f} % wrong")
    else:
        axis, level = Axis("accuracy (% of digits right)", 0.0, 101.0), Guide(chance, f"guessing: {chance:.0f} %")
    return _chart(curves, (history, branches, earlier, here), theme, axis, unit="%", level=level)


def _curves(history, theme, quantity, smoothing, factor=1.0, offset=0.0):
    """One curve of all mini-batches and one of each split evaluated."""
    batches, evaluations = history.batches, history.evaluations
    x, y = thin(batches["epoch"], smooth(batches[quantity], smoothing))
    name = "mini-batch" if smoothing <= 1 else f"mini-batch, mean of {smoothing}"
    yield Series(name, short(x), short(offset + factor * y), theme.batch)
    for split, colour, symbol in (("training", theme.train, "circle"), ("validation", theme.validation, "diamond")):
        x, y = _evaluated(evaluations, f"{split}_{quantity}")
        yield Series(split, short(x), short(offset + factor * y), colour, width=2.5, symbol=symbol)


def _evaluated(table, column, first=0):
    """The places and values of evaluations, with a gap, NaN, where two are far apart."""
    epoch = table["epoch"][first:]
    x, y = thin(epoch, table[column][first:])
    before = epoch[:-1][np.diff(epoch) > APART]  # of all, because thinning leaves gaps too
    places = np.searchsorted(x, before, "right")
    return np.insert(x, places, before), np.insert(y, places, np.nan)


def _left(history, branches, theme, quantity, factor=1.0, offset=0.0):
    """The curves of other branches, from the last evaluation that they have in common with this history."""
    for name, other in list((branches or {}).items())[-OLD_BRANCHES:]:
        table, shared = other.evaluations, common(history, other)
        first = max(int((table["epoch"] <= shared).sum()) - 1, 0)
        for split, colour in (("training", theme.train), ("validation", theme.validation)):
            x, y = _evaluated(table, f"{split}_{quantity}", first)
            yield Series(f"{split}, {name}", short(x), short(offset + factor * y), colour, 1.5, FAINT)


def _earlier(runs, theme, quantity, factor=1.0, offset=0.0):
    """The validation curves of runs before this one."""
    for (name, history), dash in zip((runs or {}).items(), DASHES, strict=False):
        x, y = _evaluated(history.evaluations, f"validation_{quantity}")
        yield Series(
            f"validation, {name}", short(x), short(offset + factor * y), theme.validation, 1.5, FAINT, dash=dash
        )


def common(one: History, other: History) -> float:
    """Up to where, in epochs, two histories are the same."""
    n = min(len(one.batches), len(other.batches))
    same = np.ones(n, bool)
    for column in one.batches:
        same &= one.batches[column][:n] == other.batches[column][:n]
    batches = n if same.all() else int(same.argmin())
    return float(one.batches["epoch"][batches - 1]) if batches else 0.0


def _chart(series, of, theme, y, *, unit, level):
    history, branches, earlier, here = of
    end = max(1.0, *map(_end, [history, *(branches or {}).values()]))
    end = max(end, *(min(_end(each), AHEAD * end) for each in (earlier or {}).values()), 0.0)
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


def _end(history):
    return max(table.last("epoch") or 0.0 for table in (history.batches, history.evaluations))
