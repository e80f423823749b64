"""Mini-batches: the training examples in a new random order every epoch, cut into pieces, moved by augmentation.

The next batch can be inspected before it is drawn, and the position in an epoch can be saved and restored.
"""

import copy
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnlib.augmentation import Augmentation, Moves
from nnlib.datasets import Digits

Rows = slice | NDArray[np.intp]  # positions in a split


class StepResult(NamedTuple):
    """One mini-batch: `epoch` counts from 1, `batch` of `batches` from 1 in this epoch; loss (without the L2 penalty)
    and accuracy on the batch, before the update."""

    epoch: int
    batch: int
    batches: int
    loss: float
    accuracy: float


class BatchSampler:
    """The order of the examples of the training split of `digits`, drawn from `generator`.

    `epochs` are finished; of the current one, `cursor` examples and `batch` batches have been used, in the `order`
    drawn for it (None before). `size` and `augmentation` take effect at the next batch.
    """

    order: NDArray[np.int32] | None
    drawn: Rows | None

    def __init__(self, digits: Digits, generator: np.random.Generator) -> None:
        self.split, self.image_shape, self.generator = digits.train, digits.image_shape, generator
        self.n = len(digits.train)
        # Each batch has its own generator of moves: switching them on changes nothing else, and a state
        # need not store them.
        self._moves_seed = int(generator.bit_generator.seed_seq.generate_state(1)[0])
        self.augmentation = Augmentation()
        self.size = None
        self.go_to(0)

    @property
    def size(self) -> int:
        """Examples per batch; the whole split for None or a larger number. Raises ValueError below 1."""
        return self._size

    @size.setter
    def size(self, value: int | None) -> None:
        if value is not None and int(value) < 1:
            raise ValueError(f"the batch size must be at least 1, got {value}")
        self._size = self.n if value is None else min(int(value), self.n)

    @property
    def position(self) -> float:
        """Epochs done, including the fraction of the current one: 2.5 is halfway through the third."""
        return self.epochs + self.cursor / self.n

    @property
    def batches(self) -> int:
        """Batches in the current epoch, at the present size."""
        return self.batch + math.ceil((self.n - self.cursor) / self._size)

    def draw(self) -> Rows:
        """Positions of the next mini-batch in the training split; a slice for the full batch. Drawing again gives the
        same examples until `advance` counts them."""
        if self._size == self.n and self.cursor == 0:
            self.drawn = slice(0, self.n)  # the order of a sum does not matter, and a slice is free
        else:
            if self.order is None:
                self.order = self.generator.permutation(self.n).astype(np.int32)
            rows = self.order[self.cursor : self.cursor + self._size]
            self.drawn = rows.astype(np.intp)  # NumPy's index type; the order is kept in half the memory
        return self.drawn

    def put_back(self) -> None:
        """Let the next batch be drawn again, with the size at that time."""
        self.drawn = None

    def upcoming(self) -> NDArray[np.intp]:
        """Positions of the next mini-batch, without drawing it."""
        rows = self.twin().draw() if self.drawn is None else self.drawn
        return np.arange(self.n)[rows]

    def next_batch(self, most: int | None = None) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """(images, labels) of the next mini-batch, or of its first `most` examples, after augmentation."""
        rows = self.upcoming()
        moves, rows = self.moves(len(rows)), rows[:most]
        images = self.split.images[rows]
        return images if moves is None else moves[: len(rows)].apply(images), self.split.labels[rows]

    def moves(self, m: int) -> Moves | None:
        """The augmentation Moves of the next m examples, or None without augmentation."""
        if not self.augmentation:
            return None
        generator = np.random.default_rng([self._moves_seed, self.epochs, self.cursor])
        return self.augmentation.draw(m, self.image_shape, generator)

    def advance(self, m: int) -> None:
        """Count a batch of m examples as used."""
        self.cursor += m
        self.batch += 1
        self.drawn = None

    def result(self, loss: float, accuracy: float) -> StepResult:
        """The StepResult of the last batch used."""
        return StepResult(self.epochs + 1, self.batch, self.batches, loss, accuracy)

    def go_to(self, epochs: int, cursor: int = 0, batch: int = 0, order: NDArray[np.int32] | None = None) -> None:
        """Go to a position in an epoch, by default its beginning."""
        self.epochs, self.cursor, self.batch, self.order = epochs, cursor, batch, order
        self.drawn = None

    def twin(self) -> "BatchSampler":
        """A copy at the same position that draws the same batches from there on."""
        twin = copy.copy(self)
        twin.generator = copy.deepcopy(self.generator)
        return twin
