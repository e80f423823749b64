"""What may happen to a digit on its way to the network: it is shifted, turned, covered with noise, written with a
thinner or a thicker pen. Whole batches at once, and the same each time: what is random comes from a fixed seed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.augmentation import Moves

SEED = 0
FULL = 255  # the brightness of full ink
DIRECTIONS = ((0, 1), (1, 0), (0, -1), (-1, 0))  # rows down and columns to the right of a shift by 1


def shifted(images: NDArray[np.uint8], image_shape: tuple[int, int], pixels: int) -> NDArray[np.uint8]:
    """Shifted by whole pixels, each picture in one of four directions, always the same one."""
    chosen = np.random.default_rng(SEED).integers(len(DIRECTIONS), size=len(images))
    down, right = pixels * np.array(DIRECTIONS)[chosen].T
    return Moves(image_shape, down, right).apply(images)


def turned(images: NDArray[np.uint8], image_shape: tuple[int, int], degrees: float) -> NDArray[np.uint8]:
    """Turned anticlockwise about the middle of the picture."""
    m = len(images)
    nowhere = np.zeros(m, int)
    return Moves(image_shape, nowhere, nowhere, np.full(m, np.radians(degrees)), np.ones(m)).apply(images)


def noisy(images: NDArray[np.uint8], image_shape: tuple[int, int], percent: float) -> NDArray[np.uint8]:
    """A normally distributed number added to each pixel, its standard deviation being so many per cent of full ink;
    what would be less than no ink or more than full ink is cut off."""
    noise = np.random.default_rng(SEED).standard_normal(images.shape, np.float32)
    noise *= percent / 100 * FULL
    noise += images
    np.clip(np.rint(noise, out=noise), 0, FULL, out=noise)
    return noise.astype(np.uint8)


def thickened(images: NDArray[np.uint8], image_shape: tuple[int, int], pixels: float) -> NDArray[np.uint8]:
    """Strokes wider by so many pixels (narrower, if negative): each pixel becomes the brightest (the darkest) of a
    window one pixel larger than that; half a pixel is the mean of the two windows around it."""
    extreme = np.maximum if pixels > 0 else np.minimum
    whole, share = divmod(abs(pixels), 1)
    result = _window(images, image_shape, int(whole), extreme)
    if share:
        larger = _window(images, image_shape, int(whole) + 1, extreme)
        result = np.rint((1 - share) * result + share * larger).astype(np.uint8)
    return result


def _window(images: NDArray[np.uint8], image_shape: tuple[int, int], more: int, extreme: np.ufunc) -> NDArray[np.uint8]:
    """The extreme of each window of (1 + more) x (1 + more) pixels, the spare one being above and to the left; around
    the picture there is no ink."""
    height, width = image_shape
    before = more - more // 2
    wide = np.zeros((len(images), height + more, width + more), np.uint8)
    wide[:, before : before + height, before : before + width] = images.reshape(-1, height, width)
    rows = wide[:, :height].copy()
    for down in range(1, more + 1):
        extreme(rows, wide[:, down : down + height], out=rows)
    result = rows[:, :, :width].copy()
    for right in range(1, more + 1):
        extreme(result, rows[:, :, right : right + width], out=result)
    return result.reshape(len(images), -1)


@dataclass(frozen=True)
class Corruption:
    """`change(images, image_shape, amount)` gives the pictures (m, pixels) uint8 corrupted by that amount, as a new
    array. `amounts` in `unit` are those to try, from the least to the greatest; 0 changes nothing."""

    title: str
    unit: str
    amounts: tuple[float, ...]
    change: Callable[[NDArray[np.uint8], tuple[int, int], Any], NDArray[np.uint8]]


CORRUPTIONS = {
    "shift": Corruption("Shifted", "pixels", tuple(range(9)), shifted),
    "rotation": Corruption("Turned anticlockwise", "degrees", tuple(range(-90, 91, 15)), turned),
    "noise": Corruption("Noise", "% of full ink, standard deviation", tuple(range(0, 81, 10)), noisy),
    "thickness": Corruption("Thinner or thicker strokes", "pixels", tuple(np.arange(-2, 2.5, 0.5).tolist()), thickened),
}
