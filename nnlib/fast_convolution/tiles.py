"""Convolutions of the input pictures, tile by tile, without blank tiles.

The receptive field of each 2 x 2 pooling window with a k x k kernel is a tile of (k + 1) x (k + 1) pixels. With one
tile per row of T (n, (k + 1)² c), Z[i, j] = T K[i, j], where K[i, j] is the kernel at this corner of a tile, padded
with zeros. That is ((k + 1) / k)² times as many multiplications as patches need, but with one channel most of the time
goes into gathering, and a tile has less than half the numbers of its four patches.

More than half of a handwritten digit's tiles are blank. Their outputs are zero and they add nothing to dK = Tᵀ dZ, so
they are left out. (The gradient of their pixels is not zero, but not needed in the first layer, the only one to use
tiles.)
"""

import math
from collections.abc import Callable
from functools import lru_cache, reduce

import numpy as np
from numpy.typing import NDArray

from nnlib.convolution import Conv2D
from nnlib.fast_convolution.patches import WINDOW, Patches
from nnlib.matmul import rows_at_once


class Tiles(Patches):
    """Patches for the first layer."""

    def __init__(self, convolution: Conv2D) -> None:
        super().__init__(convolution)
        self.side = convolution.kernel + WINDOW - 1

    def cut(self, A: NDArray, memory: Callable[[tuple[int, ...]], NDArray]) -> tuple[NDArray, NDArray | None]:
        pictures = np.ascontiguousarray(A.transpose(2, 0, 1, 3))  # usually no copy
        first, others = _places(pictures.shape, self.rows, self.columns, self.side)
        windows = self._with_ink(A)
        T = memory((len(first), len(others)))[: len(windows)]
        pictures.ravel().take(first[windows, None] + others, out=T, mode="clip")  # "clip" avoids a second copy
        return T, windows

    def outputs(self, cut: NDArray, Z: NDArray | None = None) -> NDArray:
        layer = self.convolution
        K = np.zeros((WINDOW, WINDOW, self.side, self.side, layer.channels, self.filters), layer.dtype)
        for corner in self._corners(K):
            corner[...] = layer.kernels.transpose(1, 2, 3, 0)
        Z, T = self.slabs(len(cut)) if Z is None else Z, self._in_pieces(cut)
        np.matmul(T, K.reshape(WINDOW, WINDOW, 1, -1, self.filters), out=Z.reshape(*Z.shape[:2], *T.shape[:2], -1))
        return Z

    def backward(self, cut: NDArray, dZ: NDArray, dA: NDArray | None = None) -> None:
        if dA is not None:
            raise ValueError("tiles give no gradient of the pictures, because blank ones are left out")
        T = self._in_pieces(cut)
        dK = np.matmul(T.swapaxes(1, 2), dZ.reshape(*dZ.shape[:2], *T.shape[:2], -1)).sum(axis=2)
        kernels = self._corners(dK.reshape(WINDOW, WINDOW, self.side, self.side, -1, self.filters))
        self.convolution.dW[...] = np.reshape(sum(kernels), (-1, self.filters)).T

    def _with_ink(self, A: NDArray) -> NDArray:
        """The windows whose tiles have a pixel that is not zero, and some more to make their number a positive multiple
        of m."""
        ink = (A != 0.0).any(axis=3)
        down = reduce(np.logical_or, (ink[i : i + WINDOW * self.rows : WINDOW] for i in range(self.side)))
        across = (down[:, j : j + WINDOW * self.columns : WINDOW] for j in range(self.side))
        inked = reduce(np.logical_or, across).ravel()
        m = A.shape[2]
        number = max(1, -(-np.count_nonzero(inked) // m)) * m
        return np.concatenate((np.flatnonzero(inked), np.flatnonzero(~inked)))[:number]

    def _in_pieces(self, T: NDArray) -> NDArray:
        """(pieces, n / pieces, (k + 1)² c): small products are faster."""
        n, inner = T.shape
        return T.reshape(-1, rows_at_once(n, inner, self.filters, True), inner)

    def _corners(self, K: NDArray) -> list[NDArray]:
        """The kernel's place in each of the four K, as views."""
        kernel = self.convolution.kernel
        return [K[i, j, i : i + kernel, j : j + kernel] for i in range(WINDOW) for j in range(WINDOW)]


@lru_cache(maxsize=8)
def _places(shape: tuple[int, ...], rows: int, columns: int, side: int) -> tuple[NDArray, NDArray]:
    """Offsets in pictures (m, h, w, c): of each tile, and of the entries of a tile relative to it."""
    places = np.arange(math.prod(shape)).reshape(shape)
    corners = places[:, : WINDOW * rows : WINDOW, : WINDOW * columns : WINDOW, 0]
    return corners.transpose(1, 2, 0).ravel(), places[0, :side, :side].ravel()
