"""How wrong the network is, as one number, and the gradient of that number with respect to the scores.

A loss takes the scores of the last layer, Z (outputs, m), and the targets Y of the same shape. An output function that
belongs to the loss (softmax with cross-entropy, sigmoid with binary cross-entropy) is part of it, because their
combined gradient is simply (A - Y) / m. The factor 1/m of the mean appears only here; textbooks that put it into dW and
db instead get the same dW and db.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.activations import sigmoid
from nnlib.layers import read_only


class Loss:
    """The contract: targets, forward, backward and prediction.

    `forward(Z, Y)` returns the mean loss over the m examples as a float and stores what backward needs;
    `backward(m=None)` returns dJ/dZ of shape (outputs, m); `m` is the size of the batch if this is only a part of it.
    `terms(Z, Y)` are the same computations for display: {name: value} in order, for every example, storing nothing;
    the last two are the outputs "A" and "loss", one number per example.
    """

    gives_probabilities = True
    A: NDArray | Any = None  # None before the first forward pass
    Y: NDArray | Any = None
    dZ: NDArray | Any = None

    def outputs(self, n_classes: int) -> int:
        """The number of output units needed for this many classes."""
        return n_classes

    def targets(self, labels: NDArray, n_classes: int, dtype: type | np.dtype = np.float32) -> NDArray:
        """Labels (m,) to one-hot targets Y (n_classes, m): 1 in the row of the true class, else 0."""
        return _identity(n_classes, dtype).take(labels, axis=1)

    def directions(self, n_classes: int) -> NDArray:
        """D (outputs, n_classes), such that the score of class k is D[:, k] . Z."""
        return np.eye(n_classes)

    def forward(self, Z: NDArray, Y: NDArray) -> float:
        raise NotImplementedError

    def backward(self, m: int | None = None) -> NDArray:
        self.dZ = np.subtract(self.A, self.Y)
        self.dZ *= 1.0 / (m or self.Y.shape[1])  # dZ = (A - Y) / m
        return self.dZ

    def terms(self, Z: NDArray, Y: NDArray) -> dict[str, NDArray]:
        raise NotImplementedError

    def per_example(self, Z: NDArray, Y: NDArray) -> NDArray:
        """The loss of each example, (m,)."""
        return self.terms(Z, Y)["loss"]

    def predict(self, Z: NDArray) -> NDArray:
        """The predicted class of each example, (m,)."""
        return Z.argmax(axis=0)

    def class_probabilities(self, Z: NDArray) -> NDArray:
        """One row per class, (classes, m), whatever the number of output units."""
        raise NotImplementedError


class SoftmaxCrossEntropy(Loss):
    """A = exp(Z) / sum of exp(Z) over the classes; J = -(1/m) sum over the examples of log A[true class].

    Computed as log(sum exp(Z - max)) - (Z - max)[true class], which overflows only where scores lie farther apart than
    the largest number (3e38 in float32); the loss is then not finite.
    """

    def forward(self, Z: NDArray, Y: NDArray) -> float:
        shifted = Z - np.maximum.reduce(Z, axis=0)
        A = np.exp(shifted)
        total = np.add.reduce(A, axis=0)
        A /= total
        self.A, self.Y = A, Y
        return float(np.add.reduce(np.log(total)) - np.vdot(shifted, Y)) / Y.shape[1]

    def terms(self, Z: NDArray, Y: NDArray) -> dict[str, NDArray]:
        largest = Z.max(axis=0)
        shifted = Z - largest
        powers = np.exp(shifted)
        total = powers.sum(axis=0)
        A, losses = powers / total, np.log(total) - (shifted * Y).sum(axis=0)
        return {"largest": largest, "shifted": shifted, "powers": powers, "total": total, "A": A, "loss": losses}

    def class_probabilities(self, Z: NDArray) -> NDArray:
        return softmax(Z)


class SigmoidBinaryCrossEntropy(Loss):
    """A = 1 / (1 + exp(-Z)) from one output unit; J = -(1/m) sum of y log a + (1 - y) log(1 - a).

    For y of 0 or 1 that is log(1 + exp((1 - 2 y) z)), computed without overflow. Class 1 is predicted where a >= 0.5.
    """

    def outputs(self, n_classes: int) -> int:
        if n_classes != 2:
            raise ValueError(f"binary cross-entropy needs data with 2 classes, got {n_classes}")
        return 1

    def targets(self, labels: NDArray, n_classes: int, dtype: type | np.dtype = np.float32) -> NDArray:
        """Labels (m,) of 0 and 1 to Y (1, m)."""
        return np.asarray(labels, dtype)[None, :]

    def directions(self, n_classes: int) -> NDArray:
        """The score of class 1 is the output, that of class 0 its negative."""
        return np.array([[-1.0, 1.0]])

    def forward(self, Z: NDArray, Y: NDArray) -> float:
        self.A, self.Y = sigmoid(Z), Y
        return float(np.add.reduce(np.logaddexp(0.0, Z * (1.0 - 2.0 * Y))[0])) / Y.shape[1]

    def terms(self, Z: NDArray, Y: NDArray) -> dict[str, NDArray]:
        with np.errstate(over="ignore"):  # where exp overflows, A is 0, which is right
            powers = np.exp(-Z)
        losses = np.logaddexp(0.0, Z * (1.0 - 2.0 * Y))[0]
        return {"powers": powers, "total": 1.0 + powers, "A": sigmoid(Z), "loss": losses}

    def predict(self, Z: NDArray) -> NDArray:
        return (Z[0] >= 0.0).astype(np.intp)

    def class_probabilities(self, Z: NDArray) -> NDArray:
        A = sigmoid(Z)
        return np.concatenate([1.0 - A, A])


class MeanSquaredError(Loss):
    """J = (1 / (C m)) sum of (A - Y)^2 over the C outputs and m examples, A being the scores Z themselves.

    The outputs are not probabilities; the largest is the prediction.
    """

    gives_probabilities = False

    def forward(self, A: NDArray, Y: NDArray) -> float:
        self.A, self.Y = A, Y
        return float(np.square(A - Y).mean())

    def backward(self, m: int | None = None) -> NDArray:
        outputs, here = self.Y.shape
        self.dZ = np.subtract(self.A, self.Y)
        self.dZ *= 2.0 / (outputs * (m or here))  # dA = 2 (A - Y) / (C m)
        return self.dZ

    def terms(self, A: NDArray, Y: NDArray) -> dict[str, NDArray]:
        error = A - Y
        squares = np.square(error)
        return {"error": error, "squares": squares, "A": A, "loss": squares.mean(axis=0)}

    def class_probabilities(self, A: NDArray) -> NDArray:
        """The outputs themselves: scores, not probabilities."""
        return A


@lru_cache(maxsize=8)
def _identity(n: int, dtype: type | np.dtype) -> NDArray:
    return read_only(np.eye(n, dtype=dtype))


def softmax(Z: NDArray) -> NDArray:
    """exp(Z) / sum of exp(Z) over axis 0, shifted by the maximum: where that overflows, exp is 0, as it should be.
    Scores that are not finite give NaN. Neither warns."""
    with np.errstate(over="ignore", invalid="ignore"):
        A = np.exp(Z - Z.max(axis=0))
        A /= A.sum(axis=0)
    return A


LOSSES: dict[str, type[Loss]] = {
    "softmax-cross-entropy": SoftmaxCrossEntropy,
    "binary-cross-entropy": SigmoidBinaryCrossEntropy,
    "mean-squared-error": MeanSquaredError,
}
