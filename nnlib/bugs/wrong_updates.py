"""Optimizers with one wrong line."""
# mypy: disable-error-code="override"

import numpy as np
from numpy.typing import NDArray

from nnlib.optimizers import FLUSH_EVERY, Adam, Optimizer, _flush_subnormals
from nnlib.scratch import scratch


class TenfoldLearningRate(Optimizer):
    """Not the learning rate that was set."""

    def _change(self, parameters: NDArray, gradients: NDArray, *averages: NDArray) -> None:
        memory = scratch("optimizer", parameters.shape, parameters.dtype)
        self.rule(parameters, gradients, 10 * self.learning_rate, memory, *averages)
        if self.updates % FLUSH_EVERY == 0:
            for average in averages:
                _flush_subnormals(average, memory)


class AdamWithoutCorrection(Adam):
    """The averages, which start at 0, are too small in the first steps, the square more so than the mean."""

    def rule(
        self,
        parameters: NDArray,
        gradients: NDArray,
        learning_rate: float,
        memory: NDArray,
        mean: NDArray,
        square: NDArray,
    ) -> None:
        mean_factor = 1.0 - self.beta1  # m' = mean_factor * mean
        root_factor = (1.0 - self.beta2) ** 0.5  # sqrt(v') = root_factor * sqrt(square)
        mean *= self.beta1
        mean += gradients
        np.multiply(gradients, gradients, out=memory)
        square *= self.beta2
        square += memory
        np.sqrt(square, out=memory)
        memory += self.epsilon / root_factor
        np.divide(mean, memory, out=memory)
        memory *= learning_rate * mean_factor / root_factor
        parameters -= memory
