"""Layers with one wrong line."""

import numpy as np
from numpy.typing import NDArray

from nnlib.activations import ReLU
from nnlib.initializers import Initializer
from nnlib.layers import Dense, Dropout, ones
from nnlib.matmul import product


class BiasGradientSummedOverAll(Dense):
    """One number for all biases."""

    def backward(self, dZ: NDArray, to_input: bool = True) -> NDArray | None:
        self.dZ = dZ
        product(dZ, self.A.T, out=self.dW)  # dW = dZ Aᵀ
        if self.bias:
            self.db[...] = dZ.sum()  # db = the sum of dZ
        # The first layer's dA would cost as much as its dW, and is not needed.
        self.dA = product(self.W.T, dZ, out=self.buffer("dA", self.A.shape)) if to_input else None  # dA = Wᵀ dZ
        return self.dA


class ReshapedInsteadOfTransposed(Dense):
    """The shape of Wᵀ, with the numbers in the order of W."""

    def backward(self, dZ: NDArray, to_input: bool = True) -> NDArray | None:
        self.dZ = dZ
        product(dZ, self.A.T, out=self.dW)  # dW = dZ Aᵀ
        if self.bias:
            dZ.dot(ones(dZ.shape[1], self.dtype), out=self.db)  # db = dZ 1, the sum of dZ over the examples
        # The first layer's dA would cost as much as its dW, and is not needed.
        self.dA = (
            product(self.W.reshape(self.inputs, -1), dZ, out=self.buffer("dA", self.A.shape)) if to_input else None
        )
        return self.dA


class UpdatedTooEarly(Dense):
    """W has changed before the gradient is passed on through it."""

    def backward(self, dZ: NDArray, to_input: bool = True) -> NDArray | None:
        self.dZ = dZ
        product(dZ, self.A.T, out=self.dW)  # dW = dZ Aᵀ
        if self.bias:
            dZ.dot(ones(dZ.shape[1], self.dtype), out=self.db)  # db = dZ 1, the sum of dZ over the examples
        # The first layer's dA would cost as much as its dW, and is not needed.
        self.dA = product((self.W - 0.1 * self.dW).T, dZ, out=self.buffer("dA", self.A.shape)) if to_input else None
        return self.dA


class NeverCleared(Dense):
    """dW adds up from step to step."""

    def backward(self, dZ: NDArray, to_input: bool = True) -> NDArray | None:
        self.dZ = dZ
        self.dW += dZ @ self.A.T  # dW = dZ Aᵀ
        if self.bias:
            dZ.dot(ones(dZ.shape[1], self.dtype), out=self.db)  # db = dZ 1, the sum of dZ over the examples
        # The first layer's dA would cost as much as its dW, and is not needed.
        self.dA = product(self.W.T, dZ, out=self.buffer("dA", self.A.shape)) if to_input else None  # dA = Wᵀ dZ
        return self.dA


class ZeroWeights(Dense):
    """All weights begin at 0."""

    def initialize(self, initializer: Initializer, scale: float, generator: np.random.Generator) -> None:
        self.W[...] = 0.0
        if self.bias:
            self.b[...] = 0.0


class EqualWeights(Dense):
    """All weights begin with the same value."""

    def initialize(self, initializer: Initializer, scale: float, generator: np.random.Generator) -> None:
        self.W[...] = 0.01
        if self.bias:
            self.b[...] = 0.0


class NegativeBiases(Dense):
    """Biases so far below zero that no ReLU lets anything through."""

    def initialize(self, initializer: Initializer, scale: float, generator: np.random.Generator) -> None:
        self.W[...] = initializer(self.W.shape, self.inputs, self.outputs, generator) * scale
        if self.bias:
            self.b[...] = -20.0


class DerivativeOfTanh(ReLU):
    """The slope of another activation."""

    def backward(self, dA: NDArray, to_input: bool = True) -> NDArray:
        mask = 1.0 - self.A**2
        # Multiplying by the mask is eight times as fast as a masked copy.
        self.dZ = np.multiply(dA, mask, out=self.buffer("dZ", dA.shape))  # dZ = dA o [Z > 0]
        return self.dZ


class DropoutWhileEvaluating(Dropout):
    """Units are left out even when the network is only used."""

    def forward(self, A: NDArray, training: bool = True) -> NDArray:
        if not self.active:
            return A
        kept = self.generator.random(A.shape, np.float32) >= self.rate
        self.D = np.multiply(kept, 1.0 / (1.0 - self.rate), dtype=self.dtype)
        self.output = np.multiply(A, self.D, out=self.buffer("output", A.shape))
        return self.output
