"""Active and inactive units of a network.

A unit is inactive if its slope is nearly zero for every digit: its output is always 0 (a dead ReLU unit), or it is
saturated (sigmoid, tanh). It passes no gradient back and does not learn.
"""

import copy
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nnlib.activations import Activation
from nnlib.network import Network
from nnlib.workers import Worker

STILL = 1e-3  # with a slope this small hardly any gradient passes
SAMPLE, BLOCKS = 250, 6  # at most so many digits, and blocks of them


def sample_size(network: Network) -> int:
    """The number of digits examined."""
    return min(SAMPLE, BLOCKS * network.examples_per_block)


def finding_active_units(worker: Worker, images: NDArray[np.uint8]) -> Iterator[dict[int, NDArray[np.bool_]]]:
    """`taking_part` for many images (n, pixels), in blocks: yields the result so far after each."""
    found: dict[int, NDArray[np.bool_]] = {}
    block = worker.network.examples_per_block
    for start in range(0, len(images), block):
        with np.errstate(over="ignore", invalid="ignore"):
            part = taking_part(worker.network, worker.passing_inputs(images, slice(start, start + block)))
        found = {number: units | found.get(number, False) for number, units in part.items()}
        yield found


def taking_part(network: Network, A: NDArray) -> dict[int, NDArray[np.bool_]]:
    """Which units are active for at least one of the inputs A (inputs, m): {number of a layer with weights, from 1:
    (units,) bool}. A channel of pictures counts as one unit. The network stores nothing."""
    found: dict[int, NDArray[np.bool_]] = {}
    number = 0
    for layer in network.layers:
        number += "W" in layer.parameter_shapes()
        if isinstance(layer, Activation):
            twin = copy.copy(layer)
            twin.forget()  # gives it its own buffers
            A = twin.forward(A)
            slope = twin.backward(np.ones_like(A))
            units = np.abs(slope).max(axis=1 if A.ndim == 2 else (0, 1, 2)) > STILL
            found[number] = found.get(number, False) | units
        else:
            A = layer.forward(A, training=False)
    return found
