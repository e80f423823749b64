"""A step of gradient descent: the same four calls for training, gradient checks and dry runs.

scores = network.forward(X)
value = loss.forward(scores, Y)
network.backward(loss.backward())
optimizer.update()

A network with batch normalisation then takes the batch into its running statistics.
"""

from numpy.typing import NDArray

from nnlib.losses import Loss
from nnlib.network import Network
from nnlib.optimizers import Optimizer


def compute_gradients(
    network: Network, loss: Loss, X: NDArray, Y: NDArray, m: int | None = None
) -> tuple[NDArray, float]:
    """The first three calls: fill every dW and db from inputs X (inputs, examples) and targets Y (outputs, examples).

    Returns the scores (outputs, examples) and the mean loss of these examples. If they are part of a larger batch of m,
    the gradients are scaled so that those of all parts add up to those of the batch.
    """
    scores = network.forward(X)
    value = loss.forward(scores, Y)
    network.backward(loss.backward(m))
    return scores, value


def take_step(
    network: Network, loss: Loss, optimizer: Optimizer, X: NDArray, Y: NDArray, l2: float = 0.0
) -> tuple[NDArray, float]:
    """All four, on one mini-batch and with the L2 penalty (l2 / 2) sum of W^2; returns the scores and the loss before
    the update, without the penalty."""
    scores, value = compute_gradients(network, loss, X, Y)
    network.add_penalty_gradient(l2)
    optimizer.update()
    network.update_statistics()
    return scores, value
