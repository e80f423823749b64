"""Training steps to try the doctor on: one that is sound, and the same with one line wrong."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nnlib.activations import ReLU
from nnlib.datasets import Digits
from nnlib.gradient_descent import compute_gradients
from nnlib.layers import Dense
from nnlib.losses import SoftmaxCrossEntropy
from nnlib.network import Network
from nnlib.scaling import UNIT

EXAMPLES = 64  # digits of the batch
Step = dict[str, NDArray]


def sound_step(digits: Digits) -> Step:
    """The arrays of a step of an untrained network with ten hidden units, on the first training digits."""
    m = min(EXAMPLES, len(digits.train))
    batch, loss = digits.train.take(m), SoftmaxCrossEntropy()
    hidden, activation, output = layers = Dense(10), ReLU(), Dense(digits.n_classes)
    network = Network(layers, (digits.n_inputs,), np.random.default_rng(0))
    X, Y = UNIT.apply(batch.images).T, loss.targets(batch.labels, digits.n_classes)
    compute_gradients(network, loss, X, Y)
    step: Step = {"X": X, "Y": Y, "A1": activation.A, "A2": loss.A}
    step |= {"dZ1": activation.dZ * m, "dZ2": loss.dZ * m}  # as texts write it, with the 1/m in dW and db
    for number, layer in enumerate((hidden, output), 1):
        step |= {f"{name}{number}": getattr(layer, name) for name in ("W", "b", "Z", "dW", "db")}
    return step


def _opposite_sign(s: Step) -> Step:
    return {"dZ2": s["Y"] - s["A2"]}


def _softmax_over_batch(s: Step) -> Step:
    exp = np.exp(s["Z2"])
    return {"A2": exp / exp.sum(axis=1, keepdims=True)}


def _no_mean(s: Step) -> Step:
    return {"dW2": s["dZ2"] @ s["A1"].T, "dW1": s["dZ1"] @ s["X"].T}


def _no_derivative(s: Step) -> Step:
    return {"dZ1": s["W2"].T @ s["dZ2"]}


# What is wrong, as it would be written, and what changes it.
BROKEN: dict[str, Callable[[Step], Step]] = {
    "dZ2 = Y - A2": _opposite_sign,
    "A2 = softmax(Z2), axis=1": _softmax_over_batch,
    "dW2 = dZ2 @ A1.T": _no_mean,
    "dZ1 = W2.T @ dZ2": _no_derivative,
}


def example(name: str, digits: Digits) -> Step:
    """The step with this line in it, or the sound one."""
    step = sound_step(digits)
    return step | BROKEN[name](step) if name in BROKEN else step
