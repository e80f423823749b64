"""Frozen descriptions of a network and its training, and the published systems by name.

A recipe is complete: the same recipe, seed, data and number of threads give the same numbers, bit for bit, on one
machine with one BLAS thread. More threads change only the last digits, and only in large batches without dropout; with
batch normalisation, in all large batches, and with dropout the masks too.
"""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np

from nnlib.activations import ACTIVATIONS
from nnlib.augmentation import Augmentation
from nnlib.batches import BatchSampler
from nnlib.convolution import Conv2D, Flatten, Images, MaxPool2D, picture_shape
from nnlib.datasets import Digits, zeros_and_ones
from nnlib.initializers import INITIALIZERS
from nnlib.layers import Dense, Dropout, Layer
from nnlib.losses import LOSSES, Loss
from nnlib.network import Network, build, named_shapes
from nnlib.normalization import MOST_EXAMPLES, MOST_PICTURES, BatchNorm
from nnlib.optimizers import OPTIMIZERS, Optimizer
from nnlib.scaling import SCALINGS, Scaling
from nnlib.schedules import SCHEDULES
from nnlib.timeline import Timeline
from nnlib.trainer import Trainer

MAX_UNITS = 4096
MAX_LAYERS = 8
MAX_KERNEL = 9  # pixels
POOL = "pool"

DATA: dict[str, Callable[[Digits], Digits]] = {"digits": lambda digits: digits, "zeros-and-ones": zeros_and_ones}
CHOICES: dict[str, Collection[str]] = {
    "activation": ACTIVATIONS,
    "initializer": INITIALIZERS,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "loss": LOSSES,
    "scaling": SCALINGS,
    "data": DATA,
}
# What may change while training.
LIVE = ("optimizer", "learning_rate", "batch_size", "momentum", "l2", "dropout", *Augmentation.LIMITS)


class RecipeError(ValueError):
    """An invalid setting; the message says what was expected and what was given."""


@dataclass(frozen=True)
class Recipe:
    """What to build and how to train it; every field has a default that works.

    `convolutions` lists the number of filters of each convolution, with kernels of `kernel` x `kernel` pixels and an
    activation behind it. 2 x 2 max pooling follows each of them, or, if `POOL` stands in the list, only where it does:
    (32, "pool", 64, 64, "pool"). `hidden` lists the units of the hidden layers after them.
    `batch_size` None is the full batch; `training_size` None, or more than there are, means all training examples.
    `scale` multiplies the initial weights. `shift`, `rotation`, `zoom` and `distortion` are those of Augmentation.
    `rows` selects the row convention for formulas. `weight_average`, unless 0, is the decay of a WeightAverage that
    replaces the weights after the last epoch; `test_time_augmentation` is an option of `evaluation.accuracy`.
    `batch_norm` puts a BatchNorm before every activation. `dropout` works behind every hidden layer, or, without one,
    before the scores, and with `dropout_after_pooling` behind every pooling too.
    """

    name: str = "custom"
    hidden: tuple[int, ...] = (128,)
    activation: str = "relu"
    initializer: str = "he"
    scale: float = 1.0
    loss: str = "softmax-cross-entropy"
    optimizer: str = "sgd"
    learning_rate: float = 0.1
    momentum: float = 0.9
    schedule: str = "constant"
    epochs: int = 20
    batch_size: int | None = 64
    l2: float = 0.0
    dropout: float = 0.0
    data: str = "digits"
    training_size: int | None = None
    scaling: str = "unit"
    seed: int = 0
    rows: bool = False
    convolutions: tuple[int | str, ...] = ()
    kernel: int = 3
    shift: int = 0
    rotation: float = 0.0
    zoom: float = 0.0
    distortion: float = 0.0
    weight_average: float = 0.0
    test_time_augmentation: bool = False
    batch_norm: bool = False
    dropout_after_pooling: bool = False

    def __post_init__(self) -> None:
        _check(isinstance(self.name, str), "name", "text", self.name)
        for field in ("rows", "test_time_augmentation", "batch_norm", "dropout_after_pooling"):
            _check(isinstance(getattr(self, field), bool), field, "True or False", getattr(self, field))
        for field, choices in CHOICES.items():
            value = getattr(self, field)
            _check(isinstance(value, str) and value in choices, field, f"one of {', '.join(choices)}", value)
        for field in ("hidden", "convolutions"):
            sizes = getattr(self, field)
            _check(isinstance(sizes, (tuple, list)), field, "a list of units", sizes)
            object.__setattr__(self, field, tuple(sizes))
            layers = [each for each in sizes if field == "hidden" or each != POOL]
            _check(len(layers) <= MAX_LAYERS, field, f"at most {MAX_LAYERS} layers", sizes)
            for units in layers:
                _check(_is_count(units) and units <= MAX_UNITS, field, f"units from 1 to {MAX_UNITS}", units)
        after = zip((POOL, *self.convolutions), self.convolutions, strict=False)
        _check((POOL, POOL) not in after, "convolutions", f"{POOL!r} only behind a convolution", self.convolutions)
        for field in ("learning_rate", "scale"):
            value = getattr(self, field)
            _check(_is_number(value) and value > 0, field, "a positive number", value)
        _check(_is_number(self.l2) and self.l2 >= 0, "l2", "0 or a positive number", self.l2)
        for field in ("dropout", "momentum", "weight_average"):
            value = getattr(self, field)
            _check(_is_number(value) and 0 <= value < 1, field, "a number from 0 up to, but not including, 1", value)
        for field in ("batch_size", "training_size"):
            value = getattr(self, field)
            _check(value is None or _is_count(value), field, "a whole number from 1, or all", value)
        if self.batch_norm:
            most = MOST_PICTURES if self.convolutions else MOST_EXAMPLES
            fits = min(self.batch_size or math.inf, self.training_size or math.inf) <= most
            expected = f"at most {most:,} with batch normalisation, which takes a batch as a whole"
            _check(fits, "batch_size", expected, self.batch_size or "all")
        for field in Augmentation.LIMITS:
            _check(_is_number(getattr(self, field)), field, "a number", getattr(self, field))
        try:
            self.augmentation  # noqa: B018 - it refuses what is out of range
        except ValueError as error:
            raise RecipeError(str(error)) from None
        _check(_is_count(self.kernel) and self.kernel <= MAX_KERNEL, "kernel", f"from 1 to {MAX_KERNEL}", self.kernel)
        _check(_is_count(self.epochs), "epochs", "a whole number from 1", self.epochs)
        fits = _is_count(self.seed, least=0) and self.seed < 2**32
        _check(fits, "seed", "a whole number from 0 to 4294967295", self.seed)

    def same_network(self, other: "Recipe") -> bool:
        """Whether training may continue under the other recipe: they differ only in LIVE settings."""
        return self.fixed == other.fixed

    @property
    def fixed(self) -> "Recipe":
        """This recipe with all LIVE settings at their defaults."""
        return replace(self, **{field: getattr(Recipe, field) for field in LIVE})

    def prepare(self, digits: Digits) -> Digits:
        """The Digits this recipe trains on: its selection, crop and training-set size, taken from all digits."""
        digits = DATA[self.data](digits)
        digits = digits.take(min(self.training_size or len(digits.train), len(digits.train)))
        return digits

    @property
    def augmentation(self) -> Augmentation:
        """The Augmentation of the training pictures."""
        return Augmentation(**{limit: getattr(self, limit) for limit in Augmentation.LIMITS})

    @property
    def stages(self) -> tuple[int | str, ...]:
        """`convolutions` with every pooling written out: (32, "pool", 64, "pool") for (32, 64)."""
        if POOL in self.convolutions:
            return self.convolutions
        return tuple(stage for filters in self.convolutions for stage in (filters, POOL))

    def layers(self, inputs: int | tuple[int, int], outputs: int) -> list[Layer]:
        """The list of layers: convolution and activation, or pooling, for each of `stages`, Dense, activation and
        Dropout for each hidden size, then Dense for the scores. `inputs` as for `network`."""
        layers: list[Layer] = []
        if self.convolutions:
            layers.append(Images(*picture_shape(inputs)))
            for stage in self.stages:
                if isinstance(stage, str):
                    layers += [MaxPool2D(), Dropout(self.dropout)] if self.dropout_after_pooling else [MaxPool2D()]
                else:
                    layers += [Conv2D(stage, self.kernel, bias=not self.batch_norm), *self._activation()]
            dropped = isinstance(layers[-1], Dropout)
            layers.append(Flatten())
            if not self.hidden and not dropped:
                layers.append(Dropout(self.dropout))
        for units in self.hidden:
            layers += [Dense(units, bias=not self.batch_norm), *self._activation(), Dropout(self.dropout)]
        return [*layers, Dense(outputs)]

    def _activation(self) -> list[Layer]:
        activation = ACTIVATIONS[self.activation]()
        return [BatchNorm(), activation] if self.batch_norm else [activation]

    def network(self, inputs: int | tuple[int, int], n_classes: int) -> Network:
        """A new Network with its initial weights, for pictures of this (height, width) or, if square, number of pixels.

        Raises RecipeError if the convolutions do not fit into them, or the loss does not support this many classes.
        """
        generator = np.random.default_rng([self.seed, 0])
        layers, input_shape = self._built(inputs, n_classes)
        return Network(layers, input_shape, generator, INITIALIZERS[self.initializer], self.scale)

    def parameter_shapes(self, inputs: int | tuple[int, int], n_classes: int) -> dict[str, tuple[int, ...]]:
        """{name: shape} of all parameters, as in `Network.named_parameters`, but without its memory."""
        layers, _ = self._built(inputs, n_classes)
        return {name: shape for name, shape, *_ in named_shapes(layers)}

    def _built(self, inputs: int | tuple[int, int], n_classes: int) -> tuple[list[Layer], tuple[int, ...]]:
        """The layers with their sizes fixed, and the shape of the inputs."""
        input_shape = (inputs if isinstance(inputs, int) else math.prod(inputs),)
        try:
            layers = self.layers(inputs, self.make_loss().outputs(n_classes))
            build(layers, input_shape)
        except ValueError as error:
            size = inputs if isinstance(inputs, int) else "{} x {}".format(*inputs)
            expected = f"expected a recipe that fits {n_classes} classes and pictures of {size} pixels"
            raise RecipeError(f"{expected}, got one that does not: {error}") from None
        return layers, input_shape

    def trainer(
        self, digits: Digits, seed: int | None = None, timeline: Timeline | None = None, threads: int = 1
    ) -> Trainer:
        """A Trainer at the start of training; `digits` are all digits, as returned by `load_mnist`. `seed` replaces the
        recipe's; the trainer adds snapshots to the `timeline`; `threads` share large batches."""
        if seed is not None:
            return replace(self, seed=seed).trainer(digits, timeline=timeline, threads=threads)
        digits = self.prepare(digits)
        network = self.network(digits.image_shape, digits.n_classes)
        return Trainer(
            network,
            self.make_loss(),
            self.make_optimizer(network),
            digits,
            self.make_scaling(),
            self,
            schedule=SCHEDULES[self.schedule],
            generator=np.random.default_rng([self.seed, 1]),
            threads=threads,
            timeline=timeline,
        )

    # The parts that train it

    def make_loss(self) -> Loss:
        """A new loss."""
        return LOSSES[self.loss]()

    def make_optimizer(self, network: Network) -> Optimizer:
        """A new optimizer of this network."""
        return OPTIMIZERS[self.optimizer](network, self.learning_rate)

    def make_sampler(self, digits: Digits, generator: np.random.Generator) -> BatchSampler:
        """The mini-batches of the digits it trains on, in the order that this generator draws."""
        return BatchSampler(digits, generator)

    def make_scaling(self) -> Scaling:
        """The scaling of its inputs."""
        return SCALINGS[self.scaling]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self) | {"hidden": list(self.hidden), "convolutions": list(self.convolutions)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Recipe":
        """The reverse of `to_dict`. Missing fields, as in files from earlier versions, get their defaults. Raises
        RecipeError for unknown fields and invalid values."""
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise RecipeError(f"unknown settings: {', '.join(sorted(unknown))}")
        return cls(**values)


def _check(condition: bool, field: str, expected: str, came: object) -> None:
    if not condition:
        raise RecipeError(f"{field.replace('_', ' ')}: expected {expected}, got {came!r}")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_count(value: object, least: int = 1) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


@dataclass(frozen=True)
class System:
    """A recipe with a one-line summary, the source of its description, its published test accuracy (None if there is
    none), a remark on the published figure or text if needed, and the test accuracy required with every seed.

    `title` is its name on the pages, in the words of a person; `section` is where the source describes the network.
    """

    recipe: Recipe
    summary: str
    source: str = "ours"
    published: float | None = None
    remark: str = ""
    target: float | None = None
    title: str = ""
    section: str = ""

    @property
    def called(self) -> str:
        """The title, or the recipe's short name where there is none."""
        return self.title or self.recipe.name

    @property
    def label(self) -> str:
        """The title with the recipe's short name."""
        return f"{self.title} · {self.recipe.name}" if self.title else self.recipe.name

    @property
    def origin(self) -> str:
        """The source, with the section that describes the network."""
        return f"{self.source}, section “{self.section}”" if self.section else self.source


_NOTEBOOKS = "“MNIST Neural Network Digit Recognizer”, four notebooks"
_KERAS = "“Neural Networks for Handwritten Digit Recognition”, Keras"
_SCRATCH = "“MNIST Handwritten Digit Recognition Using Neural Network from Scratch”"
_ROWS = "“MNIST Neural Network Digit Recognizer”, one hidden layer of 128, images in rows"
_SGD = "“MNIST Neural Network from Scratch”, NumPy and mini-batches"

_SYSTEMS = [
    System(
        Recipe("first-steps"),
        "784-128-10 with ReLU and plain mini-batch gradient descent: a good start.",
        title="128 hidden units, a good start",
    ),
    System(
        Recipe("simple-784-10-10", (10,), batch_size=None, epochs=500),
        "Ten hidden units, full-batch gradient descent: 500 steps over all digits at once.",
        _NOTEBOOKS,
        0.888,
        "Its section “Variables and Shapes” gives dW1 as 10 x 10; it is 10 x 784, the shape of W1. It also lists W2 as "
        "“W1: 10 x 10”. Its section “Implementation” speaks of 784 hidden units and Adam; the formulas have ten units "
        "and gradient descent.",
        target=0.895,
        title="Ten hidden units, full batch",
        section="Formulas Employed in the simple-mnist-nn.ipynb Notebook",
    ),
    System(
        Recipe("mlp-784-10-10-10", (10, 10), schedule="cosine", epochs=40, batch_size=32, l2=5e-4),
        "Two hidden layers of ten units, mini-batch gradient descent.",
        _NOTEBOOKS,
        0.945,
        "Its section “Variables and Shapes” gives dW1 as 10 x 10; it is 10 x 784, the shape of W1. Its section "
        "“Implementation” speaks of hidden layers of 784 and 10 units; the formulas have two of ten.",
        target=0.945,
        title="Two hidden layers of ten, mini-batches",
        section="Formulas Employed in the mnist-3-layer-mlp-nn.ipynb Notebook",
    ),
    System(
        Recipe("fnn-784-784-10-10", (784, 10), optimizer="adam", learning_rate=0.001, schedule="cosine", epochs=10),
        "A hidden layer of 784 units, one per pixel, then one of ten units, trained with Adam.",
        _NOTEBOOKS,
        0.962,
        target=0.98,
        title="784 and ten hidden units, Adam",
        section="Implementation",
    ),
    System(
        Recipe(
            "cnn-32-64-128",
            (128,),
            convolutions=(32, 64),
            optimizer="adam",
            learning_rate=0.001,
            schedule="cosine",
            epochs=15,
            dropout=0.3,
            shift=2,
            rotation=10.0,
            zoom=0.1,
        ),
        "Two convolutions of 32 and 64 kernels with pooling, then 128 hidden units; dropout and light augmentation.",
        _NOTEBOOKS,
        0.993,
        target=0.993,
        title="Convolutional network",
        section="Implementation",
    ),
    System(
        Recipe("hidden-128", (128,), learning_rate=0.2, batch_size=None, epochs=500, rows=True),
        "128 hidden units, full-batch gradient descent; its formulas put one image in each row.",
        _ROWS,
        None,
        "Its section “Variable Shapes” gives X as 784 x m but “Forward Propagation” computes X W, which needs m x 784, "
        "and Z1 as 10 x m for any number of hidden units; with the output error Y - A2 of “Backward Propagation” the "
        "update, which still subtracts, would increase the loss.",
        target=0.925,
        title="128 hidden units, images in rows",
        section="Forward Propagation",
    ),
    System(
        Recipe("scratch-784-10-10", (10,), batch_size=None, epochs=500),
        "Ten hidden units, gradient descent on pixels scaled to 0..1.",
        _SCRATCH,
        None,
        "Under “Vars and shapes” it lists W2 as “W1: 10 x 10” and dW1 as 10 x 10; dW1 is 10 x 784, the shape of W1.",
        target=0.895,
        title="Ten hidden units, from scratch",
        section="Neural Network Approach",
    ),
    System(
        Recipe("minibatch-784-128-10", (128,), learning_rate=0.3, schedule="cosine", epochs=30, dropout=0.2),
        "128 hidden units, mini-batch gradient descent; dropout 0.2.",
        _SGD,
        0.997,
        "0.997 on the test set is not credible for one hidden layer: a network with 99.7 % training accuracy reaches "
        "about 98 % on new digits.",
        target=0.98,
        title="128 hidden units, mini-batches and dropout",
        section="Maths",
    ),
    System(
        Recipe(
            "binary-400-25-15-1",
            (25, 15),
            "sigmoid",
            "xavier",
            loss="binary-cross-entropy",
            optimizer="adam",
            learning_rate=0.001,
            batch_size=32,
            data="zeros-and-ones",
        ),
        "Zero or one? Sigmoid units on the 20 × 20 centre, one output, threshold 0.5.",
        _KERAS,
        0.98,
        target=0.995,
        title="Zero or one?",
        section="Binary Classification",
    ),
    System(
        Recipe("dense-128-64", (128, 64), optimizer="adam", learning_rate=0.001, batch_size=32),
        "Two hidden layers, 128 and 64 units, trained with Adam.",
        _KERAS,
        0.95,
        target=0.975,
        title="128 and 64 hidden units, Adam",
        section="Multiclass Classification",
    ),
    System(
        Recipe(
            "record",
            (256,),
            convolutions=(32, 64),
            optimizer="adam",
            learning_rate=0.002,
            schedule="cosine",
            epochs=64,
            batch_size=128,
            dropout=0.3,
            shift=1,
            rotation=12.0,
            zoom=0.12,
            distortion=1.0,
            weight_average=0.999,
            test_time_augmentation=True,
        ),
        "Our best: two convolutions; each epoch shifts, rotates, scales and distorts every digit at random.",
        remark="With averaged weights and test-time augmentation: the mean prediction for nine slightly moved copies "
        "of each digit.",
        target=0.996,
        title="Our best",
    ),
]

SYSTEMS = {system.recipe.name: system for system in _SYSTEMS}
RECIPES = {name: system.recipe for name, system in SYSTEMS.items()}
DEFAULT = "first-steps"
