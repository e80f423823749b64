"""The kinds of trouble a run can be in: diverged, exploded, stuck, or all weights zero."""

import math
from operator import attrgetter

import numpy as np

from dashboard.notation.dates import epoch
from dashboard.notation.numbers import number
from nnlib.history import History
from nnlib.optimizers import OPTIMIZERS
from nnlib.recipes import Recipe
from nnlib.trainer import Trainer

RECENT = 50  # mini-batches
EXPLOSION = 3.0  # times the best validation loss
GUESSING = 0.85  # share of the loss of pure guessing
STILL = 0.97  # times the loss before: what has fallen less is stuck
REPAIR = 0.1  # times the learning rate at which a run exploded


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


def about_trouble(kind: str, history: History, recipe: Recipe, n_classes: int) -> str:
    """The symptom in numbers, its cause, and what to try."""
    losses, rates = history.batches["loss"], history.batches["learning_rate"]
    now = number(losses[-RECENT:].mean())
    if kind == ZERO:
        return (
            f"The loss is stuck at {now}. All weights started at zero, so all units of a hidden layer compute the same "
            "value and get the same gradient. Choose another initialiser."
        )
    guessing = number(chance_loss(n_classes))
    lowest, since, step = _lowest(history)
    if kind == STUCK and lowest >= GUESSING * chance_loss(n_classes):
        return f"The loss is stuck at {now}; guessing costs {guessing}. {_about_rate(float(rates[-1]), recipe)}"
    step = min(step, len(losses) - RECENT)
    peak = step + int(losses[step:].argmax())
    by_hand = [each.epoch for each in history.interventions if each.epoch >= since]
    cause = (
        f"The weights were changed by hand at {epoch(by_hand[-1])}."
        if by_hand
        else f"The learning rate, {number(rates[peak])}, is probably too large: steps overshoot the minimum."
    )
    best = f"{number(lowest)} at {epoch(since)}"
    if kind == STUCK:
        return f"The loss is stuck at {now}, though it had been down to {best}; guessing costs {guessing}. {cause}"
    return f"The loss has exploded, from {best} to a peak of {number(losses[peak])}; lately its mean is {now}. {cause}"


def _about_rate(rate, recipe):
    """What may be wrong with the learning rate of a run that has never learned anything."""
    usual = OPTIMIZERS[recipe.optimizer].default_learning_rate
    if math.isclose(rate, usual, rel_tol=1e-3):
        return f"The learning rate, {number(rate)}, is the usual one. The page Checks may show the cause."
    about = "may be too small" if rate < usual else "is probably too large"
    return f"The learning rate, {number(rate)}, {about}; {number(usual)} is usual."


def _lowest(history):
    """The lowest loss so far, of the evaluations and the means of RECENT mini-batches: its value, its position in
    epochs, and the number of mini-batches up to there."""
    evaluations, batches = history.evaluations, history.batches
    row = int(np.nanargmin(evaluations["validation_loss"]))
    value, position = float(evaluations["validation_loss"][row]), float(evaluations["epoch"][row])
    whole = len(batches) // RECENT * RECENT
    means = batches["loss"][:whole].reshape(-1, RECENT).mean(axis=1)
    if means.size and means.min() < value:
        step = (int(means.argmin()) + 1) * RECENT
        return float(means.min()), float(batches["epoch"][step - 1]), step
    return value, position, int((batches["epoch"] <= position).sum())


def repaired_learning_rate(trainer: Trainer) -> float:
    """What to try after an explosion, from the last good state on: a tenth of the rate that led to it, but no more than
    a rate that worked before, or the optimizer's usual rate where none has; that too if the optimizer was changed
    since."""
    recipes, present = trainer.history.recipes, trainer.recipe
    good = trainer.last_good.history[0]  # steps
    ends = [row for row, _ in recipes[1:]] + [math.inf]
    since = [recipe for (_, recipe), end in zip(recipes, ends, strict=False) if end > good]
    exploded = max(since or [present], key=attrgetter("learning_rate"))
    usual = OPTIMIZERS[present.optimizer].default_learning_rate
    if exploded.optimizer != present.optimizer:
        return min(present.learning_rate, usual)
    worked = [recipe.learning_rate for row, recipe in recipes if row < good and recipe.optimizer == present.optimizer]
    tenth = float(f"{exploded.learning_rate * REPAIR:.2g}")
    return min(tenth, max(worked, default=usual))
