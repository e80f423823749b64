"""Statistics of a data set: class counts, mean digits, brightness of the pixels, and what a crop cuts off. Computed in
blocks, so that 43 million pixels take a fifth of a second and little memory.
"""

from dataclasses import dataclass

import numpy as np

from nnlib.datasets import Digits, Split

SPLITS = {"training": "train", "validation": "validation", "test": "test"}  # as said on the screen: as named in Digits
BLOCK = 500  # examples at a time: they fit into the cache
BRIGHTNESSES = 256


@dataclass(frozen=True, eq=False)
class Statistics:
    """Statistics of one data set; all but the first and the last are of the training split.

    class_counts: {"training": (classes,), "validation": ..., "test": ...}, examples of each class.
    pixel_counts: (256,), pixels of each brightness.
    mean, spread: (classes, pixels), mean and standard deviation of the brightness, 0 for a class without examples.
    nearest_mean_accuracy: the validation accuracy of a classifier that picks the class whose mean is nearest.
    """

    class_counts: dict[str, np.ndarray]
    pixel_counts: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    nearest_mean_accuracy: float

    @property
    def zero_share(self) -> float:
        """The share of pixels that are exactly 0."""
        return float(self.pixel_counts[0] / self.pixel_counts.sum())

    @property
    def mean_brightness(self) -> float:
        """The mean of all pixels, 0 to 255."""
        return float(self.pixel_counts @ np.arange(BRIGHTNESSES) / self.pixel_counts.sum())


def measure(digits: Digits) -> Statistics:
    """The Statistics of a data set."""
    counts = {
        said: np.bincount(getattr(digits, name).labels, minlength=digits.n_classes) for said, name in SPLITS.items()
    }
    mean, spread = _mean_and_spread(digits.train, counts["training"])
    known = counts["training"] > 0
    return Statistics(
        counts, _pixel_counts(digits.train), mean, spread, _nearest_mean_accuracy(mean, known, digits.validation)
    )


def _pixel_counts(split):
    counts = np.zeros(BRIGHTNESSES, np.int64)
    for images in _blocks(split.images):
        counts += np.bincount(images.ravel(), minlength=BRIGHTNESSES)
    return counts


def _mean_and_spread(split, counts):
    total = np.zeros((len(counts), split.images.shape[1]))
    squares = np.zeros_like(total)
    member = np.equal(np.arange(len(counts))[:, None], split.labels).astype(np.float32)
    for start, images in zip(range(0, len(split), BLOCK), _blocks(split.images), strict=True):
        pixels = images.astype(np.float32)
        total += member[:, start : start + BLOCK] @ pixels
        squares += member[:, start : start + BLOCK] @ np.square(pixels, out=pixels)
    n = np.maximum(counts, 1)[:, None]
    mean = total / n
    return mean, np.sqrt(np.maximum(squares / n - mean**2, 0))


def _nearest_mean_accuracy(mean, known, split):
    half = 0.5 * (mean**2).sum(axis=1)  # |x - mean|^2 / 2 = |x|^2 / 2 - x mean + half, and |x|^2 is the same for all
    half[~known] = np.inf
    right = 0
    for start, images in zip(range(0, len(split), BLOCK), _blocks(split.images), strict=True):
        nearest = (half - images.astype(np.float32) @ mean.T).argmin(axis=1)
        right += int(np.count_nonzero(nearest == split.labels[start : start + BLOCK]))
    return right / len(split)


def crop_loss(split: Split, image_shape: tuple[int, int], size: int) -> np.ndarray:
    """The share of each image's ink that lies outside its centre crop of size x size: (n,) from 0 to 1."""
    height, width = image_shape
    outside = np.ones(image_shape, np.float32)
    top, left = (height - size) // 2, (width - size) // 2
    outside[top : top + size, left : left + size] = 0
    weights = np.stack([np.ones(height * width, np.float32), outside.ravel()], axis=1)
    ink, lost = np.concatenate([images.astype(np.float32) @ weights for images in _blocks(split.images)]).T
    return lost / np.maximum(ink, 1)


def _blocks(images):
    return (images[start : start + BLOCK] for start in range(0, len(images), BLOCK))
