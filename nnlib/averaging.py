"""A running average of the weights: smoother than the weights themselves, and often better on new examples."""

import numpy as np

from nnlib.scratch import scratch


class WeightAverage:
    """w̄ <- d w̄ + (1 - d) w after every step, with d = min(`decay`, (t + 1) / (t + 10)) so that the first weights are
    soon forgotten (Polyak and Juditsky, 1992; with this warm-up: TensorFlow's ExponentialMovingAverage).

    The last steps of a training jump to and fro around a good place; their average lies nearer to it.
    """

    def __init__(self, network, decay=0.999):
        if not 0.0 <= decay < 1.0:
            raise ValueError(f"decay: expected a number from 0 up to, but not including, 1, got {decay}")
        self.network, self.decay, self.updates = network, decay, 0
        self.parameters = network.parameters.copy()

    def update(self):
        """Take the network's present weights into the average."""
        decay = min(self.decay, (self.updates + 1) / (self.updates + 10))
        self.updates += 1
        step = scratch("weight average", self.parameters.shape, self.parameters.dtype)
        np.subtract(self.network.parameters, self.parameters, out=step)
        step *= 1.0 - decay
        self.parameters += step

    def swap(self):
        """Exchange the network's weights and their average, in place; a second call undoes the first."""
        present = self.network.parameters.copy()
        self.network.parameters[...] = self.parameters
        self.parameters[...] = present
