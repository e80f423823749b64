"""The responses of one unit: its weighted sum for every digit of a sample, and for a convolution the position in its
feature map where the sum is largest.
"""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from nnlib.activations import Activation
from nnlib.convolution import Conv2D, Images
from nnlib.network import Network
from nnlib.normalization import BatchNorm
from nnlib.trainer import Trainer

CNN_DIGITS = 1_000  # a convolutional network is many times slower
Box = tuple[slice, slice]


@dataclass(frozen=True, eq=False)
class Responses:
    """One unit's weighted `sums` (n,), after batch normalisation if there is one, before and `outputs` (n,) after its
    activation for the first n of `available` digits, with their `labels` (n,). A filter's are the largest in its
    feature map, at row and column `places` (n, 2); `places` is None for other units. `position` is the epoch of the
    network.
    """

    sums: np.ndarray
    outputs: np.ndarray
    places: np.ndarray | None
    labels: np.ndarray
    position: float
    available: int

    def __len__(self):
        return len(self.sums)

    def most(self, n: int) -> np.ndarray:
        """Positions of the digits with the largest sums, the largest first. (Many outputs may be equal, namely 0.)"""
        return np.argsort(-self.sums, kind="stable")[:n]

    def least(self, n: int) -> np.ndarray:
        """Positions of the digits with the smallest sums, the smallest first."""
        return np.argsort(self.sums, kind="stable")[:n]

    def class_means(self, n_classes: int) -> np.ndarray:
        """The mean output for the digits of each class, (classes,); NaN for a class without digits."""
        counts = np.bincount(self.labels, minlength=n_classes)
        totals = np.bincount(self.labels, self.outputs, minlength=n_classes)
        return np.divide(totals, counts, out=np.full(n_classes, np.nan), where=counts > 0)


def responding(trainer: Trainer, number: int, unit: int) -> Generator[None, None, Responses]:
    """The Responses of one unit of the `number`-th layer with weights, from 0, to the validation digits (the first
    CNN_DIGITS in a convolutional network); yields between blocks."""
    network, split = trainer.network, trainer.digits.validation
    layer = network.weights()[number]
    following = network.layers[layer.position + 1 :]
    norm = following.pop(0) if following and isinstance(following[0], BatchNorm) else None
    pictures = len(layer.output_shape) > 1
    on_pictures = any(len(each.output_shape) > 1 for each in network.layers)
    n = min(len(split), CNN_DIGITS) if on_pictures else len(split)
    sums, block = np.empty((1, n), np.float32), network.examples_per_block
    winners = np.empty(n, np.int64)
    for start in range(0, n, block):
        rows = slice(start, min(start + block, n))
        with np.errstate(over="ignore", invalid="ignore"):  # diverged weights
            A = network.entering(layer, trainer.scaling.apply(split.images[rows]).T)
            Z = layer.forward(A, training=False)
            Z = Z if norm is None else norm.forward(Z, training=False)
        if pictures:
            Z = Z[..., unit].reshape(len(Z), -1)
            winners[rows] = Z.argmax(axis=1)
            sums[0, rows] = Z.max(axis=1)
        else:
            sums[0, rows] = Z[unit]
        yield
    outputs = sums
    if following and isinstance(following[0], Activation):
        outputs = following[0].forward(sums, training=False)
    places = np.stack(np.divmod(winners, layer.output_shape[1]), axis=1) if pictures else None
    return Responses(sums[0], outputs[0], places, split.labels[:n], trainer.position, len(split))


def receptive_field(network: Network, layer: Conv2D, row: int, column: int) -> Box:
    """Rows and columns of the image that one position of a convolution's feature map depends on."""
    ranges = [(row, row), (column, column)]
    for each in reversed(network.layers[: layer.position + 1]):
        if isinstance(each, Images):
            break
        kernel, stride, padding = _window(each)
        ranges = [(low * stride - padding, high * stride - padding + kernel - 1) for low, high in ranges]
    sides = each.output_shape[:2]
    rows, columns = (slice(max(low, 0), min(high + 1, side)) for (low, high), side in zip(ranges, sides, strict=True))
    return rows, columns


def _window(layer):
    """(size, stride, padding) of a layer's windows."""
    if isinstance(layer, Conv2D):
        return layer.kernel, layer.stride, layer.padding
    size = getattr(layer, "size", 1)  # of pooling; all other layers work pixel by pixel
    return size, size, 0
