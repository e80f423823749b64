"""Convolutions with 3 x 3 kernels in 16 multiplications for every four outputs, where patches need 36.

Two outputs of a kernel (g0, g1, g2) that slides over (d0, d1, d2, d3) are

    y0 = m0 + m1 + m2        m0 = (d0 - d2) g0        m1 = (d1 + d2) (g0 + g1 + g2) / 2
    y1 = m1 - m2 + m3        m3 = (d3 - d1) g2        m2 = (d2 - d1) (g0 - g1 + g2) / 2

with four multiplications instead of six: y = Aᵀ [(G g) o (Bᵀ d)]. Along columns and along rows, a tile d of 4 x 4
pixels gives the 2 x 2 outputs Y = Aᵀ [(G g Gᵀ) o (Bᵀ d B)] A with 16 instead of 36. Summed over channels, each of the
16 places p is a separate matrix product, M[p] = V[p] U[p], with V[p] (n, c) from n tiles and U[p] (c, filters) from
the kernels. The rest is sums, and the backward pass uses the transposes: dM = A dY Aᵀ, dU[p] = V[p]ᵀ dM[p],
dV[p] = dM[p] U[p]ᵀ, dd = B dV Bᵀ, dg = Gᵀ dU G.

(Winograd, 1980; for neural networks: Lavin and Gray, 2016, F(2 x 2, 3 x 3). The sign of m3 is reversed here, so that A
has one negation less.)
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nnlib.convolution import Conv2D
from nnlib.fast_convolution.patches import WINDOW, Patches
from nnlib.matmul import rows_at_once

KERNEL = 3
SIDE = 4  # of a tile
FEWEST_CHANNELS = 2  # with one, the sums cost more than the products they save

_G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
_TRANSFORM = np.kron(_G, _G)  # (16, 9): G g Gᵀ as one product, for g with its nine numbers in a column


class Winograd(Patches):
    """Patches for 3 x 3 kernels; `cut` gives V (4, 4, rows, columns, m, c)."""

    @staticmethod
    def suits(convolution: Conv2D) -> bool:
        """Whether this is faster for a layer."""
        return convolution.kernel == KERNEL and convolution.channels >= FEWEST_CHANNELS

    def cut(self, A: NDArray, memory: Callable[[tuple[int, ...]], NDArray]) -> tuple[NDArray, NDArray | None]:
        """V = Bᵀ d B, along columns first, which leaves fewer numbers for the pass along rows."""
        V = memory((SIDE, SIDE, self.rows, self.columns, *A.shape[2:]))
        columns = self._columns(V)
        _transform(A[: columns.shape[1]].swapaxes(0, 1), columns.swapaxes(1, 2))
        _transform(columns.swapaxes(0, 1), V.swapaxes(1, 2))
        return V, None

    def outputs(self, cut: NDArray, Z: NDArray | None = None) -> NDArray:
        g = np.ascontiguousarray(self.convolution.W.T).reshape(KERNEL**2, -1)
        self.U = (_TRANSFORM.astype(g.dtype) @ g).reshape(SIDE, SIDE, 1, -1, self.filters)
        V = self._matrices(cut)
        M = self._products(V.shape[2:4])
        np.matmul(V, self.U, out=M)
        n = M.shape[2] * M.shape[3]
        half = self._scratch("work", (WINDOW, SIDE, n, self.filters))
        Z = self._scratch("outputs", (WINDOW, WINDOW, n, self.filters)) if Z is None else Z
        _gather(M.reshape(SIDE, SIDE, n, -1), half)
        _gather(half.swapaxes(0, 1), Z.swapaxes(0, 1))
        return Z

    def slabs(self, n: int) -> NDArray:
        """The corners of dM, which are dZ: A's outer rows are (1, 0) and (0, 1)."""
        return self._scratch("M", (SIDE, SIDE, n, self.filters))[::3, ::3]

    def backward(self, cut: NDArray, dZ: NDArray, dA: NDArray | None = None) -> None:
        V = self._matrices(cut)
        dM = self._products(V.shape[2:4])
        _scatter(dM[:, ::3])
        _scatter(dM.swapaxes(0, 1))
        dU = np.matmul(V.swapaxes(3, 4), dM).sum(axis=2)
        dg = _TRANSFORM.T.astype(dU.dtype) @ dU.reshape(SIDE**2, -1)  # dg = Gᵀ dU G
        self.convolution.dW[...] = dg.reshape(-1, self.filters).T
        if dA is None:
            return
        np.matmul(dM, np.ascontiguousarray(self.U.swapaxes(3, 4)), out=V)  # dV: V is not needed any more
        columns = self._columns(cut)
        _transform_back(cut.swapaxes(1, 2), columns.swapaxes(0, 1))
        height = columns.shape[1]
        _transform_back(columns.swapaxes(1, 2), dA[:height].swapaxes(0, 1))
        dA[height:] = 0.0  # seen by no window

    def _matrices(self, cut: NDArray) -> NDArray:
        """V (4, 4, pieces, n / pieces, c): small products are faster (see `matmul`)."""
        channels = self.convolution.channels
        n = cut.size // (SIDE**2 * channels)
        return cut.reshape(SIDE, SIDE, -1, rows_at_once(n, channels, self.filters, True), channels)

    def _products(self, pieces: tuple[int, ...]) -> NDArray:
        return self._scratch("M", (SIDE, SIDE, *pieces, self.filters))

    def _columns(self, cut: NDArray) -> NDArray:
        """Memory for the pictures transformed along columns only."""
        _, _, rows, columns, m, channels = cut.shape
        return self._scratch("work", (SIDE, WINDOW * rows + WINDOW, columns, m, channels))


def _transform(d: NDArray, v: NDArray) -> None:
    """v[p] = (Bᵀ d)[p] for p = 0..3 along the first axis of d: tile i is d[2 i : 2 i + 4], and v is (4, tiles, ...)."""
    n = v.shape[1]
    d0, d1, d2, d3 = (d[p : p + 2 * n : 2] for p in range(SIDE))
    np.subtract(d0, d2, out=v[0])
    np.add(d1, d2, out=v[1])
    np.subtract(d2, d1, out=v[2])
    np.subtract(d3, d1, out=v[3])


def _transform_back(v: NDArray, d: NDArray) -> None:
    """d = B v, the transpose of `_transform`, summed over tiles, which overlap by half."""
    n = v.shape[1]
    even, odd = d[2 : 2 * n + 2 : 2], d[1 : 2 * n : 2]
    d[2 * n :] = 0.0
    d[0 : 2 * n : 2] = v[0]
    np.subtract(v[1], v[2], out=odd)
    odd -= v[3]
    even += v[1]
    even += v[2]
    even -= v[0]
    d[3 : 2 * n + 2 : 2] += v[3]


def _gather(m: NDArray, y: NDArray) -> None:
    """y = Aᵀ m along the first axis."""
    np.add(m[1], m[2], out=y[0])
    y[0] += m[0]
    np.subtract(m[1], m[2], out=y[1])
    y[1] += m[3]


def _scatter(m: NDArray) -> None:
    """m = A y along the first axis, where the y are m[0] and m[3]."""
    np.add(m[0], m[3], out=m[1])
    np.subtract(m[0], m[3], out=m[2])
