"""Batch normalisation: every unit's weighted sums brought to mean 0 and variance 1 in each mini-batch.

Its statistics are those of the whole batch. If threads share a batch, they compute their parts at the same time and add
up their sums at every such layer (`large_batches`); it is never computed in blocks one after the other.
"""

import numpy as np
from numpy.typing import NDArray

from nnlib.initializers import Initializer
from nnlib.layers import Layer, ones

EPSILON = 1e-5
MOMENTUM = 0.1  # the share of the newest batch in the running averages
MOST_EXAMPLES, MOST_PICTURES = 1_024, 256  # in a batch, which must fit into memory as a whole; pictures take more


class BatchNorm(Layer):
    """N = (Z - μ) o r, S = γ o N + β, with r = 1 / sqrt(V + ε), and μ and V the mean and variance of every unit.

    Z is (units, n): n = m examples, or, behind a convolution, the pixels of one channel in all m pictures (m, h, w, c).
    μ, V, r, γ and β are (units, 1). In training μ and V are those of the batch; in evaluation the running averages, of
    which each step replaces a tenth (`update_statistics`). With a single column, which has no spread, or if `frozen`,
    training uses the running averages too, as constants, and leaves them as they are.

    dγ = Σ dS o N, dβ = Σ dS over the columns, dZ = γ o r o (dS - (dβ + N o dγ) / n), because μ and V depend on Z too;
    with the running averages dZ = γ o r o dS. A bias in Z would have no effect, since μ contains it.
    (Ioffe and Szegedy, 2015, algorithms 1 and 2; dZ is the sum of the paths of section 3.)
    """

    computed = ("mu", "V", "r", "C", "N", "S", "dS", "dZ")
    mu: NDArray
    V: NDArray
    r: NDArray
    C: NDArray  # Z - mu
    N: NDArray
    S: NDArray
    dS: NDArray
    gamma: NDArray
    beta: NDArray
    dgamma: NDArray
    dbeta: NDArray
    running_mean: NDArray
    running_variance: NDArray
    frozen = False
    n = 0  # columns of the whole batch in the last training step
    portion = 1.0  # the whole batch, as a multiple of the examples that this layer sees
    constant = False  # whether it used the running averages

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"gamma": (self.input_shape[-1], 1), "beta": (self.input_shape[-1], 1)}

    def statistic_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"running_mean": (self.input_shape[-1], 1), "running_variance": (self.input_shape[-1], 1)}

    def initialize(self, initializer: Initializer, scale: float, generator: np.random.Generator) -> None:
        self.gamma[...], self.beta[...] = 1.0, 0.0
        self.running_mean[...], self.running_variance[...] = 0.0, 1.0

    def scale_and_shift(self) -> tuple[NDArray, NDArray]:
        """The layer in evaluation, S = scale o Z + shift: both (units, 1)."""
        scale = self.gamma / np.sqrt(self.running_variance + self.dtype.type(EPSILON))
        return scale, self.beta - self.running_mean * scale

    def forward(self, A: NDArray, training: bool = True) -> NDArray:
        if not training:
            scale, shift = self.scale_and_shift()
            return scale * A + shift if A.ndim == 2 else A * scale[:, 0] + shift[:, 0]
        Z = _columns(A)
        self.n = round(self.portion * Z.shape[1])
        self.constant = self.frozen or self.n == 1
        n = self.dtype.type(self.n)
        self.mu = self.running_mean.copy() if self.constant else self.total(_sums(Z)) / n
        self.C = np.subtract(Z, self.mu, out=self._like("C", A))
        N = np.multiply(self.C, self.C, out=self._like("N", A))
        self.V = self.running_variance.copy() if self.constant else self.total(_sums(N)) / n
        self.r = 1.0 / np.sqrt(self.V + self.dtype.type(EPSILON))
        self.N = np.multiply(self.C, self.r, out=N)  # N = (Z - μ) o r
        S = np.multiply(self.gamma, N, out=self._like("S", A))
        S += self.beta  # S = γ o N + β
        self.S = _as(A, S)  # S = γ o N + β, in the shape of A
        return self.S

    def backward(self, dA: NDArray, to_input: bool = True) -> NDArray | None:
        self.dS, dS, N = dA, _columns(dA), self.N
        dZ = np.multiply(dS, N, out=self._like("dZ", dA))
        self.dgamma[...] = _sums(dZ)  # dγ = Σ dS o N
        self.dbeta[...] = _sums(dS)  # dβ = Σ dS
        if self.constant:
            np.multiply(self.gamma * self.r, dS, out=dZ)
        else:
            n = self.dtype.type(self.n)
            dgamma, dbeta = self.total(np.stack([self.dgamma, self.dbeta]))
            np.multiply(N, dgamma / -n, out=dZ)
            dZ += dS
            dZ -= dbeta / n
            dZ *= self.gamma * self.r  # dZ = γ o r o (dS - (dβ + N o dγ) / n)
        self.dZ = _as(dA, dZ)  # dZ = γ o r o (dS - ...), in the shape of dA
        return self.dZ

    def total(self, sums: NDArray) -> NDArray:
        """The sums over the whole batch, from those over the examples that this layer sees."""
        return sums

    def update_statistics(self) -> None:
        if self.constant or self.mu is None:
            return
        self.running_mean += MOMENTUM * (self.mu - self.running_mean)
        self.running_variance += MOMENTUM * (self.V * (self.n / (self.n - 1)) - self.running_variance)  # unbiased

    def _like(self, name: str, A: NDArray) -> NDArray:
        """Memory for as many numbers as A, as columns."""
        return _columns(self.buffer(name, A.shape))


def _columns(A: NDArray) -> NDArray:
    """(units, n): A itself, or pictures (m, h, w, c) with one pixel per column, as a view if they are contiguous."""
    return A if A.ndim == 2 else A.reshape(-1, A.shape[-1]).T


def _as(A: NDArray, columns: NDArray) -> NDArray:
    """Columns in the shape of A."""
    return columns if A.ndim == 2 else columns.T.reshape(A.shape)


def _sums(columns: NDArray) -> NDArray:
    """The sum of each row, (units, 1)."""
    return columns.dot(ones(columns.shape[1], columns.dtype))
