"""Reading a picture: finding its digits, preparing each as those of MNIST were, and classifying them."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from nnlib.datasets import Digits, Split
from nnlib.losses import LOSSES
from nnlib.preprocessing import Between, grey, prepare_ink
from nnlib.segmentation import Box, Found, find_digits
from nnlib.storage import REFERENCE, SavedNetwork, load
from nnlib.touching import separated


@dataclass(frozen=True, eq=False)
class Reading:
    """A digit of a picture: the name of its predicted class, the probability of that class (None if the network gives
    none), its box in the picture, and the prepared image (height, width) uint8."""

    name: str
    confidence: float | None
    box: Box
    image: NDArray[np.uint8]


def find(picture: NDArray[np.uint8], between: Between = lambda: None) -> list[Found]:
    """The digits in a picture (height, width) of brightness or (height, width, 3) of red, green and blue, in reading
    order. The reference network separates those that touch, if its file is there, whichever network reads them.
    `between` is called every few hundredths of a second for a picture of two megapixels."""
    found = find_digits(grey(picture), between)
    return separated(found, _reference_probabilities, between) if REFERENCE.exists() else found


def _reference_probabilities(images: NDArray[np.uint8]) -> NDArray:
    return _probabilities(_reference(), images.reshape(len(images), -1))


@cache
def _reference() -> SavedNetwork:
    return load(REFERENCE)


def read(saved: SavedNetwork, digits: Digits, picture: NDArray[np.uint8]) -> list[Reading]:
    """The digits in a picture, as `find` finds them. `digits` are all digits, as returned by `load_mnist`: they tell
    the shape and the classes. Each is read once, without test-time augmentation."""
    found = find(picture)
    images = [prepare_ink(digit.ink, digits.image_shape)["scale"] for digit in found]
    stacked = np.array(images, np.uint8).reshape(len(images), digits.n_inputs)
    probabilities = class_probabilities(saved, digits, stacked)
    certain = LOSSES[saved.recipe.loss].gives_probabilities and np.isfinite(probabilities).all()
    names = saved.data.class_names if saved.data else saved.recipe.prepare(digits).class_names
    return [
        Reading(names[int(p.argmax())], float(p.max()) if certain else None, digit.box, image)
        for digit, image, p in zip(found, images, probabilities.T, strict=True)
    ]


def class_probabilities(saved: SavedNetwork, digits: Digits, images: NDArray[np.uint8]) -> NDArray:
    """(classes, n) for images (n, pixels) like those of `digits`, cropped and scaled as the network needs them. Raises
    StorageError if the network was made for other data."""
    prepared = saved.expect_fit(replace(digits, test=_unlabelled(images)))
    if not len(images):
        return np.zeros((saved.n_classes, 0), np.float32)
    return _probabilities(saved, prepared.test.images)


def _unlabelled(images: NDArray[np.uint8]) -> Split:
    # Label 0 keeps them all, whichever classes the recipe selects.
    return Split(images, np.zeros(len(images), np.uint8), np.arange(len(images), dtype=np.int32))


def _probabilities(saved: SavedNetwork, images: NDArray[np.uint8]) -> NDArray:
    scores = saved.evaluate(_unlabelled(images)).scores
    return LOSSES[saved.recipe.loss]().class_probabilities(scores)
