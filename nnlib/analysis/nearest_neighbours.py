"""Nearest neighbours: the examples of a split most similar to an image, pixel by pixel, without a network."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnlib.scratch import scratch

ROWS_PER_BLOCK = 1024  # 3 MB of float32: the whole training split at once would be 170 MB
SPARE = 8  # additional candidates, because rounding may change the order of near ties


class Neighbours(NamedTuple):
    """Nearest first: `positions` in the split, and Euclidean `distances` in units of brightness, 0 to 255 per pixel."""

    positions: NDArray
    distances: NDArray


def nearest(images: NDArray[np.uint8], image: NDArray[np.uint8], count: int = 3) -> Neighbours:
    """The Neighbours of `image` (pixels,) among `images` (n, pixels), both uint8; ties go to the first.

    d^2 = |x|^2 - 2 x . q + |q|^2 for each image x, in float32 and in blocks; the distances of the nearest few are then
    computed exactly, in integers.
    """
    if images.dtype != np.uint8 or image.dtype != np.uint8:
        raise TypeError(f"expected images of uint8 brightness 0..255, got {images.dtype} and {image.dtype}")
    count = min(count, len(images))
    q = image.astype(np.float32)
    beyond = np.empty(len(images), np.float32)  # d^2 - |q|^2
    for start in range(0, len(images), ROWS_PER_BLOCK):
        rows = images[start : start + ROWS_PER_BLOCK]
        x = scratch("neighbours", rows.shape)
        x[...] = rows
        beyond[start : start + len(rows)] = np.einsum("ij,ij->i", x, x) - 2 * (x @ q)
    kept = min(count + SPARE, len(images))
    near = np.sort(np.argpartition(beyond, kept - 1)[:kept])
    squares = np.square(images[near].astype(np.int64) - image).sum(axis=1)
    order = np.argsort(squares, kind="stable")[:count]
    return Neighbours(near[order], np.sqrt(squares[order]))
