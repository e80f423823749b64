"""The kinds of trouble a run can be in: diverged, exploded, stuck, or all weights zero."""

import math

import numpy as np

from dashboard.notation.numbers import number
from nnlib.history import History
from nnlib.recipes import Recipe

RECENT = 50  # mini-batches
EXPLOSION = 3.0  # times the best validation loss
GUESSING = 0.85  # share of the loss of pure guessing
STILL = 0.97  # times the loss before: what has fallen less is stuck


def chance_loss(n_classes: int) -> float:
    """The loss of giving every class the same probability: ln(number of classes)."""
    return math.log(n_classes)


DIVERGED, EXPLODED, ZERO, STUCK = "diverged", "exploded", "zero", "stuck"  # kinds of trouble
SHORT = {
    DIVERGED: "The loss is no longer finite.",
    EXPLODED: "The loss has exploded.",
    ZERO: "The loss is stuck: all weights started at zero.",
    STUCK: "The loss is stuck.",
}


def trouble(history: History, recipe: Recipe, n_classes: int) -> str | None:
    """The trouble the last mini-batches are in, or None: EXPLODED, ZERO (weights) or STUCK."""
    losses = history.batches["loss"][-2 * RECENT :]
    if len(losses) < RECENT or losses[-RECENT:].mean() < GUESSING * chance_loss(n_classes):
        return None
    if losses[-RECENT:].mean() > EXPLOSION * np.nanmin(history.evaluations["validation_loss"]):
        return EXPLODED
    if len(losses) == 2 * RECENT and losses[-RECENT:].mean() > STILL * losses[:RECENT].mean():
        return ZERO if recipe.hidden and recipe.initializer == "zero" else STUCK
    return None


def about_trouble(kind: str, history: History, n_classes: int) -> str:
    """The symptom in numbers, its cause, and what to try."""
    recent = float(history.batches["loss"][-RECENT:].mean())
    best = float(np.nanmin(history.evaluations["validation_loss"]))
    rate = float(history.batches["learning_rate"][-1])
    return {
        EXPLODED: f"The loss has exploded, from {number(best)} at best to {number(recent)}. The learning rate, "
        f"{number(rate)}, is probably too large: steps overshoot the minimum.",
        ZERO: f"The loss is stuck at {number(recent)}. All weights started at zero, so all units of a hidden layer "
        "compute the same value and get the same gradient. Choose another initialiser.",
        STUCK: f"The loss is stuck at {number(recent)}; guessing costs {number(chance_loss(n_classes))}. The learning "
        f"rate, {number(rate)}, may be too small, or so large that the loss jumps about.",
    }[kind]
