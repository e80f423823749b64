"""What excites one unit: its answer to every digit of a sample, and where in the picture it finds it, if it looks at
small parts of one. Pure.
"""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from nnlib.activations import Activation
from nnlib.convolution import Conv2D, Images
from nnlib.network import Network
from nnlib.trainer import Trainer

PICTURES = 1_000  # digits, for a network that works on pictures: each takes many times as long
Box = tuple[slice, slice]


@dataclass(frozen=True, eq=False)
class Responses:
    """One unit's answers to n digits, the first of so many that are `available`: weighted `sums` (n,) before its
    activation, `outputs` (n,) after it, the `labels` of the digits. A filter's are those of the place in the picture
    where its sum is largest, which `places` (n, 2) tells as row and column; None for units that see everything.
    `position` is that of the training, in epochs.
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
        """Positions of the digits with the largest sums, the largest first. Outputs would do as well, but many may be
        the same: 0."""
        return np.argsort(-self.sums, kind="stable")[:n]

    def least(self, n: int) -> np.ndarray:
        """Those with the smallest sums, the smallest first."""
        return np.argsort(self.sums, kind="stable")[:n]

    def class_means(self, n_classes: int) -> np.ndarray:
        """The mean output for the digits of each class, (classes,); not a number for a class without digits."""
        counts = np.bincount(self.labels, minlength=n_classes)
        totals = np.bincount(self.labels, self.outputs, minlength=n_classes)
        return np.divide(totals, counts, out=np.full(n_classes, np.nan), where=counts > 0)


def responding(trainer: Trainer, number: int, unit: int) -> Generator[None, None, Responses]:
    """The Responses of one unit of the layer with weights of this number, from 0, to the validation digits (to some of
    them if the network works on pictures); yields between the blocks."""
    network, split = trainer.network, trainer.digits.validation
    layer = network.weights()[number]
    pictures = len(layer.output_shape) > 1
    on_pictures = any(len(each.output_shape) > 1 for each in network.layers)
    n = min(len(split), PICTURES) if on_pictures else len(split)
    sums, block = np.empty((1, n), np.float32), network.examples_per_block
    winners = np.empty(n, np.int64)
    for start in range(0, n, block):
        rows = slice(start, min(start + block, n))
        with np.errstate(over="ignore", invalid="ignore"):  # weights without bound answer without bound
            A = network.entering(layer, trainer.scaling.apply(split.images[rows]).T)
            Z = layer.forward(A, training=False)
        if pictures:
            Z = Z[..., unit].reshape(len(Z), -1)
            winners[rows] = Z.argmax(axis=1)
            sums[0, rows] = Z.max(axis=1)
        else:
            sums[0, rows] = Z[unit]
        yield
    outputs = sums
    following = network.layers[layer.position + 1 :][:1]
    if following and isinstance(following[0], Activation):
        outputs = following[0].forward(sums, training=False)
    places = np.stack(np.divmod(winners, layer.output_shape[1]), axis=1) if pictures else None
    return Responses(sums[0], outputs[0], places, split.labels[:n], trainer.position, len(split))


def receptive_field(network: Network, layer: Conv2D, row: int, column: int) -> Box:
    """Rows and columns of the image that one place of a convolution's pictures sees, through all layers before it."""
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
    """(size, stride, padding) of what one of a layer's outputs looks at."""
    if isinstance(layer, Conv2D):
        return layer.kernel, layer.stride, layer.padding
    size = getattr(layer, "size", 1)  # of pooling; all other layers look at one place
    return size, size, 0
