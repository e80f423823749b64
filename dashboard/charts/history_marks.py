"""Marks on the epoch axis where settings or weights were changed by hand."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from dashboard.charts.lines import Guide
from nnlib.history import History
from nnlib.optimizers import OPTIMIZERS
from nnlib.recipes import LIVE, Recipe

MOST_MARKS = 8  # the newest ones
SHORT = {"learning_rate": "lr", "batch_size": "batch", "l2": "L2"}


def changes_by_hand(history: History) -> list[Guide]:
    """A mark at each of the latest changes, with what was changed there; changes at the same step share one."""
    changes: dict[float, list[str]] = {}
    found = [*_of_settings(history), *((note.epoch, "changed by hand") for note in history.interventions)]
    for epoch, meaning in sorted(found, key=lambda change: change[0]):
        here = changes.setdefault(float(np.float32(epoch)), [])
        if meaning not in here:
            here.append(meaning)
    return [Guide(epoch, ", ".join(meanings)) for epoch, meanings in list(changes.items())[-MOST_MARKS:]]


def _of_settings(history) -> Iterator[tuple[float, str]]:
    """(the last position trained with the old value, what changed)"""
    epoch = history.batches["epoch"]
    for (_, before), (row, after) in pairwise(history.recipes):
        for field in LIVE:
            if getattr(before, field) != getattr(after, field):
                yield float(epoch[row - 1]), f"{_value(before, field, True)} → {_value(after, field)}"


def _value(recipe: Recipe, field: str, named: bool = False) -> str:
    value = getattr(recipe, field)
    if field == "optimizer":
        return OPTIMIZERS[value].__name__
    text = "all" if value is None else f"{value:g}"
    return f"{SHORT.get(field, field)} {text}" if named else text
