"""What the numbers say, in sentences: pure functions from a history to text. No sentence without its numbers."""

import numpy as np

from dashboard.core.training_trouble import GUESSING, RECENT, chance_loss
from nnlib.history import History

GAP = 1.3  # validation loss over training loss
RISING = 3  # epochs in a row


def about_loss(history: History, n_classes: int) -> str:
    """One sentence under the loss curves."""
    table = history.evaluations
    training, validation = table["training_loss"], table["validation_loss"]
    if len(history.batches) == 0 and table["epoch"][-1] == 0:
        return (
            f"Untrained, the loss is {validation[-1]:.3f}; giving every class the same probability costs "
            f"ln {n_classes} = {chance_loss(n_classes):.3f}. Press Run and watch it fall."
        )
    if _never_evaluated(history):
        recent = history.batches["loss"][-RECENT:].mean()
        return (
            f"The last mini-batches cost {recent:.3f}. The validation digits are read when the epoch is over; before "
            f"the first step their loss was {validation[-1]:.3f}."
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
    if len(history.batches) == 0 and table["epoch"][-1] == 0:
        return f"Guessing gets one in {n_classes} right. Untrained, the network gets {100 * accuracy[-1]:.1f} %."
    if _never_evaluated(history):
        return (
            "The validation digits are read when the epoch is over; untrained, the network misread "
            f"{wrong:,} of {n_validation:,}."
        )
    trained_since = history.batches.last("epoch") and history.batches.last("epoch") > table["epoch"][-1]
    when = f"At epoch {table['epoch'][-1]:.4g} it misread" if trained_since else "It now misreads"
    sentence = f"{when} {wrong:,} of {n_validation:,} validation digits."
    half = _first(table["epoch"], accuracy >= 1 - 2 * (1 - accuracy[-1]))
    if accuracy[-1] > 0.8 and half is not None and half < table["epoch"][-1]:
        return f"{sentence} It was down to twice as many by epoch {half:.1f}: most is learned early."
    return sentence


def _never_evaluated(history):
    """Whether it has learned, but was read the validation digits only before that."""
    return len(history.batches) > 0 and len(history.evaluations) == 1 and history.evaluations.last("epoch") == 0


def _first(epochs, condition):
    found = np.flatnonzero(condition)
    return float(epochs[found[0]]) if len(found) else None


# Weights


# One unit, what if, over time
