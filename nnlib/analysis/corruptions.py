"""Corruptions of digits: shifts, rotations, noise, and thinner or thicker strokes.

Whole batches are corrupted at once, and deterministically: random numbers come from a fixed seed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.augmentation import Moves, with_border

SEED = 0
FULL = 255  # the brightness of full ink
DIRECTIONS = ((0, 1), (1, 0), (0, -1), (-1, 0))  # (rows down, columns right) of a shift by 1


def shifted(images: NDArray[np.uint8], image_shape: tuple[int, int], pixels: int) -> NDArray[np.uint8]:
    """Shifted by whole pixels, each picture in one of four directions, the same for every amount."""
    chosen = np.random.default_rng(SEED).integers(len(DIRECTIONS), size=len(images))
    down, right = pixels * np.array(DIRECTIONS)[chosen].T
    return Moves(image_shape, down, right).apply(images)


def turned(images: NDArray[np.uint8], image_shape: tuple[int, int], degrees: float) -> NDArray[np.uint8]:
    """Rotated anticlockwise about the centre of the picture."""
    m = len(images)
    nowhere = np.zeros(m, int)
    return Moves(image_shape, nowhere, nowhere, np.full(m, np.radians(degrees)), np.ones(m)).apply(images)


def noisy(images: NDArray[np.uint8], image_shape: tuple[int, int], percent: float) -> NDArray[np.uint8]:
    """Gaussian noise added to each pixel, with a standard deviation in per cent of full ink; clipped to the valid
    range."""
    noise = np.random.default_rng(SEED).standard_normal(images.shape, np.float32)
    noise *= percent / 100 * FULL
    noise += images
    np.clip(np.rint(noise, out=noise), 0, FULL, out=noise)
    return noise.astype(np.uint8)


def thickened(images: NDArray[np.uint8], image_shape: tuple[int, int], pixels: float) -> NDArray[np.uint8]:
    """Strokes wider by this many pixels (narrower, if negative): each pixel becomes the maximum (minimum) of a window
    of 1 + |pixels| a side; fractions are interpolated between the two nearest windows."""
    extreme = np.maximum if pixels > 0 else np.minimum
    whole, share = divmod(abs(pixels), 1)
    result = _window(images, image_shape, int(whole), extreme)
    if share:
        larger = _window(images, image_shape, int(whole) + 1, extreme)
        result = np.rint((1 - share) * result + share * larger).astype(np.uint8)
    return result


def _window(images: NDArray[np.uint8], image_shape: tuple[int, int], more: int, extreme: np.ufunc) -> NDArray[np.uint8]:
    """The extreme of each window of (1 + more) x (1 + more) pixels, the odd one above and to the left; outside the
    picture is background."""
    height, width = image_shape
    before = more - more // 2
    wide = with_border(images, image_shape, before, more - before)
    rows = wide[:, :height].copy()
    for down in range(1, more + 1):
        extreme(rows, wide[:, down : down + height], out=rows)
    result = rows[:, :, :width].copy()
    for right in range(1, more + 1):
        extreme(result, rows[:, :, right : right + width], out=result)
    return result.reshape(len(images), -1)


@dataclass(frozen=True)
class Corruption:
    """`change(images, image_shape, amount)` returns the pictures (m, pixels) uint8 corrupted by this amount, as a new
    array. `amounts`, in `unit`, are the amounts tested, in increasing order; 0 changes nothing."""

    title: str
    unit: str
    amounts: tuple[float, ...]
    change: Callable[[NDArray[np.uint8], tuple[int, int], Any], NDArray[np.uint8]]


CORRUPTIONS = {
    "shift": Corruption("Shift", "pixels", tuple(range(9)), shifted),
    "rotation": Corruption("Rotation, anticlockwise", "°", tuple(range(-90, 91, 15)), turned),
    "noise": Corruption("Noise", "% of full ink, standard deviation", tuple(range(0, 81, 10)), noisy),
    "thickness": Corruption("Stroke width", "pixels", tuple(np.arange(-2, 2.5, 0.5).tolist()), thickened),
}
