"""What the numbers say, in sentences: pure functions from a history to text. No sentence without its numbers."""

import math

import numpy as np

from nnlib.history import History
from nnlib.recipes import Recipe

RECENT = 50  # mini-batches
EXPLOSION = 3.0  # times the best validation loss
GUESSING = 0.85  # share of the loss of pure guessing
STILL = 0.97  # a loss that has fallen by less than this factor stands still
GAP = 1.3  # validation loss over training loss
RISING = 3  # epochs in a row


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


def about_loss(history: History, n_classes: int) -> str:
    """One sentence under the loss curves."""
    table = history.evaluations
    training, validation = table["training_loss"], table["validation_loss"]
    if len(history.batches) == 0:
        return (
            f"Untrained, the loss is {validation[-1]:.3f}; giving every class the same probability costs "
            f"ln {n_classes} = {chance_loss(n_classes):.3f}. Press Run and watch it fall."
        )
    if (
        len(validation) > RISING
        and (np.diff(validation[-RISING - 1 :]) > 0).all()
        and training[-1] < training[-RISING - 1]
    ):
        return (
            f"Validation loss has risen {RISING} times in a row, to {validation[-1]:.3f}, while training loss fell to "
            f"{training[-1]:.3f}: it is starting to memorise its training digits."
        )
    if validation[-1] > GUESSING * chance_loss(n_classes):
        return (
            f"Validation loss is {validation[-1]:.3f}, hardly below the {chance_loss(n_classes):.3f} of guessing: "
            "nothing that helps with new digits has been learned yet."
        )
    if validation[-1] > GAP * training[-1]:
        return (
            f"Validation loss {validation[-1]:.3f} lies above training loss {training[-1]:.3f}: it reads digits "
            "it has practised on better than new ones."
        )
    return (
        f"Validation loss went from {validation[0]:.3f} to {validation[-1]:.3f}; training loss is {training[-1]:.3f}. "
        "As long as the two fall together, it learns what also holds for new digits."
    )


def about_accuracy(history: History, n_validation: int, n_classes: int) -> str:
    """One sentence under the accuracy curves."""
    table = history.evaluations
    accuracy = table["validation_accuracy"]
    wrong = round(n_validation * (1 - float(accuracy[-1])))
    if len(history.batches) == 0:
        return f"Guessing gets one in {n_classes} right. Untrained, the network gets {100 * accuracy[-1]:.1f} %."
    sentence = f"It now misreads {wrong:,} of {n_validation:,} validation digits."
    half = _first(table["epoch"], accuracy >= 1 - 2 * (1 - accuracy[-1]))
    if accuracy[-1] > 0.8 and half is not None and half < table["epoch"][-1]:
        return f"{sentence} It was down to twice as many by epoch {half:.1f}: most is learned early."
    return sentence


def _first(epochs, condition):
    found = np.flatnonzero(condition)
    return float(epochs[found[0]]) if len(found) else None
