"""Attribution: the contribution of each input, and of the biases, to a score, as input times gradient.

A score s of a network is a function of the inputs x and the biases b. With ReLU, leaky ReLU and max pooling it is
homogeneous of degree 1 in (x, b), so s = sum_i x_i ds/dx_i + sum_j b_j ds/db_j holds exactly (Euler's theorem). Without
hidden layers ds/dx_i is the weight w_i. With sigmoid and tanh it is an approximation that leaves a remainder.
(Simonyan et al., 2013, for the gradient; Shrikumar et al., 2016, section 2, for its product with the input.)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnlib.network import Network
from nnlib.normalization import BatchNorm


@dataclass(frozen=True, eq=False)
class Attribution:
    """`score` s, `x` (inputs,) as they enter the network, and the slopes `gradient` = ds/dx (inputs,).

    `biases` is sum_j b_j ds/db_j over all biases of the network, and the shifts of batch normalisation in evaluation.
    `at_zero` is the score for inputs of 0; it equals `biases` only if no slope changes between there and x, as without
    hidden layers.
    """

    score: float
    x: NDArray
    gradient: NDArray
    biases: float
    at_zero: float

    @property
    def parts(self) -> NDArray:
        """The contribution of each input, x_i ds/dx_i, (inputs,)."""
        return self.x * self.gradient

    @property
    def rest(self) -> float:
        """The remainder: s - sum_i x_i ds/dx_i - sum_j b_j ds/db_j."""
        return self.score - float(self.parts.sum()) - self.biases

    @property
    def exact(self) -> bool:
        """Whether the remainder is only rounding."""
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

    Computed in float64 on a copy, layer by layer, without dropout, by the backward pass of training, which starts from
    d instead of the gradient of a loss.
    """
    network = network.astype(np.float64)
    network.unfuse()
    network.set_dropout(0.0)
    x = np.asarray(x, np.float64)
    with np.errstate(over="ignore", invalid="ignore"):  # huge weights give NaN
        at_zero = network.forward(np.zeros((len(x), 1)), training=False)[:, 0]
        with network.frozen_statistics():  # as in evaluation
            scores = network.forward(x[:, None])[:, 0]
        directions = np.asarray(directions, np.float64)
        return [_attribution(network, direction, x, scores, at_zero) for direction in directions.T]


def _attribution(network: Network, direction: NDArray, x: NDArray, scores: NDArray, at_zero: NDArray) -> Attribution:
    dA = direction[:, None]
    for layer in reversed(network.layers):
        dA = layer.backward(dA)
    biases = sum((float(np.vdot(layer.b, layer.db)) for layer in network.weights() if layer.bias), 0.0)
    for layer in network.layers:
        if isinstance(layer, BatchNorm):
            _, shift = layer.scale_and_shift()
            biases += float(np.vdot(shift, layer.dbeta))
    return Attribution(float(direction @ scores), x, dA[:, 0].copy(), biases, float(direction @ at_zero))
