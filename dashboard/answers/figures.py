"""The numbers in the answers, computed from a small network on real digits."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from nnlib.datasets import Digits
from nnlib.recipes import RECIPES

UNITS, EXAMPLES, RATE = 16, 64, 0.1
LARGE = 100.0  # a score


@lru_cache(maxsize=4)
def figures(digits: Digits) -> dict[str, float]:
    """All numbers by name: of a 784-16-10 network, untrained, and one mini-batch of its digits."""
    recipe = replace(RECIPES["first-steps"], hidden=(UNITS,))
    trainer = recipe.trainer(replace(digits, train=digits.train.take(min(1000, len(digits.train)))))
    train = trainer.digits.train.take(min(EXAMPLES, trainer.n_examples))
    x, m = (train.images / 255.0).T, len(train)
    y = np.eye(digits.n_classes)[train.labels].T
    first, second = trainer.network.weights()
    weights = [np.array(value, float) for value in (first.W, first.b, second.W, second.b)]

    def loss_at(w1, b1, w2, b2):
        _, _, a = _forward(x, w1, b1, w2, b2)
        return -np.log(a[train.labels, range(m)]).mean()

    w2 = weights[2]
    z1, a1, a2 = _forward(x, *weights)
    dz2 = (a2 - y) / m
    da1 = w2.T @ dz2
    dz1 = da1 * (z1 > 0)
    gradients = [dz1 @ x.T, dz1.sum(axis=1, keepdims=True), dz2 @ a1.T, dz2.sum(axis=1, keepdims=True)]
    down = loss_at(*(w - RATE * dw for w, dw in zip(weights, gradients, strict=True)))
    up = loss_at(*(w + RATE * dw for w, dw in zip(weights, gradients, strict=True)))
    scores = np.log(a2)
    across = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    with np.errstate(over="ignore", under="ignore"):
        overflow, underflow = (float(np.exp(np.float32(sign * LARGE))) for sign in (1, -2))
    reshaped = np.ascontiguousarray(x.T).reshape(x.shape)
    return {
        "m": m,
        "loss": loss_at(*weights),
        "guess": np.log(digits.n_classes),
        "down": down,
        "up": up,
        "bias": float(gradients[3][0, 0]),
        "bias_all": round(abs(float(dz2.sum())), 12),
        "column": float(across[:, 0].sum()),
        "overflow": overflow,
        "underflow": underflow,
        "off": float((z1 <= 0).mean()),
        "output": float(a2[0, 0]),
        "target": float(y[0, 0]),
        "error": float(dz2[0, 0] * m),
        "without_mean": float(np.abs(m * gradients[2]).max() / np.abs(gradients[2]).max()),
        "pixels_moved": float((reshaped != x).mean()),
        "broadcast": (np.zeros(m) + np.zeros((m, 1))).size,
        "slope": float(0.25**4),
    }


def _forward(x, w1, b1, w2, b2):
    z1 = w1 @ x + b1
    a1 = np.maximum(z1, 0)
    z2 = w2 @ a1 + b2
    exponentials = np.exp(z2 - z2.max(axis=0))
    return z1, a1, exponentials / exponentials.sum(axis=0)
