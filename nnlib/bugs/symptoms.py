"""What a bug does to the curves: a training with the bug beside the same without it."""

import math

import numpy as np

from nnlib.history import History

NOT_FINITE, RISES, STUCK, WRONG_ANSWERS, TOO_GOOD, WORSE, SAME = SYMPTOMS = (
    "not finite",
    "rises",
    "stuck",
    "wrong answers",
    "too good",
    "worse",
    "same",
)
RECENT = 20  # mini-batches
RISEN, GUESSING = 1.5, 0.9  # times the loss of guessing
LEARNED = 0.5  # times the loss of guessing
FEWER = 0.3  # of the accuracy: it does not follow the loss
BETTER, CLEARLY = 0.02, 0.02  # of the validation accuracy
SLOWER = 1.3  # times the loss of the sound training


def symptom(sound: History, sick: History, n_classes: int, diverged: bool = False) -> str:
    """One of SYMPTOMS, by the last mini-batches and the last evaluation; `diverged` if the loss was not finite
    in the end."""
    loss, before = (_recent(history, "loss") for history in (sick, sound))
    guessing = math.log(n_classes)
    if diverged and not len(sick.batches):
        return NOT_FINITE
    if diverged or not loss <= RISEN * guessing:
        return RISES
    if loss > GUESSING * guessing:
        return STUCK
    right, would_be = (history.evaluations.last("validation_accuracy") or 0.0 for history in (sick, sound))
    if right < would_be - FEWER and loss < LEARNED * guessing:
        return WRONG_ANSWERS
    if right > would_be + BETTER:
        return TOO_GOOD
    if right < would_be - CLEARLY or loss > SLOWER * before:
        return WORSE
    return SAME


def _recent(history: History, quantity: str) -> float:
    values = history.batches[quantity][-RECENT:]
    return float(np.mean(values)) if len(values) else math.nan
