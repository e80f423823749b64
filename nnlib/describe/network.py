"""Every matrix of one training step, from a network's list of layers and its loss."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

from nnlib.describe import layers, losses
from nnlib.describe.expressions import Plus, Scaled, Symbol
from nnlib.describe.layers import Place
from nnlib.describe.matrices import Matrix
from nnlib.layers import Dense
from nnlib.losses import Loss
from nnlib.network import Network


def matrices(network: Network, loss: Loss, m: int | None = None, l2: float = 0.0) -> list[Matrix]:
    """Every Matrix of one training step in order of computation: batch, forward, loss, backward. Changes nothing.

    Values are those of the last training step (None before the first); `m`, if given, replaces the last batch size. W
    and b have their present values, which after an update differ from those the other matrices were computed with: a
    dry run gives a consistent set. With `l2` the formulas of dW include the penalty, with λ for `l2`.
    """
    inputs = network.inputs
    if m is None:
        m = 1 if inputs is None else inputs.shape[1]
    units = _units(network)
    sizes = {name: layer.outputs for layer, name in units.items()} | {"m": m}
    penalized = network.weights() if l2 else []
    symbol, number = "X", 0
    dimensions: tuple[str, ...] = (str(network.input_shape[0]), "m")
    batch = [layers.matrix("X", "the mini-batch: one image per column", dimensions, None, inputs)]
    forward: list[Matrix] = []
    backward: list[Matrix] = []
    for position, layer in enumerate(network.layers):
        if not layer.active:
            continue
        number += "W" in layer.parameter_shapes()
        first = not any(below.parameter_shapes() for below in network.layers[:position])
        own_units = units[layer] if isinstance(layer, Dense) else ""
        found = layers.trace(layer, Place(number, symbol, dimensions, own_units, first))
        forward += (replace(each, layer=position) for each in found.forward)
        own = (replace(each, layer=position) for each in found.backward)
        backward = [_with_penalty(each, f"W{number}") if layer in penalized else each for each in own] + backward
        symbol, dimensions = found.symbol, found.dimensions
    outputs, first_gradient = losses.trace(loss, number, symbol, dimensions)
    phases = {"batch": batch, "forward": forward, "loss": outputs, "backward": first_gradient + backward}
    return [each for phase, found in phases.items() for each in _finished(found, phase, sizes)]


def _units(network: Network) -> dict[Dense, str]:
    """The number of units of each Dense layer in symbols: h1, h2, ..., and a number for the last one."""
    dense = [layer for layer in network.layers if isinstance(layer, Dense)]
    names = {layer: f"h{number}" for number, layer in enumerate(dense, 1)}
    return names | {layer: str(layer.outputs) for layer in dense[-1:]}


def _finished(found: Iterable[Matrix], phase: str, sizes: dict[str, int]) -> Iterator[Matrix]:
    """The matrices with phase and shape in numbers; values of another shape are dropped."""
    for each in found:
        shape = tuple(_size(dimension, sizes) for dimension in each.dimensions)
        value = each.value if each.value is not None and each.value.shape == shape else None
        yield replace(each, phase=phase, shape=shape, value=value)


def _size(dimension: str, sizes: dict[str, int]) -> int:
    """A dimension in numbers: "h1", "10", or a product such as "676 m"."""
    return math.prod(sizes[part] if part in sizes else int(part) for part in dimension.split())


def _with_penalty(each: Matrix, W: str) -> Matrix:
    """dW with its formula ... + λ W; any other matrix unchanged."""
    if each.formula is None or each.gradient_of != W:
        return each
    return replace(each, formula=Plus(each.formula, Scaled("λ", Symbol(W))))
