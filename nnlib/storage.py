"""A trained network in one .npz file: its weights, the recipe that built it and the scaling of its inputs.

Never pickled: a file from an untrusted source cannot contain anything but numbers and text.
"""

import json
import os
import zipfile
from dataclasses import asdict, dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnlib.datasets import Split
from nnlib.evaluation import Evaluation, accuracy, evaluate
from nnlib.losses import LOSSES
from nnlib.network import Network
from nnlib.recipes import Recipe
from nnlib.scaling import Scaling
from nnlib.trainer import Trainer
from nnlib.workers import Workers

FORMAT = "digit-lab-1"

File = str | os.PathLike[str] | BinaryIO


class StorageError(ValueError):
    """The file is damaged or was not saved by this library; the message says what was expected and what was found."""


@dataclass(frozen=True, eq=False)
class SavedNetwork:
    """The content of a file, ready to predict."""

    network: Network
    recipe: Recipe
    scaling: Scaling
    n_classes: int

    def evaluate(self, split: Split) -> Evaluation:
        """The Evaluation of a split, prepared as for training (see `Recipe.prepare`)."""
        return evaluate(self._workers, split, self.n_classes)

    def accuracy(self, split: Split) -> float:
        """The accuracy on such a split, with test-time augmentation if the recipe says so."""
        return accuracy(self._workers, split, self.n_classes, self.recipe.test_time_augmentation)

    @property
    def _workers(self) -> Workers:
        return Workers(self.network, LOSSES[self.recipe.loss](), self.scaling)


def save(file: File, trainer: Trainer, dtype: DTypeLike = np.float32) -> None:
    """Write the trainer's network, recipe and scaling to `file`, a path (no extension is added) or an open file.

    `dtype` float16 halves the file; weights are rounded to about three digits.
    """
    about = {
        "format": FORMAT,
        "recipe": trainer.recipe.to_dict(),
        "scaling": asdict(trainer.scaling),
        "n_inputs": trainer.digits.n_inputs,
        "n_classes": trainer.digits.n_classes,
    }
    arrays = {
        f"{name}{number}": getattr(layer, name).astype(dtype)
        for number, layer in enumerate(trainer.network.weights(), 1)
        for name in layer.parameter_shapes()
    }
    if isinstance(file, (str, os.PathLike)):
        with open(file, "wb") as opened:
            np.savez(opened, about=np.array(json.dumps(about)), **arrays)
    else:
        np.savez(file, about=np.array(json.dumps(about)), **arrays)


def load(file: File) -> SavedNetwork:
    """The SavedNetwork in a file, a path or an open file.

    Raises FileNotFoundError if there is no file, StorageError for anything but a complete file of finite weights.
    """
    if isinstance(file, (str, os.PathLike)):
        os.stat(file)  # raises FileNotFoundError
    if not zipfile.is_zipfile(file):
        raise StorageError(f"{file}: expected a network saved by this library (.npz), got another kind of file")
    try:
        with np.load(file, allow_pickle=False) as archive:
            content = {name: np.asarray(archive[name]) for name in archive.files}  # other entries come as bytes
        about = json.loads(str(content.pop("about")))
        if about["format"] != FORMAT:
            raise StorageError(f"{file}: expected format {FORMAT!r}, got {about['format']!r}")
        recipe, scaling = Recipe.from_dict(about["recipe"]), Scaling(**about["scaling"])
        network = recipe.network(int(about["n_inputs"]), int(about["n_classes"]))
    except StorageError:
        raise
    except Exception as error:  # damaged files raise a dozen unrelated exceptions
        raise StorageError(f"{file}: expected a network saved by this library, got something else ({error})") from error
    for number, layer in enumerate(network.weights(), 1):
        for name, shape in layer.parameter_shapes().items():
            _fill(file, getattr(layer, name), content, f"{name}{number}", shape)
    return SavedNetwork(network, recipe, scaling, int(about["n_classes"]))


def _fill(file: File, target: NDArray, content: dict[str, NDArray], name: str, shape: tuple[int, ...]) -> None:
    if name not in content:
        raise StorageError(f"{file}: expected the array {name}, which is missing")
    array = content[name]
    if array.shape != shape or array.dtype.kind != "f":
        raise StorageError(f"{file}: expected {name} as {shape} floats, got {array.shape} {array.dtype}")
    if not np.isfinite(array).all():
        raise StorageError(f"{file}: expected finite numbers in {name}, got NaN or infinity")
    target[...] = array
