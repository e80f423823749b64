"""What every matrix of a recorded step must be, computed from those before it in the same file.

Z = W A + b, A = g(Z), dZ = A - Y in the last layer (softmax or sigmoid with its cross-entropy), dW = dZ A^T / m,
db = (sum of dZ over the examples) / m, and below dZ = W^T dZ o g'(Z), with W and dZ of the layer above. The 1/m may
stand in dZ instead; an L2 term may be part of dW; g is found from Z and A.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.doctor.recorded_step import RecordedStep, full_name, split_name
from nnlib.losses import softmax

ROUNDING = 16  # how many times its precision an array may be off


@dataclass(frozen=True, eq=False)
class Right:
    """A value that is right, and, element by element, how large the numbers were that it was computed from: rounding
    errors are in proportion to these. `what` tells it from other right values: a name of g, or by which factor dZ is
    the gradient of the sum of the losses."""

    value: NDArray
    size: NDArray
    what: Any = None

    def agrees(self, got: NDArray, epsilon: float, smallest: float = 0.0) -> bool:
        """Whether an array is this, but for rounding; `smallest` is the least number above 0."""
        if got.shape != self.value.shape:
            return False
        with np.errstate(invalid="ignore"):
            near = np.abs(got - self.value) <= ROUNDING * (epsilon * self.size + smallest)
        return bool((near | (got == self.value)).all())


@dataclass(frozen=True)
class Activation:
    """g and its derivative, as functions of Z; `linear` if it is so on either side of zero, and thus exact there."""

    g: Callable[[NDArray], NDArray]
    slope: Callable[[NDArray], NDArray]
    linear: bool = False


def sigmoid(Z: NDArray) -> NDArray:
    """1 / (1 + exp(-Z)) to full precision, for every Z."""
    return np.exp(-np.logaddexp(0, -Z))


def _leaky(slope: float) -> Activation:
    return Activation(lambda Z: np.where(Z > 0, Z, slope * Z), lambda Z: np.where(Z > 0, 1.0, slope), linear=True)


ACTIVATIONS = {
    "ReLU": _leaky(0.0),
    "sigmoid": Activation(sigmoid, lambda Z: sigmoid(Z) * sigmoid(-Z)),
    "tanh": Activation(np.tanh, lambda Z: 1 - np.tanh(Z) ** 2),
}


class Expected:
    """The right values of one step, to be asked for in the order of computation.

    known: the arrays of the file, and in place of missing ones what they must be, as far as that can be known.
    """

    def __init__(self, step: RecordedStep) -> None:
        self.step, self.known = step, dict(step.arrays)
        self.epsilon = float(step.precision.eps)
        self._size: dict[str, NDArray] = {}  # of what is not in the file
        self._found: dict[int, dict[str, Activation]] = {}  # those that a hidden layer may have
        self._scale: dict[int, float] = {}  # by which factor dZ is the gradient of the sum of the losses: 1 or 1/m

    def names(self) -> Iterator[str]:
        """The arrays that a step computes, in order."""
        last = self.step.n_layers
        for layer in range(1, last + 1):
            yield from (f"Z{layer}", f"A{layer}")
        for layer in range(last, 0, -1):
            yield from (f"dZ{layer}", f"dW{layer}", f"db{layer}")

    def judge(self, name: str) -> bool | None:
        """Whether an array of the file is right, None if that cannot be told; to be asked of one after the other."""
        rights = self.right(name)
        if name in self.step.misfits:
            return False
        if name not in self.step.arrays:
            if rights:
                self._assume(name, rights)
            return None
        got, eps, smallest = self.known[name], self.epsilon, float(self.step.precision.smallest_subnormal)
        fitting = [right for right in rights if right.agrees(got, eps, smallest)]
        self._learn(name, fitting)
        return bool(fitting) and name not in self.step.turned if rights else None

    def right(self, name: str) -> list[Right]:
        """The values that are right for an array; none if too much is missing to say."""
        kind, layer = split_name(name)
        with np.errstate(all="ignore"):
            return getattr(self, f"_{kind}")(layer)

    def get(self, kind: str, layer: int) -> NDArray | None:
        """An array that is known; A of layer 0 is X."""
        return self.known.get(full_name(kind, layer))

    def _sizes(self, kind: str, layer: int) -> NDArray:
        """How large the numbers of a known array are or, if it is not in the file, those it was computed from."""
        name = full_name(kind, layer)
        return self._size[name] if name in self._size else np.abs(self.known[name])

    def activations(self, layer: int) -> dict[str, Activation]:
        """What g of a hidden layer may be, by name; more than one where Z does not tell, and that of another layer
        where nothing else does."""
        return self._found.get(layer) or next((found for found in self._found.values() if found), {})

    def factors(self, layer: int) -> list[float]:
        """What turns a sum over dZ into the gradient of the mean loss: 1/m or 1, both where neither is known."""
        m = self.step.m
        return [1 / (m * self._scale[layer])] if layer in self._scale else [1 / m, 1.0]

    def _assume(self, name: str, rights: list[Right]) -> None:
        """Put in place of a missing array what it must be: of several, what the next array agrees with."""
        (kind, layer), last = split_name(name), self.step.n_layers
        if len(rights) > 1 and kind == "A":
            rights = [right for right in rights if self._leads_on(name, right)] or rights[: layer == last]
        if rights:
            value, size = rights[0].value, rights[0].size
            finite = np.isfinite(size)
            undecided = size[finite].max(initial=0) / (ROUNDING * self.epsilon)  # at a kink: as far off as it is large
            self.known[name], self._size[name] = value, np.where(finite, size, undecided)
            self._learn(name, rights[:1])

    def _leads_on(self, name: str, right: Right) -> bool:
        layer = split_name(name)[1]
        trial = Expected(self.step)
        trial.known = self.known | {name: right.value}
        return bool(trial.judge(f"Z{layer + 1}" if layer < self.step.n_layers else f"dZ{layer}"))

    def _learn(self, name: str, fitting: list[Right]) -> None:
        kind, layer = split_name(name)
        if kind == "A" and layer < self.step.n_layers:
            self._found[layer] = {right.what: self._candidates(layer)[right.what] for right in fitting}
        elif kind in ("dZ", "dW") and fitting and fitting[0].what is not None:
            self._scale[layer] = fitting[0].what

    def _Z(self, layer: int) -> list[Right]:
        W, A, b = self.get("W", layer), self.get("A", layer - 1), self.get("b", layer)
        if W is None or A is None:
            return []
        product, size = W @ A, np.abs(W) @ self._sizes("A", layer - 1)
        if b is None:  # whatever it was, it is the same for all examples
            Z = self.step.arrays.get(f"Z{layer}")
            if Z is None:
                return []
            b = (Z - product).mean(axis=1, keepdims=True)
        return [Right(product + b, size + np.abs(b))]

    def _A(self, layer: int) -> list[Right]:
        Z = self.get("Z", layer)
        if Z is None:
            return []
        size = self._sizes("Z", layer)
        if layer == self.step.n_layers:
            outputs = ({"softmax": softmax(Z)} if len(Z) > 1 else {}) | {"sigmoid": sigmoid(Z)}
            return [Right(A, 1 + A * size.max(axis=0), name) for name, A in outputs.items()]
        return [
            Right(each.g(Z), size if each.linear else 1 + size, name) for name, each in self._candidates(layer).items()
        ]

    def _candidates(self, layer: int) -> dict[str, Activation]:
        """The activations, and leaky ReLU with the slope that the layer seems to have below zero."""
        Z, A = self.known[f"Z{layer}"], self.step.arrays.get(f"A{layer}")
        if A is not None and (below := Z < 0).any():
            with np.errstate(all="ignore"):
                slope = float((A[below] * Z[below]).sum() / (Z[below] ** 2).sum())
            if 1e-6 < slope < 1:
                return ACTIVATIONS | {f"leaky ReLU ({slope:.3g})": _leaky(slope)}
        return ACTIVATIONS

    def _dZ(self, layer: int) -> list[Right]:
        m = self.step.m
        if layer == self.step.n_layers:
            A, Y = self.get("A", layer), self.known.get("Y")
            if A is None or Y is None:
                return []
            size = self._sizes("A", layer) + np.abs(Y)
            return [Right((A - Y) * scale, size * scale, scale) for scale in (1.0, 1 / m)]
        W, dZ, Z = self.get("W", layer + 1), self.get("dZ", layer + 1), self.get("Z", layer)
        if W is None or dZ is None or Z is None:
            return []
        size = self._size.get(f"Z{layer}", np.zeros_like(Z))
        kink = np.abs(Z) <= ROUNDING * self.epsilon * size  # whichever slope a piecewise linear g has there
        scale = self._scale.get(layer + 1)
        rights = []
        for activation in self.activations(layer).values():
            slope = activation.slope(Z)
            reach = np.where(kink, np.inf, np.abs(slope)) if activation.linear else 1 + size
            right = Right(W.T @ dZ * slope, np.abs(W).T @ self._sizes("dZ", layer + 1) * reach, scale)
            rights.append(right)
            if f"dZ{layer + 1}" not in self.step.arrays and m > 1:  # its 1/m may be there or not
                rights.append(Right(right.value / m, right.size / m, scale and scale / m))
        return rights

    def _dW(self, layer: int) -> list[Right]:
        dZ, A, W, got = self.get("dZ", layer), self.get("A", layer - 1), self.get("W", layer), self.get("dW", layer)
        if dZ is None or A is None:
            return []
        product, size = dZ @ A.T, self._sizes("dZ", layer) @ self._sizes("A", layer - 1).T
        rights = [Right(product * factor, size * factor, 1 / (factor * self.step.m)) for factor in self.factors(layer)]
        if got is not None and W is not None and W.size > 1:
            rights += [with_L2 for right in rights if (with_L2 := _with_L2(right, got, W))]
        return rights

    def _db(self, layer: int) -> list[Right]:
        dZ = self.get("dZ", layer)
        if dZ is None:
            return []
        total, size = dZ.sum(axis=1, keepdims=True), self._sizes("dZ", layer).sum(axis=1, keepdims=True)
        size *= max(1, self.step.m**0.5 / ROUNDING)  # summed one after the other, they round as often
        return [Right(total * factor, size * factor) for factor in self.factors(layer)]


def _with_L2(right: Right, got: NDArray, W: NDArray) -> Right | None:
    """The same gradient with that of (lambda / 2) sum W^2, for the lambda > 0 that fits best."""
    penalty = float(((got - right.value) * W).sum() / (W**2).sum())
    if not 0 < penalty < np.inf:
        return None
    return Right(right.value + penalty * W, right.size + penalty * np.abs(W), right.what)
