"""The captions under the learning curves: pure functions from a history to text, every statement with its numbers."""

import numpy as np

from dashboard.core.training_trouble import GUESSING, RECENT, chance_loss
from dashboard.notation.numbers import percent
from nnlib.history import History

GAP = 1.3  # validation loss over training loss
RISING = 3  # evaluations in a row


def about_loss(history: History, n_classes: int) -> str:
    """What the loss curves show, in a sentence or two; nothing where the last evaluation is not finite."""
    table = history.evaluations
    training, validation = table["training_loss"], table["validation_loss"]
    chance = f"giving every class the same probability costs ln {n_classes} = {chance_loss(n_classes):.3f}."
    if _untrained(history):
        return f"Untrained, the validation loss is {validation[-1]:.3f}; {chance} Training should lower it."
    if _never_evaluated(history):
        recent = history.batches["loss"][-RECENT:].mean()
        return (
            f"The mean loss of the last mini-batches is {recent:.3f}. The validation loss, {validation[-1]:.3f} before "
            "the first step, is computed at the end of each epoch."
        )
    if not np.isfinite([training[-1], validation[-1]]).all():
        return ""
    newest = validation[-RISING - 1 :]
    if len(newest) > RISING and (np.diff(newest) > 0).all() and training[-1] < training[-RISING - 1]:
        return (
            f"Validation loss has risen {RISING} times in a row, to {validation[-1]:.3f}, while training loss fell to "
            f"{training[-1]:.3f}: the network is beginning to overfit, that is, to memorise its training digits."
        )
    if validation[-1] > GUESSING * chance_loss(n_classes):
        return f"Validation loss is {validation[-1]:.3f}; {chance}"
    if validation[-1] > GAP * training[-1]:
        return (
            f"Validation loss, {validation[-1]:.3f}, is well above training loss, {training[-1]:.3f}: the network does "
            "better on digits it was trained on than on new ones."
        )
    course = f"went from {validation[0]:.3f} to" if len(validation) > 1 else "is"
    return (
        f"Validation loss {course} {validation[-1]:.3f}; training loss is {training[-1]:.3f}. While both fall, what "
        "the network learns also helps with new digits."
    )


def about_accuracy(history: History, n_validation: int, n_classes: int) -> str:
    """What the accuracy curves show, in a sentence or two."""
    table = history.evaluations
    accuracy, epoch = table["validation_accuracy"], float(table["epoch"][-1])
    wrong = f"{round(n_validation * (1 - float(accuracy[-1]))):,} of {n_validation:,} validation digits"
    if _untrained(history):
        return f"Guessing gets 1 in {n_classes} right; the untrained network gets {percent(accuracy[-1])}."
    if _never_evaluated(history):
        return f"Before training, the network misread {wrong}; they are read again at the end of each epoch."
    trained_since = (history.batches.last("epoch") or 0) > epoch
    sentence = f"At epoch {epoch:.4g} the network misread {wrong}." if trained_since else f"It now misreads {wrong}."
    early = table["epoch"][accuracy >= 1 - 2 * (1 - accuracy[-1])][0]
    if 0.8 < accuracy[-1] < 1 and early < epoch:
        return f"{sentence} By epoch {early:.1f} it already misread at most twice as many: most is learned early."
    return sentence


def _untrained(history):
    return len(history.batches) == 0 and history.evaluations.last("epoch") == 0


def _never_evaluated(history):
    """Whether all evaluations were before the first step."""
    return len(history.batches) > 0 and len(history.evaluations) == 1 and history.evaluations.last("epoch") == 0
