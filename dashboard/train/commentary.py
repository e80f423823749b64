"""The captions under the learning curves: pure functions from a history to text. Every statement has its numbers and
their epoch, because the curves show the whole run while the page may show a snapshot, or training may have gone on.
"""

import numpy as np

from dashboard.core.training_trouble import GUESSING, RECENT, chance_loss
from dashboard.notation.dates import epoch
from dashboard.notation.numbers import number, percent
from nnlib.history import History

GAP = 1.3  # validation loss over training loss
RISING = 3  # evaluations in a row
LOST = 1.5  # times the lowest loss or share of mistakes: clearly worse
RISEN = 1.05  # times the lowest validation loss: risen for good
EARLY = 2.0  # times the mistakes of the end


def about_loss(history: History, n_classes: int) -> str:
    """What the loss curves show, in a sentence or two; nothing where the last evaluation is not finite."""
    table = history.evaluations
    training, validation, epochs = table["training_loss"], table["validation_loss"], table["epoch"]
    if not np.isfinite([training[-1], validation[-1]]).all():
        return ""
    now = number(validation[-1])
    chance = f"giving every class the same probability costs ln {n_classes} = {chance_loss(n_classes):.3f}."
    if _before_first_step(history):
        return f"Before the first step the validation loss is {now}; {chance}"
    if _never_evaluated(history):
        recent = number(history.batches["loss"][-RECENT:].mean())
        return (
            f"The mean loss of the last mini-batches is {recent}. Before the first step the validation loss was {now}."
        )
    at = f"At {epoch(epochs[-1])} the validation loss is {now}"
    lowest = int(np.nanargmin(validation))
    best = f"{number(validation[lowest])} at {epoch(epochs[lowest])}"
    if validation[-1] > LOST * validation[lowest] and training[-1] > LOST * np.nanmin(training):
        comparison = f" For comparison, {chance}" if _guessing(validation, n_classes) else ""
        return f"{at}; it has been lower: {best}.{comparison}"
    if _guessing(validation, n_classes):
        return f"{at}; {chance}"
    risen = len(validation) - 1 - lowest  # evaluations since
    if risen >= RISING and training[-1] < training[lowest]:
        if risen > RISING and validation[-1] > RISEN * validation[lowest]:
            return (
                f"The validation loss was lowest, {best}. By {epoch(epochs[-1])} it has risen to {now}, while the "
                f"training loss fell from {number(training[lowest])} to {number(training[-1])}: the network has "
                "overfitted."
            )
        if risen == RISING and (np.diff(validation[lowest:]) > 0).all() and table["training_accuracy"][lowest] < 1:
            return (
                f"{at}: it has risen {RISING} times in a row, while the training loss fell to {number(training[-1])}. "
                "The network is beginning to overfit, that is, to memorise its training digits."
            )
    if validation[-1] > GAP * training[-1]:
        return (
            f"{at}, well above the training loss, {number(training[-1])}: the network does better on digits it was "
            "trained on than on new ones."
        )
    course = f", down from {number(validation[0])} at {epoch(epochs[0])}" if validation[-1] < validation[0] else ""
    sentence = f"{at}{course}; the training loss is {number(training[-1])}."
    before = -min(len(validation), RISING + 1)
    if validation[-1] < validation[before] and training[-1] < training[before]:
        since = epoch(epochs[before])
        return f"{sentence} Both have fallen since {since}: what the network learns also helps with new digits."
    return sentence


def about_accuracy(history: History, n_validation: int, n_classes: int) -> str:
    """What the accuracy curves show, in a sentence or two."""
    table = history.evaluations
    accuracy, epochs = table["validation_accuracy"], table["epoch"]
    if _before_first_step(history):
        return f"Guessing gets 1 in {n_classes} right; before the first step the network gets {percent(accuracy[-1])}."
    wrong = 1 - accuracy.astype(float)
    count = f"{round(n_validation * wrong[-1]):,} of {n_validation:,} validation digits"
    if _never_evaluated(history):
        return f"Before the first step the network misread {count}."
    sentence = f"At {epoch(epochs[-1])} the network misreads {count}."
    best = int(accuracy.argmax())
    if wrong[-1] > LOST * wrong[best]:
        return f"{sentence} Its best: {round(n_validation * wrong[best]):,} at {epoch(epochs[best])}."
    early = int((wrong <= EARLY * wrong[-1]).argmax())
    if 0.8 < accuracy[-1] < 1 and 0 < early < len(epochs) - 1:
        return f"{sentence} By {epoch(epochs[early])} it misread at most twice as many: most is learned early."
    return sentence


def _guessing(validation, n_classes):
    """Whether the newest loss is at best little below that of guessing."""
    return validation[-1] > GUESSING * chance_loss(n_classes)


def _before_first_step(history):
    return len(history.batches) == 0 and history.evaluations.last("epoch") == 0


def _never_evaluated(history):
    """Whether all evaluations were before the first step."""
    return len(history.batches) > 0 and len(history.evaluations) == 1 and history.evaluations.last("epoch") == 0
