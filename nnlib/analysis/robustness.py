"""How well a network reads digits that are disturbed, the more the worse: one reading for each kind and amount."""

import math
from dataclasses import dataclass, field, replace

import numpy as np

from nnlib.analysis.corruptions import DISTURBANCES
from nnlib.evaluation import evaluating

NORMAL = 1.96  # standard errors to either side hold 95 % of what chance does


@dataclass(eq=False)
class Robustness:
    """The readings of one sample so far: `predicted[name, amount]` (n,) are the classes it says for the digits with
    these `labels` when they are disturbed so."""

    labels: np.ndarray
    predicted: dict = field(default_factory=dict)

    @property
    def share(self):
        """How much of it is there, from 0 to 1."""
        return len(self.predicted) / sum(len(kind.amounts) for kind in DISTURBANCES.values())

    @property
    def over(self):
        """Whether every amount of every disturbance has been read."""
        return self.share == 1

    def accuracies(self, name):
        """The accuracy at every amount of one disturbance."""
        return np.array([self.right(name, amount).mean() for amount in DISTURBANCES[name].amounts])

    def right(self, name, amount):
        """Which digits are read right when they are disturbed so, (n,)."""
        return self.predicted[name, amount] == self.labels


def measure(workers, digits, n):
    """Read the first n validation digits disturbed in every way; yields the Robustness after every block of digits.

    Undisturbed they are read once only.
    """
    sample = digits.validation.take(n)
    found, undisturbed = Robustness(sample.labels), None
    for name, kind in DISTURBANCES.items():
        for amount in sorted(kind.amounts, key=abs):
            if amount == 0 and undisturbed is not None:
                found.predicted[name, amount] = undisturbed
                continue
            images = kind.change(sample.images, digits.image_shape, amount)
            reading = evaluating(workers, replace(sample, images=images), digits.n_classes)
            evaluation = yield from _each(reading, found)
            found.predicted[name, amount] = evaluation.predicted.astype(np.uint8)
            if amount == 0:
                undisturbed = found.predicted[name, amount]
            yield found


def _each(reading, found):
    """What the reading returns in the end; yields `found` whenever the reading yields."""
    while True:
        try:
            next(reading)
        except StopIteration as done:
            return done.value
        yield found


def readings():
    """How many times `measure` reads its sample."""
    return 1 + sum(amount != 0 for kind in DISTURBANCES.values() for amount in kind.amounts)


def margin(accuracy, n):
    """How far an accuracy on n digits may be from that on all digits there could be: in 95 of 100 samples at most so
    far (the normal approximation of the binomial distribution)."""
    return NORMAL * math.sqrt(accuracy * (1 - accuracy) / n)
