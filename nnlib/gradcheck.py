"""Gradient check: compare the gradients of the backward pass with central differences of the loss.

    dJ/dp ~ (J(p + h) - J(p - h)) / (2 h)

It runs in float64: in float32 the difference is lost in rounding errors.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnlib.gradient_descent import compute_gradients
from nnlib.losses import Loss
from nnlib.network import Network


@dataclass(frozen=True, eq=False)
class GradientCheck:
    """Analytic and numerical gradients of the parameters checked (`positions` in the network's parameter vector)."""

    positions: NDArray
    analytic: NDArray
    numerical: NDArray

    @property
    def relative_error(self) -> float:
        """|analytic - numerical| / (|analytic| + |numerical|), in Euclidean norms; 0 if both are zero."""
        total = np.linalg.norm(self.analytic) + np.linalg.norm(self.numerical)
        return float(np.linalg.norm(self.analytic - self.numerical) / total) if total else 0.0


def check_gradients(
    network: Network,
    loss: Loss,
    X: NDArray,
    Y: NDArray,
    *,
    l2: float = 0.0,
    positions: ArrayLike | None = None,
    h: float = 1e-5,
) -> GradientCheck:
    """Compare the gradients of J = loss + (l2 / 2) sum of W^2 for inputs X (inputs, m) and targets Y (outputs, m).

    `positions` are the parameters to check (all trainable ones by default). Dropout keeps one mask throughout. The
    parameters are restored afterwards. Raises ValueError unless the network computes in float64.
    """
    if network.dtype != np.float64:
        raise ValueError(
            f"a gradient check needs a float64 network, got {network.dtype}: use network.astype(np.float64)"
        )
    positions = np.arange(network.trainable.size) if positions is None else np.asarray(positions)
    masks = network.generator.bit_generator.state

    def objective() -> float:
        network.generator.bit_generator.state = masks
        return loss.forward(network.forward(X), Y) + network.penalty(l2)

    compute_gradients(network, loss, X, Y)
    network.add_penalty_gradient(l2)
    analytic = network.gradients[positions].copy()
    numerical = np.empty_like(analytic)
    for i, position in enumerate(positions):
        before = network.parameters[position]
        network.parameters[position] = before + h
        above = objective()
        network.parameters[position] = before - h
        below = objective()
        network.parameters[position] = before
        numerical[i] = (above - below) / (2 * h)
    network.generator.bit_generator.state = masks
    return GradientCheck(positions, analytic, numerical)
