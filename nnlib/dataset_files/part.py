"""One part of a published data set, for training or for testing: pictures with labels, in the order of their file."""

import hashlib
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.dataset_files.container import CHUNK_BYTES, DatasetError, Limits, expect_at_most
from nnlib.dataset_files.idx import header, to_idx

Progress = Callable[[float], object]  # is given the share that is done
FULL = (1, 255, 65535)  # the numbers that may stand for full ink


class Part:
    """`labels` (n,) and the (height, width) of a picture. `where` stands before what is wrong with the pictures.
    `digests` are the SHA-256 of pictures and labels as IDX files, known once `read` has returned."""

    digests: tuple[str, ...]

    def __init__(self, where: str, labels: NDArray[np.uint8], image_shape: tuple[int, int], limits: Limits) -> None:
        self.where, self.labels, self.image_shape = where, labels, image_shape
        height, width = image_shape
        self.step = max(1, CHUNK_BYTES // (height * width))  # pictures in a chunk
        expect_at_most(limits.pictures, "pictures", len(labels), where)
        expect_at_most(limits.side, "pixels along a side", max(image_shape), where)
        expect_at_most(limits.pixels, "pixels", len(labels) * height * width, where)
        if len(labels) * height * width > sys.maxsize:
            raise self._too_large()

    def _too_large(self) -> DatasetError:
        size = "{} times {}x{}".format(len(self.labels), *self.image_shape)
        return DatasetError(f"{self.where}: expected images that fit in memory, got a header of {size}")

    def chunks(self) -> Iterator[NDArray[np.uint8]]:
        """The pictures in their order, some (k, pixels) at a time."""
        raise NotImplementedError

    def read(self, order: NDArray, progress: Progress) -> NDArray[np.uint8]:
        """images (n, pixels), row i being picture `order[i]`. They are read straight into their final order, so that
        they are never in memory twice."""
        n, (height, width) = len(self.labels), self.image_shape
        row_of = np.empty(n, np.intp)
        row_of[order] = np.arange(n)
        try:
            images = np.empty((n, height * width), np.uint8)
        except (MemoryError, ValueError) as error:
            raise self._too_large() from error
        sha256, done = hashlib.sha256(header((n, height, width))), 0
        for chunk in self.chunks():
            images[row_of[done : done + len(chunk)]] = chunk
            sha256.update(np.ascontiguousarray(chunk).data)
            done += len(chunk)
            progress(done / n)
        self.digests = sha256.hexdigest(), hashlib.sha256(to_idx(self.labels)).hexdigest()
        return images


class ArrayPart(Part):
    """A part whose pictures (n, height, width) are an array of any type of numbers: brightness from 0 to 1, to 255 or
    to 65535."""

    def __init__(self, where: str, labels: NDArray[np.uint8], pictures: NDArray[Any], limits: Limits) -> None:
        super().__init__(where, labels, pictures.shape[1:], limits)
        self.pictures = pictures
        if len(pictures) != len(labels):
            raise DatasetError(f"{where}: expected {len(labels)} images, one per label, got {len(pictures)}")

    def chunks(self) -> Iterator[NDArray[np.uint8]]:
        for start in range(0, len(self.pictures), self.step):
            chunk = self.pictures[start : start + self.step].reshape(-1, math.prod(self.image_shape))
            if self.pictures.dtype != np.uint8:
                chunk = np.rint(chunk * np.float32(255 / self._full_ink)).astype(np.uint8)
            yield chunk

    @cached_property
    def _full_ink(self) -> int:
        least, most = (float(each) for each in (self.pictures.min(), self.pictures.max()))
        if not 0 <= least <= most <= FULL[-1]:
            raise DatasetError(
                f"{self.where}: expected brightness from 0 to 1, 255 or 65535, got {least:g} to {most:g}"
            )
        return next(full for full in FULL if most <= full)


@dataclass(frozen=True, eq=False)
class Published:
    """A data set as it is published, labelled with places in `class_names`; `test` is None if nothing is set apart."""

    train: Part
    test: Part | None
    class_names: tuple[str, ...]


def as_labels(array: NDArray[Any], where: str) -> NDArray[np.uint8]:
    """Labels (n,) of any type of numbers as bytes."""
    with np.errstate(invalid="ignore"):
        labels = array.astype(np.uint8)
    different = np.flatnonzero(labels != array)
    if len(different):
        at = int(different[0])
        raise DatasetError(f"{where}: expected labels from 0 to 255, got {array[at]} at position {at}")
    return labels
