"""A trained network in one .npz file: its weights, the recipe that built it and the scaling of its inputs.

A training that is to go on later is such a file too, with the state of the trainer beside the weights. Never pickled: a
file from an untrusted source cannot contain anything but numbers and text.
"""

import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnlib.archive import Archive, File, StorageError, reading, write
from nnlib.checkpoints import TrainerState
from nnlib.dataset_files.class_names import check_class_names
from nnlib.datasets import DATA_FOLDER, MNIST_DIGEST, Digits, Split
from nnlib.evaluation import Evaluation, accuracy, evaluate
from nnlib.history import TABLES, History
from nnlib.losses import LOSSES
from nnlib.network import Network
from nnlib.recipes import Recipe
from nnlib.scaling import Scaling
from nnlib.trainer import Trainer
from nnlib.workers import Workers

FORMAT = "digit-lab-1"
REFERENCE = DATA_FOLDER / "reference-cnn.npz"  # the trained network that comes with the library
ORDER = "training.order"


@dataclass(frozen=True)
class TrainingData:
    """What a network was trained on: the digest and name of the data set, and the names of the network's classes."""

    digest: str
    name: str
    class_names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class SavedNetwork:
    """The content of a file, ready to predict; `image_shape` and `data` are None in files from earlier versions."""

    network: Network
    recipe: Recipe
    scaling: Scaling
    n_classes: int
    image_shape: tuple[int, int] | None = None
    data: TrainingData | None = None

    def trained_elsewhere(self, digits: Digits) -> str:
        """Which other data it was trained on than these, in words; "" if on these."""
        if self.data is None:
            return "" if digits.digest == MNIST_DIGEST else "data that its file does not name"
        return "" if self.data.digest == digits.digest else f"{self.data.name}, not on {digits.name}"

    def evaluate(self, split: Split) -> Evaluation:
        """The Evaluation of a split, prepared as for training (see `Recipe.prepare`)."""
        return evaluate(self._workers, split, self.n_classes)

    def accuracy(self, split: Split) -> float:
        """The accuracy on such a split, with test-time augmentation if the recipe says so."""
        augmented = self.recipe.test_time_augmentation
        return accuracy(self._workers, split, self.n_classes, augmented, self.image_shape)

    def expect_fit(self, digits: Digits) -> Digits:
        """All digits, prepared as for training; raises StorageError if they have another size or number of classes than
        those the network was trained on."""
        digits = self.recipe.prepare(digits)
        if self.image_shape is None:
            size, found = f"{self.network.input_shape[0]}", f"{digits.n_inputs}"
        else:
            size, found = ("{} x {}".format(*shape) for shape in (self.image_shape, digits.image_shape))
        if (size, self.n_classes) != (found, digits.n_classes):
            raise StorageError(
                f"expected data of {size} pixels and {self.n_classes} classes, got {found} and {digits.n_classes}"
            )
        return digits

    @property
    def _workers(self) -> Workers:
        return Workers(self.network, LOSSES[self.recipe.loss](), self.scaling)


def save(file: File, trainer: Trainer, dtype: DTypeLike = np.float32, *, resumable: bool = False) -> None:
    """Write the trainer's network, recipe and scaling to `file`, a path (no extension is added) or an open file.

    `dtype` float16 halves the file; weights are rounded to about three digits. `resumable` adds what `resume` needs,
    except changes made by hand. Raises StorageError, and leaves a file at the path as it was, if the numbers are not
    finite or writing fails.
    """
    about: dict[str, Any] = {
        "format": FORMAT,
        "recipe": trainer.recipe.to_dict(),
        "scaling": asdict(trainer.scaling),
        "n_inputs": trainer.digits.n_inputs,
        "n_classes": trainer.digits.n_classes,
        "image_shape": trainer.digits.image_shape,
        "data": asdict(TrainingData(trainer.digits.digest, trainer.digits.name, trainer.digits.class_names)),
    }
    with np.errstate(over="ignore"):
        arrays = {name: values.astype(dtype) for name, values in trainer.network.named_parameters().items()}
    history = {}
    if resumable:
        about["training"], state = _packed(trainer.state(), trainer.digits.train)
        history = {f"training.{name}": getattr(trainer.history, name).rows for name in TABLES}
        arrays |= state
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise StorageError(f"{file}: not written: expected finite weights, got NaN, infinity or too large a number")
    write(file, {"about": np.array(json.dumps(about)), **arrays, **history})


def load(file: File) -> SavedNetwork:
    """The SavedNetwork in a file, a path or an open file.

    Raises FileNotFoundError if there is no file, StorageError for anything but a complete file of finite weights.
    """
    with reading(file) as archive:
        return _network(archive, _about(archive))


def resume(file: File, digits: Digits, threads: int = 1) -> Trainer:
    """The Trainer of a resumable file, which goes on exactly as it would have; `digits` are all digits.

    Raises the errors of `load`, and StorageError if the file holds no training, or one on other data.
    """
    with reading(file) as archive:
        about = _about(archive)
        saved, facts = _network(archive, about), about.get("training")
        if facts is None:
            raise StorageError(f"{file}: expected a training to go on with, got a network without one")
        train = saved.expect_fit(digits).train
        if facts["data"] != _checksum(train):
            raise StorageError(f"{file}: expected the digits of the interrupted training, got others")
        trainer = saved.recipe.trainer(digits, threads=threads)
        state = _unpacked(archive, facts, trainer, saved.network.parameters)
        trainer.history = _history(archive)
        trainer.history.recipes = [(0, trainer.recipe)]
        trainer.last_good = state
        trainer.restore(state)
        return trainer


def _about(archive: Archive) -> dict[str, Any]:
    text = archive.text("about")
    about = json.loads(text)
    json.dumps(about, ensure_ascii=False).encode()  # fails for half of a character, which cannot be shown
    return about


def _network(archive: Archive, about: Mapping[str, Any]) -> SavedNetwork:
    file = archive.file
    if about["format"] != FORMAT:
        raise StorageError(f"{file}: expected format {FORMAT!r}, got {about['format']!r}")
    recipe, scaling = Recipe.from_dict(about["recipe"]), Scaling(**about["scaling"])
    n_inputs, n_classes, image_shape = int(about["n_inputs"]), int(about["n_classes"]), about.get("image_shape")
    if image_shape is not None:
        height, width = image_shape = tuple(image_shape)
        if not all(isinstance(side, int) and side > 0 for side in image_shape) or height * width != n_inputs:
            raise StorageError(f"{file}: expected an image shape of {n_inputs} pixels, got {image_shape}")
    inputs = image_shape or n_inputs
    # Sizes are checked before anything is read or allocated.
    shapes = recipe.parameter_shapes(inputs, n_classes)
    for name, shape in shapes.items():
        archive.expect(name, shape)
    archive.expect_only({"about", *shapes}, but="training." if "training" in about else None)
    data = _training_data(file, about["data"], n_classes) if "data" in about else None
    network = recipe.network(inputs, n_classes)
    for name, values in network.named_parameters().items():
        values[...] = archive.read_finite(name, values.shape)
        if name.startswith("running_variance") and (values < 0).any():
            raise StorageError(f"{file}: expected no negative variance, got one in {name}")
    return SavedNetwork(network, recipe, scaling, n_classes, image_shape, data)


def _training_data(file: File, facts: Mapping[str, Any], n_classes: int) -> TrainingData:
    data = TrainingData(facts["digest"], facts["name"], tuple(facts["class_names"]))
    names = check_class_names(data.class_names, str(file))
    if len(names) != n_classes or not all(isinstance(text, str) for text in (data.digest, data.name, *names)):
        raise StorageError(f"{file}: expected the names of {n_classes} classes, got {len(names)}")
    return data


# The state of a training: numbers in the facts, vectors as arrays of their own


def _packed(state: TrainerState, train: Split) -> tuple[dict[str, Any], dict[str, NDArray]]:
    facts: dict[str, Any] = {
        "data": _checksum(train),
        "epochs": state.epochs,
        "cursor": state.cursor,
        "batch": state.batch,
        "generators": state.generators,
    }
    arrays = {} if state.order is None else {ORDER: state.order}
    for part in ("optimizer", "average"):
        # The optimizer's class is the recipe's.
        values = {name: value for name, value in getattr(state, part).items() if not isinstance(value, type)}
        facts[part] = {name: value for name, value in values.items() if isinstance(value, int)}
        arrays |= {f"training.{part}.{name}": values[name] for name in values.keys() - facts[part].keys()}
    return facts, arrays


def _unpacked(archive: Archive, facts: Mapping[str, Any], trainer: Trainer, parameters: NDArray) -> TrainerState:
    """The TrainerState in a file, checked against a new trainer of the same recipe and data, which is not changed."""
    file, n, new = archive.file, trainer.n_examples, trainer.state()

    def count(value: object, most: float) -> int:
        if not (type(value) is int and 0 <= value <= most):
            raise StorageError(f"{file}: expected a whole number from 0 to {most}, got {value!r}")
        return value

    def values(part: str) -> dict[str, Any]:
        return {
            name: count(facts[part][name], math.inf)
            if isinstance(value, int)
            else value
            if isinstance(value, type)
            else archive.read_finite(f"training.{part}.{name}", value.shape)
            for name, value in getattr(new, part).items()
        }

    epochs, cursor = count(facts["epochs"], trainer.planned_epochs), count(facts["cursor"], n - 1)
    order = archive.read(ORDER, (n,), "i").astype(np.int32) if ORDER in archive else None
    if not (cursor == 0 if order is None else np.array_equal(np.sort(order), np.arange(n))):
        raise StorageError(f"{file}: expected an order of {n} digits, each of them once")
    generators = []
    for state in facts["generators"]:
        np.random.PCG64().state = state  # refuses what is none
        generators.append(state)
    batches, draws = count(facts["batch"], cursor), tuple(generators)
    history = _history(archive).lengths()
    return TrainerState(
        parameters, values("optimizer"), epochs, cursor, batches, order, draws, history, values("average")
    )


def _history(archive: Archive) -> History:
    history = History()
    for name in TABLES:
        table = getattr(history, name)
        table.extend(archive.read(f"training.{name}", (None, len(list(table)))))  # a loss may be infinite
    return history


def _checksum(split: Split) -> int:
    return zlib.crc32(split.labels.data, zlib.crc32(np.ascontiguousarray(split.images).data))
