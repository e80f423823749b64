"""What a score came from: how much each input and the biases contributed to it, by input times gradient.

A score s of a network is a function of the inputs x and the biases b. Wherever the slopes of its activations do not
change along the way from nothing to (x, b), the network is s = sum_i x_i ds/dx_i + sum_j b_j ds/db_j: ReLU, leaky ReLU
and max pooling only choose between straight lines through zero, so for them this is exact (Euler's theorem on
homogeneous functions). Without hidden layers ds/dx_i is the weight w_i. For sigmoid and tanh it is an approximation
near this input, and something is left.
(Simonyan et al., 2013, for the gradient; Shrikumar et al., 2016, section 2, for its product with the input.)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnlib.network import Network


@dataclass(frozen=True, eq=False)
class Attribution:
    """`score` s, `x` (inputs,) as they enter the network, and the slopes `gradient` = ds/dx (inputs,).

    `biases` is sum_j b_j ds/db_j over all biases of the network. `at_zero` is what the score would be if every input
    were 0: only where no slope changes on the way from there, as without hidden layers, is it `biases` too.
    """

    score: float
    x: NDArray
    gradient: NDArray
    biases: float
    at_zero: float

    @property
    def parts(self) -> NDArray:
        """What each input contributed, x_i ds/dx_i, (inputs,)."""
        return self.x * self.gradient

    @property
    def rest(self) -> float:
        """What inputs and biases together leave unexplained: s - sum_i x_i ds/dx_i - sum_j b_j ds/db_j."""
        return self.score - float(self.parts.sum()) - self.biases

    @property
    def exact(self) -> bool:
        """Whether nothing is left but rounding."""
        size = abs(self.score) + np.abs(self.parts).sum() + abs(self.biases)
        return bool(abs(self.rest) <= 1e-9 * size)

    def __sub__(self, other: "Attribution") -> "Attribution":
        """The attribution of the difference of two scores for the same input."""
        return Attribution(
            self.score - other.score,
            self.x,
            self.gradient - other.gradient,
            self.biases - other.biases,
            self.at_zero - other.at_zero,
        )


def attribute(network: Network, directions: ArrayLike, x: ArrayLike) -> list[Attribution]:
    """The Attribution of each score d . Z, one for each column d of `directions` (outputs, k), for one input x
    (inputs,) as it enters the network.

    Computed in float64 on a copy, layer by layer, without dropout, by the backward pass of training: what it starts
    from is d instead of the gradient of a loss.
    """
    network = network.astype(np.float64)
    network.unfuse()
    network.set_dropout(0.0)
    x = np.asarray(x, np.float64)
    with np.errstate(over="ignore", invalid="ignore"):  # weights without bound give numbers that are none
        at_zero = network.forward(np.zeros((len(x), 1)), training=False)[:, 0]
        scores = network.forward(x[:, None])[:, 0]
        directions = np.asarray(directions, np.float64)
        return [_attribution(network, direction, x, scores, at_zero) for direction in directions.T]


def _attribution(network: Network, direction: NDArray, x: NDArray, scores: NDArray, at_zero: NDArray) -> Attribution:
    dA = direction[:, None]
    for layer in reversed(network.layers):
        dA = layer.backward(dA)
    biases = sum(float(np.vdot(layer.b, layer.db)) for layer in network.weights())
    return Attribution(float(direction @ scores), x, dA[:, 0].copy(), biases, float(direction @ at_zero))
