"""Activations: the nonlinearity A = g(Z) between two layers, applied elementwise.

Without it, any number of Dense layers is a single linear map. Backward multiplies by the slope g'(Z), computed from
the stored output A.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nnlib.layers import Layer, read_only, zeros


class Activation(Layer):
    """A = g(Z), elementwise, for Z of any shape; dZ = dA o g'(Z)."""

    computed = ("A", "dZ")


class ReLU(Activation):
    """A = max(Z, 0). Slope 1 where Z > 0, else 0 (at Z = 0 too, by convention)."""

    def forward(self, Z: NDArray, training: bool = True) -> NDArray:
        A = np.maximum(Z, zeros(Z.shape, Z.dtype), out=self.buffer("A", Z.shape) if training else None)  # A = max(Z, 0)
        if training:
            self.A = A
        return A

    def backward(self, dA: NDArray, to_input: bool = True) -> NDArray:
        mask = np.greater(self.A, zeros(self.A.shape, self.A.dtype), out=self.buffer("mask", dA.shape, bool))
        # Multiplying by the mask is eight times as fast as a masked copy.
        self.dZ = np.multiply(dA, mask, out=self.buffer("dZ", dA.shape))  # dZ = dA o [Z > 0]
        return self.dZ


class LeakyReLU(Activation):
    """A = max(Z, s Z) with slope s = 0.01 below zero, so that no unit can die (Maas et al., 2013)."""

    slope = 0.01

    def forward(self, Z: NDArray, training: bool = True) -> NDArray:
        A = np.multiply(Z, self.slope, out=self.buffer("A", Z.shape) if training else None)
        np.maximum(Z, A, out=A)
        if training:
            self.A = A
        return A

    def backward(self, dA: NDArray, to_input: bool = True) -> NDArray:
        slope = np.greater(self.A, 0.0, out=self.buffer("slope", dA.shape))
        slope *= 1.0 - self.slope
        slope += self.slope
        self.dZ = np.multiply(dA, slope, out=self.buffer("dZ", dA.shape))  # dZ = dA o (1 where Z > 0, else s)
        return self.dZ


class Sigmoid(Activation):
    """A = 1 / (1 + exp(-Z)), between 0 and 1; slope A (1 - A), at most 1/4."""

    def forward(self, Z: NDArray, training: bool = True) -> NDArray:
        A = sigmoid(Z, out=self.buffer("A", Z.shape) if training else None)
        if training:
            self.A = A
        return A

    def backward(self, dA: NDArray, to_input: bool = True) -> NDArray:
        dZ = np.subtract(1.0, self.A, out=self.buffer("dZ", dA.shape))
        dZ *= self.A
        dZ *= dA  # dZ = dA o A (1 - A)
        self.dZ = dZ
        return dZ


class Tanh(Activation):
    """A = tanh(Z), between -1 and 1; slope 1 - A^2."""

    def forward(self, Z: NDArray, training: bool = True) -> NDArray:
        A = np.tanh(Z, out=self.buffer("A", Z.shape) if training else None)
        if training:
            self.A = A
        return A

    def backward(self, dA: NDArray, to_input: bool = True) -> NDArray:
        dZ = np.multiply(self.A, self.A, out=self.buffer("dZ", dA.shape))
        np.subtract(1.0, dZ, out=dZ)
        dZ *= dA  # dZ = dA o (1 - A^2)
        self.dZ = dZ
        return dZ


def sigmoid(Z: NDArray, out: NDArray | None = None) -> NDArray:
    """1 / (1 + exp(-Z)), computed as exp(Z) / (1 + exp(Z)), which is right to a few units in the last place however
    negative Z is; from Z = 50 on it is 1, before the powers can overflow."""
    A = np.minimum(Z, _fifty(Z.shape, Z.dtype), out=out)
    np.exp(A, out=A)
    A /= A + 1.0
    return A


@lru_cache(maxsize=8)
def _fifty(shape: tuple[int, ...], dtype: np.dtype) -> NDArray:
    """An array of 50: the minimum of two arrays is up to three times as fast as that of an array and a number."""
    return read_only(np.full(shape, 50.0, dtype))


ACTIVATIONS: dict[str, type[Activation]] = {"relu": ReLU, "leaky-relu": LeakyReLU, "sigmoid": Sigmoid, "tanh": Tanh}
