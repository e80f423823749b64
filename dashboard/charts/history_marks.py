"""Marks on a time axis: changes by hand."""

from dashboard.charts.lines import Guide
from nnlib.history import History

HAND_MARKS = 4  # and of weights by hand


def changes_by_hand(history: History) -> list[Guide]:
    """Where weights were changed by hand."""
    return [Guide(note.epoch, "changed by hand") for note in history.interventions[-HAND_MARKS:]]
