"""How large an update is beside the weights it changes: recorded for a few steps of an epoch, as root mean squares."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nnlib.network import Network
from nnlib.scratch import scratch

RECORDED = 10  # updates of an epoch whose sizes are recorded, besides those of steps 1, 2, 4, 8, ...
SPACING = 32  # steps from one of them to the next, at least: recording takes about as long as a small step


def spacing(batches: float) -> int:
    """Steps from one recorded update to the next, with so many batches in an epoch."""
    return max(SPACING, math.ceil(batches / RECORDED))


def is_recorded(step: int, spacing: int) -> bool:
    """Whether the update of this step (from 1) is recorded: 1, 2, 4, 8, ..., then at equal distances. These begin in
    the middle of one, or they would always meet the last batch of an epoch, which may be a small one."""
    first = spacing // 2
    return step % spacing == first or (step < first and step & (step - 1) == 0)


def copy_weights(network: Network) -> list[NDArray]:
    """Each W of a network as it stands, to be given to `update_sizes` soon."""
    copies = []
    for number, layer in enumerate(network.weights()):
        copies.append(scratch(("weights before", number), layer.W.shape, layer.W.dtype))
        copies[-1][...] = layer.W
    return copies


def update_sizes(network: Network, before: list[NDArray]) -> Iterator[tuple[int, float, float, float]]:
    """Yield, for each layer with weights, its number (from 1) and the sizes of W before the update, of dW and of what
    the update added to W. `before`, of `copy_weights`, is used up."""
    for number, (layer, W) in enumerate(zip(network.weights(), before, strict=True), 1):
        size, change = rms(W), np.subtract(layer.W, W, out=W)
        yield number, size, rms(layer.dW), rms(change)


def rms(values: NDArray) -> float:
    """The root mean square: the size of a typical one of them."""
    return math.sqrt(np.vdot(values, values) / values.size)
