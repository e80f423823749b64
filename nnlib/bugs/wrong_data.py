"""The way of the digits into the network, with one wrong line."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nnlib.batches import BatchSampler, Rows
from nnlib.datasets import Digits
from nnlib.recipes import DATA, Recipe
from nnlib.scaling import Scaling


class PixelsNotScaled(Scaling):
    """Pixels from 0 to 255."""

    def apply(self, pixels: NDArray[np.uint8], out: NDArray | None = None) -> NDArray[np.float32]:
        if out is None:
            out = np.empty(pixels.shape, np.float32)
        out[...] = pixels  # casting first and scaling in place is faster than one mixed multiplication
        if self.offset:
            out += self.offset
        return out


class SortedByClass(BatchSampler):
    """First all zeros, then all ones, in every epoch."""

    def draw(self) -> Rows:
        if self._size == self.n and self.cursor == 0:
            self.drawn = slice(0, self.n)  # the order of a sum does not matter, and a slice is free
        else:
            if self.order is None:
                self.order = np.argsort(self.split.labels, kind="stable").astype(np.int32)
            rows = self.order[self.cursor : self.cursor + self._size]
            self.drawn = rows.astype(np.intp)  # NumPy's index type; the order is kept in half the memory
        return self.drawn


class LabelsShuffledApart(Recipe):
    """The labels in another order than the images."""

    def prepare(self, digits: Digits) -> Digits:
        digits = DATA[self.data](digits)
        digits = digits.take(min(self.training_size or len(digits.train), len(digits.train)))
        labels = np.random.default_rng(0).permutation(digits.train.labels)
        return replace(digits, train=replace(digits.train, labels=labels))


class ValidatedOnTrainingDigits(Recipe):
    """What is meant to be new has been seen before."""

    def prepare(self, digits: Digits) -> Digits:
        digits = DATA[self.data](digits)
        digits = digits.take(min(self.training_size or len(digits.train), len(digits.train)))
        return replace(digits, validation=digits.train.take(min(len(digits.validation), len(digits.train))))
