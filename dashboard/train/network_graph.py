"""The network as a graph for one digit: a column for its pixels and one for the output of each layer, and lines for
what every unit gets from the column before. Of a large layer a fixed, even sample is shown.

What a line carries is weight x input. Lines from several numbers (a block of pixels, a feature map) carry the sum of
these products, so all that enters a unit, shown or not, and its bias add up to its weighted sum z.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache, singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.components.layer_units import initial_network
from dashboard.notation.layer_names import words
from dashboard.notation.numbers import number, percent
from dashboard.notation.phrases import digit_of
from nnlib.activations import Activation
from nnlib.convolution import Conv2D, Flatten, Images, Pool2D, windows
from nnlib.datasets import Digits, Split
from nnlib.layers import Dense, Dropout, Layer
from nnlib.normalization import BatchNorm
from nnlib.recipes import Recipe
from nnlib.trainer import Trainer

UNITS = 12  # at most, of a layer of units; at most two more are shown rather than left out
MAPS = 6  # at most, of the feature maps of a layer
BLOCKS = 7  # blocks of pixels along each side of the picture
STRONGEST = 5  # inputs of a unit that are listed
CANDIDATES = 200  # validation digits among which the first one is chosen
TYPICAL_OF = 1_000  # training digits that the mean images are taken from

PIXELS, MAP, UNIT = "pixels", "map", "unit"


@dataclass(eq=False)
class Column:
    """The output of one layer for one digit.

    `kind` is PIXELS, MAP or UNIT, `layer` what computes it in words, `number` that of its layer among those with
    weights (0 for others). `values` is all of the output, (units,) or (height, width, maps), and `shown` the units or
    maps that are drawn. For those, if the layer has weights: the weighted sums `z`, the biases `b`, `received` (shown,
    blocks, maps or units of the column before), and `weights` of the same shape where each line is one weight. For a
    feature map, z and `received` are means over its positions. `pictures` are the weights of units that see all the
    pixels, or the kernels of maps that see the picture. A layer that works on each map by itself is `apart`.
    """

    kind: str
    layer: str
    values: NDArray
    shown: NDArray
    number: int = 0
    z: NDArray | Any = None
    b: NDArray | Any = None
    received: NDArray | Any = None
    weights: NDArray | Any = None
    pictures: NDArray | Any = None
    stride: int = 1
    padding: int = 0
    apart: bool = False

    @property
    def size(self) -> int:
        """The number of units or maps."""
        return self.values.shape[-1]

    @property
    def activations(self) -> NDArray:
        """The output of the units shown, or the mean of each map shown."""
        values = self.values if self.values.ndim == 1 else self.values.mean(axis=(0, 1))
        return values[self.shown]

    @property
    def maps(self) -> NDArray:
        """Of a column of maps those shown, (shown, height, width)."""
        return np.moveaxis(self.values[..., self.shown], -1, 0)

    @property
    def count(self) -> str:
        """How many of its units or maps are shown, in words."""
        many = f"{self.kind}s" if self.size > 1 else self.kind
        return f"{len(self.shown)} of {self.size:,} {many}" if len(self.shown) < self.size else f"{self.size} {many}"


@dataclass(frozen=True, eq=False)
class Graph:
    """The columns from the pixels to the scores, and for every class its `outputs` (a probability if the loss gives
    these), with the class guessed and the true one. `position` is that of the digit in its split."""

    position: int
    image: NDArray[np.uint8]  # (height, width)
    columns: list[Column]
    outputs: NDArray
    guess: int
    truth: int


def graph(trainer: Trainer, position: int, split: Split | None = None) -> Graph:
    """The network with one digit of a split in it, by default the validation split; changes nothing."""
    network, loss, digits = trainer.network, trainer.loss, trainer.digits
    one, split = slice(position, position + 1), split or digits.validation
    image, label = split.images[one], split.labels[one]
    A = trainer.scaling.apply(image).T
    columns = [Column(PIXELS, "", A.reshape(*digits.image_shape, 1), np.zeros(1, np.intp))]
    with np.errstate(over="ignore", invalid="ignore"):  # diverged weights
        for layer, output in network.passing(A):
            add(layer, A, output, columns)
            entering, A = A, output
        outputs, guess, truth = loss.class_probabilities(A)[:, 0], int(loss.predict(A)[0]), int(label[0])
        if isinstance(layer, Dense) and len(columns[-1].shown) < len(outputs) == len(A):  # so many classes
            shown = np.union1d(columns.pop().shown, [guess, truth])
            columns.append(_dense(layer, entering, A, columns, shown))
    return Graph(position, image.reshape(digits.image_shape), columns, outputs, guess, truth)


def sample(n: int, most: int) -> NDArray[np.intp]:
    """At most so many of n units, evenly spread and always the same; two too many are still shown."""
    return np.arange(n) if n <= most + 2 else np.linspace(0, n - 1, most).round().astype(np.intp)


@singledispatch
def add(layer: Layer, A: NDArray, output: NDArray, columns: list[Column]) -> None:
    """Add to the columns what a layer makes of its input A, both of one example. A layer that is not known and keeps
    the shape works on each number by itself, as activations do."""
    before, values = columns[-1], _of_one(output)
    if values.shape == before.values.shape and before.kind != PIXELS:
        before.values = values
    else:
        kind, most = (UNIT, UNITS) if values.ndim == 1 else (MAP, MAPS)
        columns.append(Column(kind, words(layer), values, sample(values.shape[-1], most)))


@add.register
def _(layer: Images | Flatten | Dropout, A: NDArray, output: NDArray, columns: list[Column]) -> None:
    """The same numbers."""


@add.register
def _(layer: Activation, A: NDArray, output: NDArray, columns: list[Column]) -> None:
    before = columns[-1]
    before.values, before.layer = _of_one(output), f"{before.layer}, {words(layer)}"


@add.register
def _(layer: BatchNorm, A: NDArray, output: NDArray, columns: list[Column]) -> None:
    """As in evaluation, what it does to a weighted sum is what it does to the weights and the bias."""
    before, (scale, shift) = columns[-1], (each[columns[-1].shown] for each in layer.scale_and_shift())
    before.values, before.layer = _of_one(output), f"{before.layer}, {words(layer).lower()}"
    before.b = before.b * scale[:, 0] + shift[:, 0]
    before.z = before.z * scale[:, 0] + shift[:, 0]
    before.received = before.received * scale
    before.weights, before.pictures = (
        each if each is None else each * scale for each in (before.weights, before.pictures)
    )


@add.register
def _(layer: Pool2D, A: NDArray, output: NDArray, columns: list[Column]) -> None:
    name = f"{words(layer).removesuffix('2D').lower()} {layer.size} × {layer.size}"
    columns.append(Column(MAP, name, _of_one(output), columns[-1].shown, apart=True))


@add.register
def _(layer: Dense, A: NDArray, output: NDArray, columns: list[Column]) -> None:
    columns.append(_dense(layer, A, output, columns, sample(layer.outputs, UNITS)))


def _dense(layer, A, output, columns, shown):
    before, z = columns[-1], _of_one(output)
    W, weights, pictures = layer.W[shown], None, None
    products = W * A[:, 0]
    if before.kind == UNIT:
        weights = W
    elif before.kind == MAP:
        products = products.reshape(len(shown), -1, before.size).sum(axis=1)
    else:
        pictures, products = W, blocks(products.reshape(len(shown), *before.values.shape[:2]))
    b, number = layer.b[shown, 0], _number(columns)
    return Column(UNIT, "dense", z, shown, number, z[shown], b, products, weights, pictures)


@add.register
def _(layer: Conv2D, A: NDArray, output: NDArray, columns: list[Column]) -> None:
    Z, kernels = _of_one(output), layer.kernels
    shown = sample(layer.filters, MAPS)
    patches = windows(layer.padded(A), layer.kernel, layer.stride).mean(axis=(0, 1, 2))  # (channels, kernel, kernel)
    received = np.einsum("fklc,ckl->fc", kernels[shown], patches)
    sees_picture = columns[-1].kind == PIXELS
    columns.append(
        Column(
            MAP,
            f"conv {layer.kernel} × {layer.kernel}",
            Z,
            shown,
            _number(columns),
            Z.mean(axis=(0, 1))[shown],
            layer.b[shown, 0],
            received,
            pictures=kernels[shown].reshape(len(shown), -1) if sees_picture else None,
            stride=layer.stride,
            padding=layer.padding,
        )
    )


def blocks(pictures: NDArray) -> NDArray:
    """The sums of pictures (n, height, width) over blocks of pixels, (n, rows columns)."""
    rows, columns = (np.arange(0, side, block_size(side)) for side in pictures.shape[1:])
    sums = np.add.reduceat(np.add.reduceat(pictures, rows, axis=1), columns, axis=2)
    return sums.reshape(len(pictures), -1)


def block_size(side: int) -> int:
    """The side of a block in pixels, such that at most BLOCKS fit along a side of the picture."""
    return -(-side // BLOCKS)


def strongest(column: Column) -> NDArray[np.intp]:
    """For every unit shown the inputs that matter most to it, (shown, at most STRONGEST), the largest first."""
    sizes = np.abs(np.nan_to_num(column.received))
    return np.argsort(-sizes, axis=1, kind="stable")[:, :STRONGEST]


def _of_one(output):
    """A layer's output (units, 1) or (1, height, width, maps) without the axis of examples."""
    return output[0] if output.ndim == 4 else output[:, 0]


def _number(columns: Iterable[Column]) -> int:
    return 1 + max(column.number for column in columns)


def first_digit(trainer: Trainer) -> int:
    """The position of a validation digit to begin with: of those that the network misreads before training, the one
    most like the mean image of its class, which a trained network reads easily."""
    return _first_digit(trainer.recipe.fixed, trainer.digits)


@lru_cache(maxsize=4)
def _first_digit(recipe: Recipe, digits: Digits) -> int:
    network, split = initial_network(recipe, digits.n_inputs, digits.n_classes), digits.validation
    split = split.take(min(CANDIDATES, len(split)))
    with np.errstate(over="ignore", invalid="ignore"):  # weights may begin without bound
        scores = network.forward(recipe.make_scaling().apply(split.images).T, training=False)
        misread = np.flatnonzero(recipe.make_loss().predict(scores) != split.labels)
    if not len(misread):
        return 0
    known = digits.train.take(min(TYPICAL_OF, len(digits.train)))
    means = np.stack([_mean(known.images[known.labels == k]) for k in range(digits.n_classes)])
    images, means = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (split.images[misread], means))
    return int(misread[(images * means[split.labels[misread]]).sum(axis=1).argmax()])


def _mean(images):
    return images.mean(axis=0) if len(images) else np.ones(images.shape[1])


def about(graph: Graph, names: tuple[str, ...], probabilities: bool, split: str = "validation") -> str:
    """The digit, its class, and the network's answer, in words."""
    digit = f"{digit_of(split).capitalize()} no. {graph.position + 1:,}, true class {names[graph.truth]}."
    value = float(graph.outputs[graph.guess])
    if not np.isfinite(value):
        return f"{digit} The outputs are not finite."
    mark = "✓" if graph.guess == graph.truth else "✗"
    return f"{digit} Guess: {names[graph.guess]} {mark}, {percent(value) if probabilities else number(value)}."
