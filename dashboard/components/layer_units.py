"""The weights of a layer unit by unit, for every kind of layer: one row of weights per unit, and the shape of the
picture it is drawn as.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from dashboard.components.heatmaps import Pictures
from dashboard.notation.phrases import times
from dashboard.notation.plain_text import markdown
from nnlib.datasets import Digits
from nnlib.layers import Layer
from nnlib.network import Network
from nnlib.normalization import BatchNorm
from nnlib.recipes import Recipe
from nnlib.timeline import Snapshot
from nnlib.trainer import Trainer

PAGE = 128  # units shown at once
START = "the start"


@dataclass(frozen=True, eq=False)
class Units:
    """The units of one layer, with its present weights at every access.

    `number` counts layers with weights from 1; `names` are those of the units (the classes, in the output layer).
    `tile` is (height, width) of one unit's picture: that of the image if the layer sees the pixels, of its kernels
    side by side if it is a convolution, one row if its inputs are units. `channel` restricts the kernels to one input
    channel; None means all. `since` names the snapshot that the weights are compared with.
    """

    reads, may_begin_at_zero = "weights", False

    number: int
    layer: Layer
    first_layer: Layer  # the same layer before the first step, or in the snapshot compared with
    following: "Units | None"
    tile: tuple[int, int]
    kind: str  # "unit" or "class"
    names: tuple[str, ...]
    source: str  # what an input is: "pixel", "unit of layer 1"
    input_names: tuple[str, ...]
    channel: int | None = None
    since: str = START
    norm: BatchNorm | None = None  # that normalises its sums

    @property
    def then(self) -> str:
        """The time of the snapshot compared with, as an adverbial."""
        return f"{'at' if self.since == START else 'in'} {self.since}"

    @property
    def role(self) -> str:
        """What one of its units is called in other layers."""
        return self.kind if self.following is None else f"unit of layer {self.number}"

    def __len__(self):
        return len(self.names)

    @property
    def W(self) -> np.ndarray:
        """The weights, (units, weights of one unit)."""
        return _rows(self.layer, self.channel)

    @property
    def start(self) -> np.ndarray:
        """W before the first step, or in the snapshot compared with."""
        return _rows(self.first_layer, self.channel)

    @property
    def change(self) -> np.ndarray:
        """W minus its start."""
        with np.errstate(invalid="ignore"):  # diverged weights
            return self.W - self.start

    @property
    def sees_pixels(self) -> bool:
        """Whether the weights have positions, so that a unit's weights form an image."""
        return self.tile[0] > 1

    @property
    def sees_whole_image(self) -> bool:
        """Whether there is one weight per pixel of the image."""
        return self.sees_pixels and self.number == 1 and _kernels(self.layer) is None

    @property
    def row_shape(self) -> tuple[int, ...]:
        """The shape of one unit's weights in its row of the layer's own W: (rows, columns, input channels), (rows,
        columns) or (inputs,)."""
        kernels = _kernels(self.layer)
        if kernels is not None:
            return kernels.shape[1:]
        return self.tile if self.sees_pixels else (self.layer.W.shape[1],)

    @property
    def channels(self) -> int:
        """The number of input channels of a convolution; 1 for other layers."""
        kernels = _kernels(self.layer)
        return 1 if kernels is None else kernels.shape[-1]

    def of_channel(self, channel: int | None) -> "Units":
        """The same units with only their kernels for one input channel; None keeps all."""
        if channel is None:
            return self
        return replace(self, channel=channel, tile=(self.tile[0], self.tile[1] // self.channels))

    def kernels(self, weights: np.ndarray) -> Pictures:
        """One unit's row of `W` as a small picture per input channel."""
        height, width = self.tile[0], self.tile[1] // self.channels
        small = weights.reshape(height, self.channels, width).swapaxes(0, 1).reshape(self.channels, -1)
        names, summary = _numbers(self.channels), f"{self.channels} input channels"
        return Pictures(small, (height, width), names, "input channel", self.place, self.reads, summary)

    @property
    def place(self) -> str:
        """The format that describes the position of a weight."""
        return "row {row}, column {column}" if self.sees_pixels else "from unit {input}"

    @property
    def summary(self) -> str:
        """All units, in words."""
        return f"{len(self)} units of layer {self.number}"

    @property
    def title(self) -> str:
        return f"{self.number}: {self.W.shape[1]:,} → {len(self):,}"

    def name(self, unit: int) -> str:
        return f"{self.kind} {self.names[unit]}"

    def said(self, unit: int) -> str:
        """Its name in a sentence in Markdown."""
        return f"{self.kind} {markdown(self.names[unit])}"

    def bias(self, unit: int) -> float:
        """What is added to a unit's weighted sum; before batch normalisation, which shifts it, 0."""
        return float(self.layer.b[unit, 0])

    def scale_and_shift(self, unit: int) -> tuple[float, float] | None:
        """γ and β of a unit, or None without batch normalisation."""
        norm = self.norm
        return None if norm is None else (float(norm.gamma[unit, 0]), float(norm.beta[unit, 0]))

    def incoming(self, unit: int) -> np.ndarray:
        """The weights of a unit, (inputs,)."""
        return self.W[unit]

    def outgoing(self, unit: int) -> np.ndarray | None:
        """The next layer's weights for a unit, (units of the next layer,); None after the last layer, or if the next
        layer has several weights for it."""
        if self.following is None or self.following.W.shape[1] != len(self):
            return None
        return self.following.W[:, unit]


def layers_of_units(trainer: Trainer, earlier: Snapshot | None = None) -> list[Units]:
    """Every layer with weights, in order, to be compared with an earlier snapshot; None is the start."""
    if earlier is None:
        first = initial_network(trainer.recipe.fixed, trainer.digits.image_shape, trainer.digits.n_classes)
    else:
        first = trainer.network.astype(trainer.network.dtype)
        first.parameters[...] = earlier.state.parameters
    start, since = first.weights(), when(earlier)
    layers = trainer.network.weights()
    found, following = [], None
    for index in reversed(range(len(layers))):
        names = _numbers(len(layers[index].W)) if following else _output_names(layers[index], trainer.digits)
        kind = "class" if following is None else "unit"
        tile = _tile(layers[index], trainer.digits.image_shape if index == 0 else None)
        source = f"unit of layer {index}" if index else "pixel"
        inputs = _numbers(layers[index].W.shape[1])
        following = Units(
            index + 1, layers[index], start[index], following, tile, kind, names, source, inputs, since=since
        )
        after = trainer.network.layers[layers[index].position + 1 :][:1]
        if after and isinstance(after[0], BatchNorm):
            following = replace(following, norm=after[0])
        found.append(following)
    return found[::-1]


def when(snapshot: Snapshot | None) -> str:
    """A snapshot of a training, or None for its start, in words."""
    if snapshot is None:
        return START
    by_hand = f", changed by hand {times(snapshot.interventions)}" if snapshot.interventions else ""
    return f"epoch {snapshot.position:.2f} (batch {snapshot.steps:,}{by_hand})"


def projection(layers: list[Units], layer: Units, unit: int) -> np.ndarray | None:
    """The effect of each pixel on a unit if every activation were the identity, (pixels,): the product of the weight
    matrices. None in the first layer and behind a convolution."""
    if layer is layers[0] or not layers[0].sees_whole_image:
        return None
    product = layer.incoming(unit)
    with np.errstate(over="ignore", invalid="ignore"):
        for before in layers[layer.number - 2 :: -1]:
            product = product @ before.W
    return product


@lru_cache(maxsize=4)
def initial_network(recipe: Recipe, inputs: int | tuple[int, int], n_classes: int) -> Network:
    """The network of a recipe before its first step: the same seed draws the same weights."""
    return recipe.network(inputs, n_classes)


@lru_cache(maxsize=4)
def dark_pixels(digits: Digits) -> np.ndarray:
    """Positions of the pixels that are 0 in every training image."""
    return np.flatnonzero(digits.train.images.max(axis=0) == 0)


def _kernels(layer):
    """The kernels (filters, height, width, channels) of a convolution, or None."""
    return getattr(layer, "kernels", None)


def _rows(layer, channel=None):
    kernels = _kernels(layer)
    if kernels is None:
        return layer.W
    if channel is not None:
        return kernels[..., channel].reshape(len(kernels), -1)
    return kernels.swapaxes(2, 3).reshape(len(kernels), -1)  # (filters, height, channels, width): channels side by side


def _tile(layer, image_shape):
    kernels = _kernels(layer)
    if kernels is not None:
        _, height, width, channels = kernels.shape
        return height, width * channels
    inputs = layer.W.shape[1]
    return image_shape if image_shape and inputs == image_shape[0] * image_shape[1] else (1, inputs)


def _numbers(n):
    return tuple(map(str, range(1, n + 1)))


def _output_names(layer, digits):
    """The class names; for a single output, that of the second class."""
    return digits.class_names if len(layer.W) == digits.n_classes else digits.class_names[-len(layer.W) :]


def sizes(weights: np.ndarray) -> np.ndarray:
    """The mean size of each unit's weights, their distance from zero, (units,)."""
    return np.abs(weights).mean(axis=1)


VIEWS: dict[str, Callable[[Units], np.ndarray]] = {
    "as shown": lambda units: units.W,
    "at the start": lambda units: units.start,
    "change": lambda units: units.change,
}

ORDERS: dict[str, Callable[[Units], np.ndarray]] = {
    "number": lambda units: np.arange(len(units)),
    "size of their weights": lambda units: np.argsort(-sizes(units.W), kind="stable"),
    "change since the start": lambda units: np.argsort(-sizes(units.change), kind="stable"),
}


def pages(n: int) -> list[slice]:
    """The parts in which n units are shown."""
    return [slice(start, min(start + PAGE, n)) for start in range(0, n, PAGE)]
