"""Bugs and their symptoms in words."""

from nnlib.bugs import catalogue
from nnlib.bugs.bug import Bug
from nnlib.bugs.symptoms import NOT_FINITE, RISES, SAME, STUCK, TOO_GOOD, WORSE, WRONG_ANSWERS

SYMPTOM_TEXTS = {
    NOT_FINITE: "The loss is not a number, from the first step on",
    RISES: "The loss ends far above that of guessing",
    STUCK: "The loss stays near that of guessing",
    WORSE: "It learns, but clearly worse",
    WRONG_ANSWERS: "The loss falls, but the answers are wrong",
    TOO_GOOD: "The validation accuracy is too good",
    SAME: "The curves show nothing wrong",
}
PAGES = {  # of the instruments
    catalogue.LOSS: "Train",
    catalogue.ACCURACY: "Train",
    catalogue.DATA: "One step",
    catalogue.SHAPES: "Shapes",
    catalogue.STEP: "One step",
    catalogue.GRADIENT_CHECK: "One step",
    catalogue.UNITS: "Weights",
    catalogue.UPDATES: "Checks",
    catalogue.CHECKS: "Checks",
    catalogue.CONFUSION: "Mistakes",
}
LEVELS = {1: "easy", 2: "medium", 3: "hard"}


def line_text(bug: Bug) -> str:
    """The place and the first wrong line, as Markdown; if a line is missing, which."""
    place, wrong, right = bug.line
    if wrong:
        return f"{place}: `{wrong.splitlines()[0]}`"
    return f"{place}, without the line `{right.splitlines()[0]}`"


def fastest(bug: Bug) -> str:
    """Where the bug shows fastest, and where else, in a sentence."""
    first, *others = (f"{instrument} ({PAGES[instrument]})" for instrument in bug.shown_by)
    more = f" It also shows in: {', '.join(others)}." if others else ""
    return f"What shows it fastest: **{first}**.{more}"
