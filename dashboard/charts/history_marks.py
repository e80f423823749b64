"""Marks on the epoch axis where weights were changed by hand."""

from dashboard.charts.lines import Guide
from nnlib.history import History

HAND_MARKS = 4  # the latest ones


def changes_by_hand(history: History) -> list[Guide]:
    """A mark at each of the latest changes."""
    return [Guide(note.epoch, "changed by hand") for note in history.interventions[-HAND_MARKS:]]
