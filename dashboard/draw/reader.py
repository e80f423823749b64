"""A network that reads a visitor's digit: the one in training at the moment shown, or a trained one."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.core.lab import Lab
from nnlib.datasets import Digits, Split
from nnlib.evaluation import Evaluation
from nnlib.losses import LOSSES, Loss
from nnlib.network import Network
from nnlib.scaling import Scaling
from nnlib.storage import SavedNetwork

LIVE, REFERENCE = "This network", "Reference CNN"


@dataclass(frozen=True, eq=False)
class Answer:
    """For one digit: `values` (classes,), probabilities or scores, and the classes in order, the best first."""

    values: NDArray
    names: tuple[str, ...]
    probabilities: bool

    @property
    def order(self) -> list[int]:
        return np.argsort(-self.values, kind="stable").tolist()

    @property
    def finite(self) -> bool:
        return bool(np.isfinite(self.values).all())

    @property
    def guess(self) -> int:
        return self.order[0]

    @property
    def name(self) -> str:
        """The class it answers; a question mark if its outputs are not finite."""
        return self.names[self.guess] if self.finite else "?"


@dataclass(frozen=True, eq=False)
class Reader:
    """`input_shape` is that of its inputs, which may be only the middle of the pictures. `version` identifies its
    weights; `when` is how long it was trained."""

    title: str
    when: str
    version: Hashable
    trained: bool
    network: Network
    loss: Loss
    scaling: Scaling
    evaluate: Callable[[Split], Evaluation]
    input_shape: tuple[int, int]
    class_names: tuple[str, ...]

    def inputs(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(n, pixels), the part of the images (n, height, width) that the network sees."""
        return middle(images, self.input_shape).reshape(len(images), -1)

    def outputs(self, images: NDArray[np.uint8]) -> NDArray:
        """The probabilities, or scores, of all classes (classes, n) for images (n, height, width)."""
        n = len(images)
        unknown = Split(self.inputs(images), np.zeros(n, np.uint8), np.arange(n, dtype=np.int32))
        with np.errstate(over="ignore", invalid="ignore"):  # diverged weights
            return self.loss.class_probabilities(self.evaluate(unknown).scores)

    def answers(self, images: NDArray[np.uint8]) -> list[Answer]:
        """One for each image."""
        values = self.outputs(images).T
        return [Answer(each, self.class_names, self.loss.gives_probabilities) for each in values]


def middle(images: NDArray[np.uint8], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """The middle of this shape of images (n, height, width), where networks that see less than all of it look."""
    (height, width), (rows, columns) = images.shape[1:], shape
    top, left = (height - rows) // 2, (width - columns) // 2
    return images[:, top : top + rows, left : left + columns]


def live(lab: Lab) -> Reader:
    """The network shown, now or at a moment of its past."""
    shown = lab.shown
    return Reader(
        LIVE,
        f"epoch {shown.position:.2f}",
        lab.version,
        shown.steps > 0,
        shown.network,
        shown.loss,
        shown.scaling,
        shown.evaluate,
        shown.digits.image_shape,
        shown.digits.class_names,
    )


def reference(saved: SavedNetwork, digits: Digits) -> Reader:
    """A trained network, if it was made for such digits; raises StorageError if not."""
    fitting, recipe = saved.expect_fit(digits), saved.recipe
    return Reader(
        REFERENCE,
        f"{recipe.epochs} epochs",
        recipe.name,
        True,
        saved.network,
        LOSSES[recipe.loss](),
        saved.scaling,
        saved.evaluate,
        fitting.image_shape,
        fitting.class_names,
    )
