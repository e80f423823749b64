"""The size of updates relative to the weights, as root mean squares, recorded for a few steps per epoch."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nnlib.network import Network
from nnlib.scratch import scratch

RECORDED = 10  # updates recorded per epoch, besides those of steps 1, 2, 4, 8, ...
SPACING = 32  # minimum steps between them: recording takes about as long as a small step


def spacing(batches: float) -> int:
    """Steps from one recorded update to the next, given the batches per epoch."""
    return max(SPACING, math.ceil(batches / RECORDED))


def is_recorded(step: int, spacing: int) -> bool:
    """Whether the update of this step (from 1) is recorded: 1, 2, 4, 8, ..., then at equal intervals. The first
    is half an interval in, to avoid always recording the last batch of an epoch, which may be small."""
    first = spacing // 2
    return step % spacing == first or (step < first and step & (step - 1) == 0)


def copy_weights(network: Network) -> list[NDArray]:
    """Copies of all W of a network, in scratch memory, for `update_sizes`."""
    copies = []
    for number, layer in enumerate(network.weights()):
        copies.append(scratch(("weights before", number), layer.W.shape, layer.W.dtype))
        copies[-1][...] = layer.W
    return copies


def update_sizes(network: Network, before: list[NDArray]) -> Iterator[tuple[int, float, float, float]]:
    """Yield, for each layer with weights, its number (from 1) and the sizes of W before the update, of dW and of the
    update. `before`, from `copy_weights`, is overwritten."""
    for number, (layer, W) in enumerate(zip(network.weights(), before, strict=True), 1):
        size, change = rms(W), np.subtract(layer.W, W, out=W)
        yield number, size, rms(layer.dW), rms(change)


def rms(values: NDArray) -> float:
    """The root mean square of an array."""
    return math.sqrt(np.vdot(values, values) / values.size)
