"""A running average of the weights: smoother than the weights themselves, and often better on new examples."""

from typing import Any

import numpy as np

from nnlib.network import Network
from nnlib.scratch import scratch


class WeightAverage:
    """w̄ <- d w̄ + (1 - d) w after every step, with d = min(`decay`, (t + 1) / (t + 10)) so that the first weights are
    soon forgotten (Polyak and Juditsky, 1992; with this warm-up: TensorFlow's ExponentialMovingAverage).

    The last steps of a training oscillate around a minimum; their average is closer to it.

    The running statistics of batch normalisation are averaged like weights. On the validation digits that is as good as
    estimating them anew for the averaged weights, on 150 mini-batches as in training: accuracy 0.9940 against 0.9942
    after 13 epochs of four normalised convolutions, and the same loss. Those of the last step belong to other weights
    and are worse while the learning rate is high: 0.9910 against 0.9928 after six epochs.
    """

    def __init__(self, network: Network, decay: float) -> None:
        self.network, self.decay = network, decay
        self.reset()

    def reset(self) -> None:
        """Restart from the network's present weights."""
        self.updates, self.parameters = 0, self.network.parameters.copy()

    def update(self) -> None:
        """Update the average with the network's present weights."""
        decay = min(self.decay, (self.updates + 1) / (self.updates + 10))
        self.updates += 1
        step = scratch("weight average", self.parameters.shape, self.parameters.dtype)
        np.subtract(self.network.parameters, self.parameters, out=step)
        step *= 1.0 - decay
        self.parameters += step

    def state(self) -> dict[str, Any]:
        """A copy of everything the next update depends on, for `restore`."""
        return {"updates": self.updates, "parameters": self.parameters.copy()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a state."""
        self.updates, self.parameters = state["updates"], state["parameters"].copy()
