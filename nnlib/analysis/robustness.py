"""Robustness: the accuracy on corrupted digits, for each corruption and amount."""

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from nnlib.analysis.corruptions import CORRUPTIONS
from nnlib.datasets import Digits
from nnlib.evaluation import Evaluation, evaluating
from nnlib.workers import Workers


@dataclass(eq=False)
class Robustness:
    """The results for one sample so far: `predicted[name, amount]` (n,) are the classes predicted for the digits with
    these `labels` under a corruption."""

    labels: NDArray
    predicted: dict[tuple[str, float], NDArray] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """The share that is complete, from 0 to 1."""
        return len(self.predicted) / sum(len(kind.amounts) for kind in CORRUPTIONS.values())

    @property
    def over(self) -> bool:
        """Whether every amount of every corruption has been evaluated."""
        return self.share == 1

    def accuracies(self, name: str) -> NDArray:
        """The accuracy at each amount of one corruption."""
        return np.array([self.right(name, amount).mean() for amount in CORRUPTIONS[name].amounts])

    def right(self, name: str, amount: float) -> NDArray[np.bool_]:
        """Which digits are classified correctly under this corruption, (n,)."""
        return self.predicted[name, amount] == self.labels


def measure(workers: Workers, digits: Digits, n: int) -> Iterator[Robustness]:
    """Evaluate the first n validation digits under every corruption; yields the Robustness after each block of digits.

    The uncorrupted digits are evaluated only once.
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
    """Run an evaluation, yielding `found` whenever it yields; returns its result."""
    while True:
        try:
            next(reading)
        except StopIteration as done:
            return done.value
        yield found


def readings() -> int:
    """The number of evaluations that `measure` makes of its sample."""
    return 1 + sum(amount != 0 for kind in CORRUPTIONS.values() for amount in kind.amounts)


def margin(accuracy: float, n: int) -> float:
    """Half the width of the 95 % confidence interval of an accuracy on n digits (normal approximation of the binomial
    distribution)."""
    return 1.96 * math.sqrt(accuracy * (1 - accuracy) / n)
