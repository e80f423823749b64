"""Which units of a network take part: those that some digit moves.

A unit whose slope is nearly zero for every digit passes no gradient on: its output is always 0 (ReLU), or it is
saturated (sigmoid, tanh). It learns nothing any more and tells the digits apart by nothing.
"""

import copy
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nnlib.activations import Activation
from nnlib.network import Network
from nnlib.workers import Worker

STILL = 1e-3  # a slope as small as this passes hardly any gradient on
SAMPLE, BLOCKS = 250, 6  # digits that say it, and blocks of them, at most


def sample_size(network: Network) -> int:
    """How many digits say which units take part."""
    return min(SAMPLE, BLOCKS * network.examples_per_block)


def finding_active_units(worker: Worker, images: NDArray[np.uint8]) -> Iterator[dict[int, NDArray[np.bool_]]]:
    """`taking_part` for many images (n, pixels), in blocks: yields after each what is found so far."""
    found: dict[int, NDArray[np.bool_]] = {}
    block = worker.network.examples_per_block
    for start in range(0, len(images), block):
        with np.errstate(over="ignore", invalid="ignore"):
            part = taking_part(worker.network, worker.passing_inputs(images, slice(start, start + block)))
        found = {number: units | found.get(number, False) for number, units in part.items()}
        yield found


def taking_part(network: Network, A: NDArray) -> dict[int, NDArray[np.bool_]]:
    """{number of a layer with weights, counted from 1: (units,) whether a unit of its activation has a slope for some
    example} for inputs A (inputs, m). A channel of pictures counts as one unit. Leaves no trace."""
    found: dict[int, NDArray[np.bool_]] = {}
    number = 0
    for layer in network.layers:
        number += "W" in layer.parameter_shapes()
        if isinstance(layer, Activation):
            A, slope = _with_slope(layer, A)
            units = np.abs(slope).max(axis=1 if A.ndim == 2 else (0, 1, 2)) > STILL
            found[number] = found.get(number, False) | units
        else:
            A = layer.forward(A, training=False)
    return found


def _with_slope(activation: Activation, Z: NDArray) -> tuple[NDArray, NDArray]:
    """(g(Z), g'(Z)), computed by a twin."""
    twin = copy.copy(activation)
    twin.forget()  # which gives it buffers of its own
    A = twin.forward(Z)
    return A, twin.backward(np.ones_like(A))
