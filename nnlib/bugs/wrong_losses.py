"""Losses with one wrong line."""

import numpy as np
from numpy.typing import NDArray

from nnlib.losses import Loss, SoftmaxCrossEntropy, _identity


class NotDividedByM(Loss):
    """The gradient of the sum, not of the mean."""

    def backward(self, m: int | None = None) -> NDArray:
        self.dZ = np.subtract(self.A, self.Y)
        return self.dZ


class DividedByMTwice(Loss):
    """A gradient m times too small."""

    def backward(self, m: int | None = None) -> NDArray:
        self.dZ = np.subtract(self.A, self.Y)
        self.dZ *= 1.0 / (m or self.Y.shape[1]) ** 2  # dZ = (A - Y) / m
        return self.dZ


class OppositeSign(Loss):
    """Uphill."""

    def backward(self, m: int | None = None) -> NDArray:
        self.dZ = np.subtract(self.Y, self.A)
        self.dZ *= 1.0 / (m or self.Y.shape[1])  # dZ = (A - Y) / m
        return self.dZ


class SoftmaxAcrossTheBatch(SoftmaxCrossEntropy):
    """The outputs of a class add up to 1 over the examples, instead of those of an example over the classes."""

    def forward(self, Z: NDArray, Y: NDArray) -> float:
        shifted = Z - np.maximum.reduce(Z, axis=1, keepdims=True)
        A = np.exp(shifted)
        total = np.add.reduce(A, axis=1, keepdims=True)
        A /= total
        self.A, self.Y = A, Y
        return float(np.vdot(np.log(total) - shifted, Y)) / Y.shape[1]

    def terms(self, Z: NDArray, Y: NDArray) -> dict[str, NDArray]:
        largest = Z.max(axis=1, keepdims=True)
        shifted = Z - largest
        powers = np.exp(shifted)
        total = powers.sum(axis=1, keepdims=True)
        A, losses = powers / total, ((np.log(total) - shifted) * Y).sum(axis=0)
        return {"largest": largest, "shifted": shifted, "powers": powers, "total": total, "A": A, "loss": losses}


class SoftmaxNotShifted(SoftmaxCrossEntropy):
    """In float32, exp overflows from a score of 89 on."""

    def forward(self, Z: NDArray, Y: NDArray) -> float:
        shifted = Z
        A = np.exp(shifted)
        total = np.add.reduce(A, axis=0)
        A /= total
        self.A, self.Y = A, Y
        return float(np.add.reduce(np.log(total)) - np.vdot(shifted, Y)) / Y.shape[1]

    def terms(self, Z: NDArray, Y: NDArray) -> dict[str, NDArray]:
        largest = Z.max(axis=0)
        shifted = Z
        powers = np.exp(shifted)
        total = powers.sum(axis=0)
        A, losses = powers / total, np.log(total) - (shifted * Y).sum(axis=0)
        return {"largest": largest, "shifted": shifted, "powers": powers, "total": total, "A": A, "loss": losses}

    def class_probabilities(self, Z: NDArray) -> NDArray:
        with np.errstate(over="ignore", invalid="ignore"):
            return self.terms(Z, Z)["A"]


class LabelsShiftedByOne(Loss):
    """A 0 is taught as a 1, a 1 as a 2."""

    def targets(self, labels: NDArray, n_classes: int, dtype: type | np.dtype = np.float32) -> NDArray:
        return _identity(n_classes, dtype).take((labels + 1) % n_classes, axis=1)


class OneClassTooMany(SoftmaxCrossEntropy):
    """A row of the one-hot targets that is always 0, and an output unit for it."""

    def outputs(self, n_classes: int) -> int:
        return n_classes + 1

    def targets(self, labels: NDArray, n_classes: int, dtype: type | np.dtype = np.float32) -> NDArray:
        return _identity(n_classes + 1, dtype).take(labels, axis=1)


class ArgmaxAlongTheWrongAxis(Loss):
    """Each predicted class is that of a mixture of scores of several examples."""

    def predict(self, Z: NDArray) -> NDArray:
        return Z.reshape(Z.shape[1], -1).argmax(axis=1)
