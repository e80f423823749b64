"""Which kind of trouble a run is in: diverged, exploded, stuck, or all weights zero."""

import math

import numpy as np

from nnlib.history import History
from nnlib.recipes import Recipe

RECENT = 50  # mini-batches
EXPLOSION = 3.0  # times the best validation loss
GUESSING = 0.85  # share of the loss of pure guessing
STILL = 0.97  # a loss that has fallen by less than this factor stands still


def chance_loss(n_classes: int) -> float:
    """The loss of giving every class the same probability: ln(number of classes)."""
    return math.log(n_classes)


DIVERGED, EXPLODED, ZERO, STUCK = "diverged", "exploded", "zero", "stuck"  # kinds of trouble


def trouble(history: History, recipe: Recipe, n_classes: int) -> str | None:
    """What kind of trouble the newest mini-batches are in, or None: EXPLODED, ZERO (weights) or STUCK."""
    losses = history.batches["loss"][-2 * RECENT :]
    if len(losses) < RECENT or losses[-RECENT:].mean() < GUESSING * chance_loss(n_classes):
        return None
    if losses[-RECENT:].mean() > EXPLOSION * np.nanmin(history.evaluations["validation_loss"]):
        return EXPLODED
    if len(losses) == 2 * RECENT and losses[-RECENT:].mean() > STILL * losses[:RECENT].mean():
        return ZERO if recipe.hidden and recipe.initializer == "zero" else STUCK
    return None


def about_trouble(kind: str, history: History, n_classes: int) -> str:
    """What is seen, and what to try."""
    recent = history.batches["loss"][-RECENT:].mean()
    best = np.nanmin(history.evaluations["validation_loss"])
    rate = history.batches.last("learning_rate")
    return {
        EXPLODED: f"The loss has exploded: {best:.3g} at its best, {recent:.3g} now, and guessing costs "
        f"{chance_loss(n_classes):.3g}. At a learning rate of {rate:g} each step jumps past the valley it aims at.",
        ZERO: f"Nothing is learned: the loss stays at {recent:.3g}. All weights started at zero, so all hidden units "
        "compute the same and get the same gradient; only the output biases move. Choose another initialiser.",
        STUCK: f"Nothing is learned: the last {RECENT} mini-batches cost {recent:.3g}, and guessing costs "
        f"{chance_loss(n_classes):.3g}. The learning rate {rate:g} is too large (steps jump about) or too small.",
    }[kind]
