"""How wrong the network is, as one number, and how that number changes with each of its outputs.

A loss takes the scores of the last layer, Z (outputs, m), and the targets Y of the same shape. Where an output function
belongs to the loss (softmax with cross-entropy, sigmoid with binary cross-entropy) both are one object, because their
gradients together are simply (A - Y) / m. The 1/m of the mean stands here and nowhere else; textbooks that leave it out
here put it into dW and db, which gives the same dW and db.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.activations import sigmoid


class Loss:
    """The contract: targets, forward, backward, and what a prediction is.

    `forward(Z, Y)` returns the mean loss over the m examples as a float and remembers what backward needs;
    `backward(m=None)` returns dJ/dZ of shape (outputs, m), where `m` may name a larger batch of which this is a part.
    `terms(Z, Y)` are the same computations for people: {name: value} in order, of every example, and without a trace;
    the last two are the outputs "A" and "loss", one number an example.
    """

    gives_probabilities = True
    A: NDArray | Any = None  # nothing computed yet
    Y: NDArray | Any = None
    dZ: NDArray | Any = None

    def outputs(self, n_classes: int) -> int:
        """How many output units the last layer needs for so many classes."""
        return n_classes

    def targets(self, labels: NDArray, n_classes: int, dtype: type | np.dtype = np.float32) -> NDArray:
        """Labels (m,) to Y (n_classes, m), one column an example: 1 in the row of its class, else 0 ("one-hot")."""
        return _identity(n_classes, dtype).take(labels, axis=1)

    def directions(self, n_classes: int) -> NDArray:
        """D (outputs, n_classes): the score of class k is D[:, k] . Z, what speaks for it in the outputs."""
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
        """The loss of every example, (m,)."""
        return self.terms(Z, Y)["loss"]

    def predict(self, Z: NDArray) -> NDArray:
        """The predicted class of every example, (m,)."""
        return Z.argmax(axis=0)

    def class_probabilities(self, Z: NDArray) -> NDArray:
        """One row per class, (classes, m), whatever the number of output units."""
        raise NotImplementedError


class SoftmaxCrossEntropy(Loss):
    """A = exp(Z) / sum of exp(Z) over the classes; J = -(1/m) sum over the examples of log A[true class].

    Computed as log(sum exp(Z - max)) - (Z - max)[true class], which cannot overflow.
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

    Computed as max(z, 0) - y z + log(1 + exp(-|z|)), which cannot overflow. Class 1 is predicted where a >= 0.5.
    """

    def outputs(self, n_classes: int) -> int:
        if n_classes != 2:
            raise ValueError(f"binary cross-entropy tells 2 classes apart, but the data have {n_classes}")
        return 1

    def targets(self, labels: NDArray, n_classes: int, dtype: type | np.dtype = np.float32) -> NDArray:
        """Labels (m,) of 0 and 1 to Y (1, m)."""
        return np.asarray(labels, dtype)[None, :]

    def directions(self, n_classes: int) -> NDArray:
        """The one output speaks for class 1, and as much against class 0."""
        return np.array([[-1.0, 1.0]])

    def forward(self, Z: NDArray, Y: NDArray) -> float:
        self.A, self.Y = sigmoid(Z), Y
        return float(np.add.reduce(np.logaddexp(0.0, Z - 2.0 * (Z * Y))[0])) / Y.shape[1]

    def terms(self, Z: NDArray, Y: NDArray) -> dict[str, NDArray]:
        with np.errstate(over="ignore"):  # of a power too large for floats, A is 0 all the same
            powers = np.exp(-Z)
        losses = np.logaddexp(0.0, Z - 2.0 * (Z * Y))[0]
        return {"powers": powers, "total": 1.0 + powers, "A": sigmoid(Z), "loss": losses}

    def predict(self, Z: NDArray) -> NDArray:
        return (Z[0] >= 0.0).astype(np.intp)

    def class_probabilities(self, Z: NDArray) -> NDArray:
        A = sigmoid(Z)
        return np.concatenate([1.0 - A, A])


class MeanSquaredError(Loss):
    """J = (1 / (C m)) sum of (A - Y)^2 over the C outputs and m examples, A being the last layer's outputs as they are.

    The outputs are not probabilities; the largest one is the prediction.
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
        """The outputs as they are: scores, not probabilities."""
        return A


@lru_cache(maxsize=8)
def _identity(n: int, dtype: type | np.dtype) -> NDArray:
    identity = np.eye(n, dtype=dtype)
    identity.flags.writeable = False  # shared
    return identity


def softmax(Z: NDArray) -> NDArray:
    """exp(Z) / sum of exp(Z) over axis 0, shifted by the maximum so that it cannot overflow. Scores that are not finite
    give probabilities that are no numbers, and no warning."""
    with np.errstate(invalid="ignore"):
        A = np.exp(Z - Z.max(axis=0))
        A /= A.sum(axis=0)
    return A


LOSSES: dict[str, type[Loss]] = {
    "softmax-cross-entropy": SoftmaxCrossEntropy,
    "binary-cross-entropy": SigmoidBinaryCrossEntropy,
    "mean-squared-error": MeanSquaredError,
}
