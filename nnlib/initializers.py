"""Initial weights.

Each initializer draws one weight array of a given shape from an explicit generator. `fan_in` is the number of inputs of
one unit and `fan_out` the number of units one input feeds: they determine how large weighted sums become.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Initializer = Callable[[tuple[int, ...], int, int, np.random.Generator], NDArray]


def he(shape: tuple[int, ...], fan_in: int, fan_out: int, generator: np.random.Generator) -> NDArray:
    """W ~ Normal(0, 2 / fan_in): keeps the variance across layers with ReLU (He et al., 2015, eq. 10)."""
    return generator.normal(0.0, np.sqrt(2.0 / fan_in), shape)


def xavier(shape: tuple[int, ...], fan_in: int, fan_out: int, generator: np.random.Generator) -> NDArray:
    """W ~ Uniform(-r, r) with r = sqrt(6 / (fan_in + fan_out)): the same for tanh (Glorot and Bengio, 2010, eq. 16)."""
    reach = np.sqrt(6.0 / (fan_in + fan_out))
    return generator.uniform(-reach, reach, shape)


def uniform(shape: tuple[int, ...], fan_in: int, fan_out: int, generator: np.random.Generator) -> NDArray:
    """W ~ Uniform(-0.5, 0.5) for any layer size, common in first programs: too large for 784 inputs."""
    return generator.uniform(-0.5, 0.5, shape)


def zero(shape: tuple[int, ...], fan_in: int, fan_out: int, generator: np.random.Generator) -> NDArray:
    """W = 0: all units of a layer compute the same and get the same gradient, so hidden units never differ."""
    return np.zeros(shape)


INITIALIZERS: dict[str, Initializer] = {"he": he, "xavier": xavier, "uniform": uniform, "zero": zero}
