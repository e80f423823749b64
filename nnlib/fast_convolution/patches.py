"""Convolutions before pooling, patch by patch: the forward and backward pass used by `fused`.

Here pictures are (height, width, m, channels): the same pixel of all m pictures is contiguous, so that sums over
shifted pictures access memory in long runs. The outputs of n pooling windows of 2 x 2 are Z (2, 2, n, filters):
Z[1, 0] is the lower left one of every window.
"""

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from nnlib.convolution import Conv2D
from nnlib.scratch import scratch

WINDOW = 2


class Patches:
    """The contract, and the implementation for kernels of any size: Z[i, j] = P[i, j] Wᵀ, with one patch per row of
    P (2, 2, n, k k c)."""

    def __init__(self, convolution: Conv2D) -> None:
        self.convolution = convolution
        rows, columns, self.filters = convolution.output_shape
        self.rows, self.columns = rows // WINDOW, columns // WINDOW

    def cut(self, A: NDArray, memory: Callable[[tuple[int, ...]], NDArray]) -> tuple[NDArray, NDArray | None]:
        """The operand of `outputs`, cut out of pictures A (h, w, m, c) into an array from memory(shape), and its
        windows as positions in (rows, columns, m), or None for all. Their number is a multiple of m."""
        kernel, (down, right, image, channel) = self.convolution.kernel, A.strides
        shape = WINDOW, WINDOW, self.rows, self.columns, A.shape[2], kernel, kernel, A.shape[3]
        strides = down, right, WINDOW * down, WINDOW * right, image, down, right, channel
        P = memory(shape)
        np.copyto(P, as_strided(A, shape, strides, writeable=False))
        return P, None

    def outputs(self, cut: NDArray, Z: NDArray | None = None) -> NDArray:
        """Z (2, 2, n, filters) without the bias, in the memory given or in one that is valid until the next call."""
        P = cut.reshape(-1, self.convolution.W.shape[1])
        Z = self.slabs(len(P) // WINDOW**2) if Z is None else Z
        np.matmul(P, self.convolution.W.T, out=Z.reshape(-1, self.filters))
        return Z

    def slabs(self, n: int) -> NDArray:
        """Memory for Z or dZ (2, 2, n, filters), valid until the next call."""
        return self._scratch("outputs", (WINDOW, WINDOW, n, self.filters))

    def backward(self, cut: NDArray, dZ: NDArray, dA: NDArray | None = None) -> None:
        """Write the layer's dW and, if given, the gradient dA (h, w, m, c) of the pictures. Called after `outputs`;
        `cut` is overwritten."""
        layer, flat = self.convolution, dZ.reshape(-1, self.filters)
        P = cut.reshape(-1, layer.W.shape[1])
        np.matmul(flat.T, P, out=layer.dW)  # dW = dZᵀ P
        if dA is None:
            return
        np.matmul(flat, layer.W, out=P)  # dP = dZ W: P is not needed any more
        dA.fill(0.0)
        for i, j, row, column in np.ndindex(WINDOW, WINDOW, layer.kernel, layer.kernel):
            down = slice(i + row, i + row + WINDOW * self.rows, WINDOW)
            across = slice(j + column, j + column + WINDOW * self.columns, WINDOW)
            dA[down, across] += cut[i, j, :, :, :, row, column]

    def _scratch(self, purpose: str, shape: tuple[int, ...]) -> NDArray:
        return scratch(purpose, shape, self.convolution.dtype)
