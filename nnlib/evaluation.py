"""Loss, accuracy and predictions of a network on a whole split, computed in blocks; the network stores nothing."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnlib.augmentation import Moves
from nnlib.convolution import picture_shape
from nnlib.datasets import Split
from nnlib.workers import Worker, Workers


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Mean loss and accuracy, and per example: `scores` (outputs, n), `losses` (n,), `predicted` and true class
    (`labels`), both (n,) uint8."""

    loss: float
    accuracy: float
    scores: NDArray
    losses: NDArray
    predicted: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    def take(self, n: int) -> "Evaluation":
        """The Evaluation of the first n examples only."""
        if n == len(self.labels):
            return self
        return _evaluation(self.scores[:, :n], self.losses[:n], self.predicted[:n], self.labels[:n])

    def mistakes(self) -> NDArray[np.intp]:
        """Positions of the misclassified examples, in the split's order."""
        return np.flatnonzero(self.predicted != self.labels)


def evaluating(workers: Workers, split: Split, n_classes: int) -> Generator[float, None, Evaluation]:
    """Evaluate a split in blocks, one per worker at a time; yields the share done, and returns the Evaluation.

    Scores that are not finite give a loss that is not finite, without a warning.
    """
    network, loss = workers.first.network, workers.first.loss
    images, block = split.images, network.examples_per_block
    scores = np.empty((*network.output_shape, len(images)), network.dtype)

    def score(worker: Worker, start: int) -> None:
        rows = slice(start, start + block)
        scores[:, rows] = worker.network.forward(worker.passing_inputs(images, rows), training=False)

    starts = range(0, len(images), block)
    for first in range(0, len(starts), len(workers)):
        with np.errstate(over="ignore", invalid="ignore"):
            workers.map(score, starts[first : first + len(workers)])
        yield min(1.0, (first + len(workers)) / len(starts))
    with np.errstate(over="ignore", invalid="ignore"):
        losses = loss.per_example(scores, loss.targets(split.labels, n_classes, network.dtype))
        predicted = loss.predict(scores).astype(np.uint8)  # like labels, because evaluations are kept
    return _evaluation(scores, losses, predicted, split.labels)


def _evaluation(scores: NDArray, losses: NDArray, predicted: NDArray, labels: NDArray) -> Evaluation:
    mean = float(losses.mean(dtype=np.float64))  # the sum of float32 losses may be too large for float32
    return Evaluation(mean, float((predicted == labels).mean()), scores, losses, predicted, labels)


def evaluate(workers: Workers, split: Split, n_classes: int) -> Evaluation:
    """The Evaluation of one split, at once."""
    steps = evaluating(workers, split, n_classes)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return done.value


class Move(NamedTuple):
    """A move of a digit: pixels, degrees anticlockwise, scale factor."""

    down: int = 0
    right: int = 0
    angle: float = 0.0
    size: float = 1.0


TEST_TIME_MOVES = (
    Move(),
    *(Move(down, right) for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1))),
    *(Move(angle=angle) for angle in (-4.0, 4.0)),
    *(Move(size=size) for size in (0.93, 1.07)),
)


def accuracy(
    workers: Workers,
    split: Split,
    n_classes: int,
    test_time_augmentation: bool = False,
    image_shape: tuple[int, int] | None = None,
) -> float:
    """The accuracy on a split. With test-time augmentation, the class probabilities of each digit are averaged over
    TEST_TIME_MOVES; pictures are square unless an `image_shape` is given.

    A network trained on moved images makes different mistakes on each, which partly cancel (Krizhevsky et al., 2012).
    """
    if not test_time_augmentation:
        return evaluate(workers, split, n_classes).accuracy
    return accuracy_moved(workers, split, n_classes, TEST_TIME_MOVES, image_shape)


def accuracy_moved(
    workers: Workers,
    split: Split,
    n_classes: int,
    moves: Iterable[Move],
    image_shape: tuple[int, int] | None = None,
) -> float:
    """The accuracy of the class probabilities averaged over these moves of each digit."""
    n, shape = len(split), picture_shape(image_shape or split.images.shape[1])
    total = np.zeros((n_classes, n), workers.first.network.dtype)
    for down, right, angle, size in moves:
        turned = (np.full(n, np.radians(angle)), np.full(n, size)) if angle or size != 1.0 else ()
        images = Moves(shape, np.full(n, down), np.full(n, right), *turned).apply(split.images)
        scores = evaluate(workers, replace(split, images=images), n_classes).scores
        total += workers.first.loss.class_probabilities(scores)
    return float((total.argmax(axis=0) == split.labels).mean())
