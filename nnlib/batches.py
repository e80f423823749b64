"""Mini-batches: the training examples in a new random order every epoch, cut into pieces, moved by augmentation.

What comes next is told before it is drawn, and the place in an epoch can be taken down and gone back to.
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
    """Which examples of the training split of `digits` come next, drawn from `generator`.

    `epochs` are finished; of the current one, `cursor` examples and `batch` batches have been used, in the `order` that
    was drawn for it (None before). `size` and `augmentation` take effect at the next batch.
    """

    order: NDArray[np.int32] | None
    drawn: Rows | None

    def __init__(self, digits: Digits, generator: np.random.Generator) -> None:
        self.split, self.image_shape, self.generator = digits.train, digits.image_shape, generator
        self.n = len(digits.train)
        # Moves have a source of their own, one for each batch: switching them on changes nothing else, and a state
        # need not know them.
        self._moves_seed = int(generator.bit_generator.seed_seq.generate_state(1)[0])
        self.augmentation = Augmentation()
        self.size = None
        self.go_to(0)

    @property
    def size(self) -> int:
        """Examples per batch; the whole split for None, or more than there are. Raises ValueError below 1."""
        return self._size

    @size.setter
    def size(self, value: int | None) -> None:
        if value is not None and int(value) < 1:
            raise ValueError(f"the batch size must be at least 1, got {value}")
        self._size = self.n if value is None else min(int(value), self.n)

    @property
    def position(self) -> float:
        """Epochs done, with the part of the current one: 2.5 is halfway through the third."""
        return self.epochs + self.cursor / self.n

    @property
    def batches(self) -> int:
        """Batches in the current epoch, if the size stays as it is."""
        return self.batch + math.ceil((self.n - self.cursor) / self._size)

    def draw(self) -> Rows:
        """Positions of the next mini-batch in the training split; a slice where all examples are used at once. It stays
        the next until `advance` counts it, or `put_back`."""
        if self._size == self.n and self.cursor == 0:
            self.drawn = slice(0, self.n)  # the order of a sum does not matter, and a slice costs nothing
        else:
            if self.order is None:
                self.order = self.generator.permutation(self.n).astype(np.int32)
            rows = self.order[self.cursor : self.cursor + self._size]
            self.drawn = rows.astype(np.intp)  # as NumPy wants positions; the order itself is kept in half the memory
        return self.drawn

    def put_back(self) -> None:
        """Let the next batch be drawn anew, with the size as it is then."""
        self.drawn = None

    def upcoming(self) -> NDArray[np.intp]:
        """Positions of the next mini-batch; looking draws nothing."""
        rows = self.twin().draw() if self.drawn is None else self.drawn
        return np.arange(self.n)[rows]

    def next_batch(self, most: int | None = None) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """(images, labels) of the next mini-batch, or of its first so many, as augmentation moves them."""
        rows = self.upcoming()
        moves, rows = self.moves(len(rows)), rows[:most]
        images = self.split.images[rows]
        return images if moves is None else moves[: len(rows)].apply(images), self.split.labels[rows]

    def moves(self, m: int) -> Moves | None:
        """How augmentation moves the next m examples, or None without it."""
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
        """The StepResult of the batch that was used last."""
        return StepResult(self.epochs + 1, self.batch, self.batches, loss, accuracy)

    def go_to(self, epochs: int, cursor: int = 0, batch: int = 0, order: NDArray[np.int32] | None = None) -> None:
        """Stand at a place in an epoch, by default at its beginning."""
        self.epochs, self.cursor, self.batch, self.order = epochs, cursor, batch, order
        self.drawn = None

    def twin(self) -> "BatchSampler":
        """One that stands at the same place and draws the same from there on."""
        twin = copy.copy(self)
        twin.generator = copy.deepcopy(self.generator)
        return twin
