"""The output of every layer for one digit, as pictures: one feature map per channel for layers that work on images,
one number per unit for all others.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.components.heatmaps import Pictures
from dashboard.notation.formulas import dimensions, plain
from dashboard.notation.layer_names import words
from dashboard.notation.numbers import percent
from nnlib.activations import Activation, ReLU
from nnlib.convolution import AveragePool2D, Conv2D, MaxPool2D
from nnlib.describe.losses import describe
from nnlib.describe.network import matrices
from nnlib.layers import Dense, Layer
from nnlib.losses import Loss
from nnlib.network import Network
from nnlib.normalization import BatchNorm

SQUARES = 32  # up to this many units are drawn as one named square each, more as lines of pixels

WHAT_TO_SEE = {  # the first kind that fits
    ReLU: "Negative numbers become 0. {zero} of these numbers are 0.",
    Conv2D: "Blue where a kernel matches the input, orange where it matches the opposite.",
    MaxPool2D: "The same maps, coarser: the largest number of each window.",
    AveragePool2D: "The same maps, coarser: the mean of each window.",
    Dense: "Each unit's weighted sum of all numbers above{bias}.",
    BatchNorm: "Minus the running mean, divided by the standard deviation, then scaled and shifted.",
    Activation: "The activation function, applied to each number.",
    Loss: "The outputs of the network: a probability for every class, adding up to 1.",
}


@dataclass(frozen=True, eq=False)
class Stage:
    """The output of one layer for a digit: its symbol, the name of the layer, its size, the pictures, and a sentence on
    what to see."""

    symbol: str
    maker: str
    size: str
    pictures: Pictures
    sentence: str


def stages(network: Network, loss: Loss, inputs: NDArray, class_names: tuple[str, ...]) -> list[Stage]:
    """The output of every layer for the scaled inputs (pixels,) of one image, in order, then the probabilities if the
    loss has an output function. Layers that only pass on or reshape their input are left out."""
    made = matrices(network, loss, 1)
    symbols = {each.layer: each.symbol for each in made if each.phase == "forward" and not each.parameter}
    before = inputs[:, None]
    found = []
    with np.errstate(over="ignore", invalid="ignore"):  # diverged weights
        for layer, A in network.passing(before):
            if not np.may_share_memory(A, before):
                symbol, last = symbols[layer.position], layer is network.layers[-1]
                found.append(_stage(plain(symbol), layer, A, class_names, last=last))
            before = A
        if describe(loss).function:
            outputs = loss.class_probabilities(before)
            symbol = next(each.symbol for each in made if each.phase == "loss")
            found.append(_stage(plain(symbol), loss, outputs, class_names, last=True))
    return found


def _stage(symbol, maker, A, class_names, *, last):
    title = words(maker)
    if A.ndim == 4:
        _, height, width, n = A.shape
        maps = A[0].reshape(-1, n).T
        names, summary = _numbers(n), f"{n} feature maps"
        pictures = Pictures(maps, (height, width), names, "channel", "row {row}, column {column}", "values", summary)
        return Stage(symbol, title, f"{n} × {dimensions((height, width))}", pictures, _sentence(maker, A))
    names = class_names[-len(A) :] if last else _numbers(len(A))
    return Stage(symbol, title, _counted(len(A), last), _units(A[:, 0], names, last), _sentence(maker, A))


def _units(values, names, last):
    """Units without positions: few as one square each, many as one picture in lines."""
    kind, n = "class" if last else "unit", len(values)
    if n <= SQUARES:
        return Pictures(values[:, None], (1, 1), names, kind, "", "value", f"{n} outputs")
    columns = 32 if n <= 256 else 64
    tile = (-(-n // columns), columns)
    name = f"{n} outputs"
    return Pictures(values[None], tile, (name,), "", f"{kind} {{input}}", "values", f"1 picture of {name}")


def _counted(n, last):
    return f"{n:,} {'class' if last else 'unit'}{'' if n == 1 else 'es' if last else 's'}"


def _sentence(maker: Layer | Loss, A) -> str:
    sentence = next((text for kind, text in WHAT_TO_SEE.items() if isinstance(maker, kind)), "")
    bias = ", plus its bias" if getattr(maker, "bias", False) else ""
    return sentence.format(zero=percent(np.count_nonzero(A == 0) / A.size), bias=bias)


def _numbers(n) -> tuple[str, ...]:
    return tuple(map(str, range(1, n + 1)))
