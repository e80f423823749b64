"""Layers for images: the same small kernels slide over the whole picture.

Between them pictures are (m, height, width, channels). A convolution is a matrix product
once its patches are cut out: with one patch per column, Z = W P + b, as in Dense.
"""

import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from nnlib.initializers import Initializer
from nnlib.layers import Layer, zeros


def windows(A: NDArray, size: int, stride: int) -> NDArray:
    """Every size x size window of pictures A (m, h, w, c), as a view (m, rows, columns, c, size, size)."""
    return sliding_window_view(A, (size, size), axis=(1, 2))[:, ::stride, ::stride]


def count(length: int, size: int, stride: int, what: str) -> int:
    """How many windows fit side by side into a length; ValueError if none does."""
    if size > length:
        raise ValueError(f"{what} of size {size} does not fit into pictures {length} pixels wide")
    return (length - size) // stride + 1


def picture_shape(inputs: int | tuple[int, int]) -> tuple[int, int]:
    """(height, width), given as such or as the number of pixels of square pictures; ValueError if that is no square."""
    if not isinstance(inputs, int):
        return inputs
    side = math.isqrt(inputs)
    if side * side != inputs:
        raise ValueError(f"expected the height and width of the pictures, got {inputs} pixels, which make no square")
    return side, side


class Images(Layer):
    """Reshapes columns (height * width * channels, m) to pictures (m, height, width, channels)."""

    computed = ("A",)

    def __init__(self, height: int, width: int, channels: int = 1) -> None:
        self.output_shape = (height, width, channels)

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        output_shape = self.output_shape
        super().build(input_shape)
        if self.input_shape != (int(np.prod(output_shape)),):
            raise ValueError(f"expected inputs of {int(np.prod(output_shape))} pixels, got shape {self.input_shape}")
        self.output_shape = output_shape
        return output_shape

    def forward(self, A: NDArray, training: bool = True) -> NDArray:
        A = A.T.reshape(-1, *self.output_shape)
        if training:
            self.A = A
        return A

    def backward(self, dA: NDArray, to_input: bool = True) -> NDArray:
        return dA.reshape(len(dA), -1).T


class Flatten(Layer):
    """Reshapes pictures (m, height, width, channels) to columns (height * width * channels, m)."""

    computed = ("A", "dA")

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        super().build(input_shape)
        self.output_shape = (int(np.prod(self.input_shape)),)
        return self.output_shape

    def forward(self, A: NDArray, training: bool = True) -> NDArray:
        A = A.reshape(len(A), -1).T
        if training:
            self.A = A
        return A

    def backward(self, dA: NDArray, to_input: bool = True) -> NDArray:
        self.dA = dA.T.reshape(-1, *self.input_shape)
        return self.dA


class Conv2D(Layer):
    """Z = W P + b, with W (filters, k k c), b (filters, 1), and P (k k c, n) the n patches of A, one per column.

    A is (m, h, w, c) with c channels, Z (m, rows, columns, filters), and n = m rows columns. dW = dZ Pᵀ, db = the sum
    of dZ over all patches, dP = Wᵀ dZ; dA adds dP up at each pixel over all patches that contain it. `padding` zeros
    surround each picture. Without `bias` b is 0 and not learned.
    (LeCun et al., 1998; as a product of patches: Chellapilla et al., 2006.)
    """

    computed = ("P", "Z", "dZ", "dP", "dA")
    dP: Any

    def __init__(self, filters: int, kernel: int = 3, stride: int = 1, padding: int = 0, bias: bool = True) -> None:
        for name, value, least in (("filters", filters, 1), ("kernel", kernel, 1), ("stride", stride, 1)):
            if int(value) < least:
                raise ValueError(f"Conv2D: {name} must be at least {least}, got {value}")
        if not 0 <= padding < kernel:
            raise ValueError(f"Conv2D: padding must be at least 0 and below the kernel's {kernel}, got {padding}")
        self.filters, self.kernel, self.stride, self.padding, self.bias = filters, kernel, stride, padding, bias
        self.b = zeros((filters, 1), self.dtype)  # until parameters are bound

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        super().build(input_shape)
        height, width, self.channels = self.input_shape
        rows, columns = (
            count(length + 2 * self.padding, self.kernel, self.stride, "a kernel") for length in (height, width)
        )
        self.output_shape = (rows, columns, self.filters)
        return self.output_shape

    @property
    def multiplications(self) -> int:
        rows, columns, _ = self.output_shape
        return rows * columns * self.filters * self.kernel * self.kernel * self.channels

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        shapes: dict[str, tuple[int, ...]] = {
            "W": (self.filters, self.kernel**2 * self.channels),
            "b": (self.filters, 1),
        }
        return shapes if self.bias else {"W": shapes["W"]}

    def initialize(self, initializer: Initializer, scale: float, generator: np.random.Generator) -> None:
        fan_in, fan_out = self.W.shape[1], self.kernel**2 * self.filters
        self.W[...] = initializer(self.W.shape, fan_in, fan_out, generator) * scale
        if self.bias:
            self.b[...] = 0.0

    @property
    def kernels(self) -> NDArray:
        """The weights as small pictures, (filters, kernel, kernel, channels), a view of W."""
        return self.W.reshape(self.filters, self.kernel, self.kernel, self.channels)

    def padded(self, A: NDArray) -> NDArray:
        """A with its border of zeros; A itself without padding."""
        if not self.padding:
            return A
        border = (self.padding, self.padding)
        return np.pad(A, ((0, 0), border, border, (0, 0)))

    def without_border(self, A: NDArray) -> NDArray:
        """The reverse of `padded`, a view."""
        border, (height, width, _) = self.padding, self.input_shape
        return A[:, border : border + height, border : border + width]

    def forward(self, A: NDArray, training: bool = True) -> NDArray:
        cut = windows(self.padded(A), self.kernel, self.stride).transpose(0, 1, 2, 4, 5, 3)
        P = cut.reshape(-1, self.W.shape[1]).T  # a copy, with one patch per row in memory
        Z = (P.T @ self.W.T + self.b.T).reshape(-1, *self.output_shape)  # Z = W P + b, transposed
        if training:
            self.P, self.Z = P, Z
        return Z

    def backward(self, dZ: NDArray, to_input: bool = True) -> NDArray | None:
        self.dZ = dZ
        flat = dZ.reshape(-1, self.filters).T
        np.matmul(flat, self.P.T, out=self.dW)  # dW = dZ Pᵀ
        if self.bias:
            np.add.reduce(flat, axis=1, keepdims=True, out=self.db)  # db = sum of dZ over the patches
        self.dP = (flat.T @ self.W).T if to_input else None  # dP = Wᵀ dZ
        self.dA = self._put_back(self.dP) if to_input else None
        return self.dA

    def _put_back(self, dP: NDArray) -> NDArray:
        """The gradient dA of the pictures: dP (one patch per column) added up pixel by pixel."""
        height, width, channels = self.input_shape
        rows, columns, _ = self.output_shape
        patches = dP.T.reshape(-1, rows, columns, self.kernel, self.kernel, channels)
        border, step = self.padding, self.stride
        dA = np.zeros((len(patches), height + 2 * border, width + 2 * border, channels), self.dtype)
        for i in range(self.kernel):
            for j in range(self.kernel):
                dA[:, i : i + step * rows : step, j : j + step * columns : step] += patches[:, :, :, i, j]
        return self.without_border(dA)


class Pool2D(Layer):
    """The base of pooling layers: adjacent windows of size x size; pixels left over at the edges are ignored."""

    computed = ("A", "dA")

    def __init__(self, size: int = 2) -> None:
        if int(size) < 1:
            raise ValueError(f"a pooling window needs a size of at least 1, got {size}")
        self.size = size

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        super().build(input_shape)
        height, width, channels = self.input_shape
        rows, columns = (count(length, self.size, self.size, "a pooling window") for length in (height, width))
        self.output_shape = (rows, columns, channels)
        return self.output_shape

    def _cells(self, A: NDArray) -> NDArray:
        """The size * size pixels of every window, (m, rows, columns, channels, size * size): a copy."""
        return windows(A, self.size, self.size).reshape(len(A), *self.output_shape, self.size**2)

    def _spread(self, cells: NDArray) -> NDArray:
        """The reverse of `_cells`: each window's pixels in their places, zero outside all windows."""
        rows, columns, channels = self.output_shape
        m, size = len(cells), self.size
        dA = np.zeros((m, *self.input_shape), self.dtype)
        placed = cells.reshape(m, rows, columns, channels, size, size).transpose(0, 1, 4, 2, 5, 3)
        dA[:, : rows * size, : columns * size] = placed.reshape(m, rows * size, columns * size, channels)
        return dA


class MaxPool2D(Pool2D):
    """The maximum of each window; the gradient goes to that pixel alone (the first, in a tie)."""

    def forward(self, A: NDArray, training: bool = True) -> NDArray:
        cells = self._cells(A)
        winners = cells.argmax(axis=-1)[..., None]
        pooled = np.take_along_axis(cells, winners, axis=-1)[..., 0]
        if training:
            self.A, self.winners = pooled, winners
        return pooled

    def backward(self, dA: NDArray, to_input: bool = True) -> NDArray:
        cells = np.zeros((*dA.shape, self.size**2), self.dtype)
        np.put_along_axis(cells, self.winners, dA[..., None], axis=-1)
        self.dA = self._spread(cells)
        return self.dA


class AveragePool2D(Pool2D):
    """The mean of each window; the gradient is shared equally among its pixels."""

    def forward(self, A: NDArray, training: bool = True) -> NDArray:
        pooled = self._cells(A).mean(axis=-1)
        if training:
            self.A = pooled
        return pooled

    def backward(self, dA: NDArray, to_input: bool = True) -> NDArray:
        share = dA[..., None] / self.dtype.type(self.size**2)
        self.dA = self._spread(np.broadcast_to(share, (*dA.shape, self.size**2)))
        return self.dA
