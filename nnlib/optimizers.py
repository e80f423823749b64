"""Update rules: from gradients to a change of the parameters.

All parameters of a network are one long vector and all gradients another, so a rule is written once, for one pair of
vectors, and updates a network of any depth in place. A new optimizer is its equations, `terms`; where speed matters,
a `rule` computes the same in place.
"""
# mypy: disable-error-code="override"
# Each optimizer names the averages as in its equations.

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.network import Network
from nnlib.scratch import scratch

BLOCK = 131_072  # parameters updated at a time: a rule passes over them several times, faster in the cache
FLUSH_EVERY = 64  # updates
TINY = 1e-25


class Optimizer:
    """The contract: `update()` changes the parameters in place; `learning_rate` may be set at any time.

    `default_learning_rate` is a good first choice; `settings` names what else a recipe may set; `averages` names the
    running averages, each a vector as long as the parameters. Parameters are updated independently of each other, so
    several threads may each update a part of them: `begin` once, then `change` for each part.

    `terms(gradients, learning_rate, *averages)` are the equations: {name: value} in order; those named in `averages`
    are kept, and the last one, "change", is added to the parameters. It has no side effects.
    """

    default_learning_rate = 0.1
    settings: tuple[str, ...] = ()
    averages: tuple[str, ...] = ()

    def __init__(self, network: Network, learning_rate: float | None = None) -> None:
        self.parameters, self.gradients = network.trainable, network.gradients
        self.learning_rate = self.default_learning_rate if learning_rate is None else learning_rate
        self.updates = 0
        for name in self.averages:
            setattr(self, name, np.zeros_like(self.parameters))
        averages = (getattr(self, name) for name in self.averages)
        self._vectors = (self.parameters, self.gradients, *averages)
        self._blocks = list(self._cut(slice(0, len(self.parameters))))

    def update(self) -> None:
        """One step downhill, in place."""
        self.begin()
        for vectors in self._blocks:
            self._change(*vectors)

    def begin(self) -> None:
        """Count an update whose parts are left to `change`."""
        self.updates += 1

    def change(self, part: slice) -> None:
        """One step downhill for a part of the parameters, a slice, in place."""
        for vectors in self._cut(part):
            self._change(*vectors)

    def _cut(self, part: slice) -> Iterator[list[NDArray]]:
        """The vectors, block by block."""
        for start in range(part.start, part.stop, BLOCK):
            yield [vector[start : min(start + BLOCK, part.stop)] for vector in self._vectors]

    def _change(self, parameters: NDArray, gradients: NDArray, *averages: NDArray) -> None:
        memory = scratch("optimizer", parameters.shape, parameters.dtype)
        self.rule(parameters, gradients, self.learning_rate, memory, *averages)
        if self.updates % FLUSH_EVERY == 0:
            for average in averages:
                _flush_subnormals(average, memory)

    def terms(self, gradients: NDArray, learning_rate: float, *averages: NDArray) -> dict[str, NDArray]:
        raise NotImplementedError

    def rule(
        self, parameters: NDArray, gradients: NDArray, learning_rate: float, memory: NDArray, *averages: NDArray
    ) -> None:
        """The update given by `terms`, in place; `memory` is scratch space as long as the parameters."""
        terms = self.terms(gradients, learning_rate, *averages)
        for name, average in zip(self.averages, averages, strict=True):
            average[...] = terms[name]
        parameters += terms["change"]

    def state(self) -> dict[str, Any]:
        """A copy of everything the next update depends on, except the settings, for `restore`."""
        averages = {name: getattr(self, name).copy() for name in self.averages}
        return {"optimizer": type(self), "updates": self.updates} | averages

    def twin(self, network: Network) -> "Optimizer":
        """A copy with the same settings and averages for another network of the same shape."""
        other = type(self)(network, self.learning_rate)
        other.adjust(**{name: getattr(self, name) for name in self.settings})
        other.restore(self.state())
        return other

    def adjust(self, **values: Any) -> None:
        """Set those of these values that are settings of this optimizer."""
        for name in self.settings:
            if name in values:
                setattr(self, name, values[name])

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a state, in place; one of another optimizer says nothing to this one, which starts afresh."""
        own = state["optimizer"] is type(self)
        self.updates = state["updates"] if own else 0
        for name in self.averages:
            getattr(self, name)[...] = state[name] if own else 0.0


def _flush_subnormals(average: NDArray, memory: NDArray) -> None:
    """Set averages below 1e-25 to zero, in place.

    The averages of pixels that are almost always blank decay for ever. The processor handles numbers below 1.2e-38
    ("subnormals") many times more slowly, and epochs would take up to twice as long as training continues. Weights are
    left alone: only an L2 penalty makes them decay, and too slowly to get there.
    """
    np.abs(average, out=memory)
    np.multiply(average, memory >= TINY, out=average)


class SGD(Optimizer):
    """p <- p - lr dp: gradient descent, stochastic if the gradient comes from a mini-batch."""

    def terms(self, gradients: NDArray, learning_rate: float) -> dict[str, NDArray]:
        return {"change": -learning_rate * gradients}

    def rule(self, parameters: NDArray, gradients: NDArray, learning_rate: float, memory: NDArray) -> None:
        np.multiply(gradients, learning_rate, out=memory)
        parameters -= memory


class Momentum(Optimizer):
    """v <- mu v + dp;  p <- p - lr v: a ball that keeps rolling (Polyak, 1964)."""

    averages = ("velocity",)
    settings = ("momentum",)
    momentum = 0.9

    def terms(self, gradients: NDArray, learning_rate: float, velocity: NDArray) -> dict[str, NDArray]:
        v = self.momentum * velocity + gradients
        return {"velocity": v, "change": -learning_rate * v}

    def rule(
        self, parameters: NDArray, gradients: NDArray, learning_rate: float, memory: NDArray, velocity: NDArray
    ) -> None:
        velocity *= self.momentum
        velocity += gradients
        np.multiply(velocity, learning_rate, out=memory)
        parameters -= memory


class RMSProp(Optimizer):
    """s <- rho s + (1 - rho) dp^2;  p <- p - lr dp / (sqrt(s) + eps)  (Hinton, 2012, lecture 6e).

    Each parameter's gradient is divided by its own running root mean square. rho = 0.9, eps = 1e-8.
    """

    default_learning_rate = 0.001
    averages = ("square",)
    rho, epsilon = 0.9, 1e-8

    def terms(self, gradients: NDArray, learning_rate: float, square: NDArray) -> dict[str, NDArray]:
        s = self.rho * square + (1.0 - self.rho) * gradients**2
        root = np.sqrt(s)
        return {"square": s, "root": root, "change": -learning_rate * gradients / (root + self.epsilon)}

    def rule(
        self, parameters: NDArray, gradients: NDArray, learning_rate: float, memory: NDArray, square: NDArray
    ) -> None:
        np.multiply(gradients, gradients, out=memory)
        memory *= 1.0 - self.rho
        square *= self.rho
        square += memory
        np.sqrt(square, out=memory)
        memory += self.epsilon
        np.divide(gradients, memory, out=memory)
        memory *= learning_rate
        parameters -= memory


class Adam(Optimizer):
    """m <- b1 m + (1 - b1) dp;  v <- b2 v + (1 - b2) dp^2;  p <- p - lr m' / (sqrt(v') + eps)  (Kingma and Ba, 2015).

    m' = m / (1 - b1^t) and v' = v / (1 - b2^t) correct the bias of starting at 0. b1 = 0.9, b2 = 0.999, eps = 1e-8.

    `mean` and `square` hold m / (1 - b1) and v / (1 - b2): the factors then become two scalars, which saves three of
    thirteen passes over the parameters.
    """

    default_learning_rate = 0.001
    averages = ("mean", "square")
    beta1, beta2, epsilon = 0.9, 0.999, 1e-8

    def terms(self, gradients: NDArray, learning_rate: float, mean: NDArray, square: NDArray) -> dict[str, NDArray]:
        b1, b2, t = self.beta1, self.beta2, self.updates
        m_before, v_before = (1.0 - b1) * mean, (1.0 - b2) * square
        m = b1 * m_before + (1.0 - b1) * gradients
        v = b2 * v_before + (1.0 - b2) * gradients**2
        m_unbiased, v_unbiased = m / (1.0 - b1**t), v / (1.0 - b2**t)
        root = np.sqrt(v_unbiased)
        change = -learning_rate * m_unbiased / (root + self.epsilon)
        before = {"m_before": m_before, "v_before": v_before}
        means = {"m": m, "v": v, "m_unbiased": m_unbiased, "v_unbiased": v_unbiased}
        return before | means | {"root": root, "change": change}

    def rule(
        self,
        parameters: NDArray,
        gradients: NDArray,
        learning_rate: float,
        memory: NDArray,
        mean: NDArray,
        square: NDArray,
    ) -> None:
        t = self.updates
        mean_factor = (1.0 - self.beta1) / (1.0 - self.beta1**t)  # m' = mean_factor * mean
        root_factor = ((1.0 - self.beta2) / (1.0 - self.beta2**t)) ** 0.5  # sqrt(v') = root_factor * sqrt(square)
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


OPTIMIZERS: dict[str, type[Optimizer]] = {"sgd": SGD, "momentum": Momentum, "rmsprop": RMSProp, "adam": Adam}
