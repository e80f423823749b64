"""How well a network reads digits that are corrupted, the more the worse: one reading for each kind and amount."""

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from nnlib.analysis.corruptions import CORRUPTIONS
from nnlib.datasets import Digits
from nnlib.evaluation import Evaluation, evaluating
from nnlib.workers import Workers

NORMAL = 1.96  # standard errors to either side hold 95 % of what chance does


@dataclass(eq=False)
class Robustness:
    """The readings of one sample so far: `predicted[name, amount]` (n,) are the classes it says for the digits with
    these `labels` when they are corrupted so."""

    labels: NDArray
    predicted: dict[tuple[str, float], NDArray] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """How much of it is there, from 0 to 1."""
        return len(self.predicted) / sum(len(kind.amounts) for kind in CORRUPTIONS.values())

    @property
    def over(self) -> bool:
        """Whether every amount of every corruption has been read."""
        return self.share == 1

    def accuracies(self, name: str) -> NDArray:
        """The accuracy at every amount of one corruption."""
        return np.array([self.right(name, amount).mean() for amount in CORRUPTIONS[name].amounts])

    def right(self, name: str, amount: float) -> NDArray[np.bool_]:
        """Which digits are read right when they are corrupted so, (n,)."""
        return self.predicted[name, amount] == self.labels


def measure(workers: Workers, digits: Digits, n: int) -> Iterator[Robustness]:
    """Read the first n validation digits corrupted in every way; yields the Robustness after every block of digits.

    Uncorrupted they are read once only.
    """
    sample = digits.validation.take(n)
    found, uncorrupted = Robustness(sample.labels), None
    for name, kind in CORRUPTIONS.items():
        for amount in sorted(kind.amounts, key=abs):
            if amount == 0 and uncorrupted is not None:
                found.predicted[name, amount] = uncorrupted
                continue
            images = kind.change(sample.images, digits.image_shape, amount)
            reading = evaluating(workers, replace(sample, images=images), digits.n_classes)
            evaluation = yield from _each(reading, found)
            found.predicted[name, amount] = evaluation.predicted.astype(np.uint8)
            if amount == 0:
                uncorrupted = found.predicted[name, amount]
            yield found


def _each(reading: Generator[float, None, Evaluation], found: Robustness) -> Generator[Robustness, None, Evaluation]:
    """What the reading returns in the end; yields `found` whenever the reading yields."""
    while True:
        try:
            next(reading)
        except StopIteration as done:
            return done.value
        yield found


def readings() -> int:
    """How many times `measure` reads its sample."""
    return 1 + sum(amount != 0 for kind in CORRUPTIONS.values() for amount in kind.amounts)


def margin(accuracy: float, n: int) -> float:
    """How far an accuracy on n digits may be from that on all digits there could be: in 95 of 100 samples at most so
    far (the normal approximation of the binomial distribution)."""
    return NORMAL * math.sqrt(accuracy * (1 - accuracy) / n)
