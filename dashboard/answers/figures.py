"""The numbers in the answers, from a training step of a small network on real digits."""

from dataclasses import replace

import numpy as np

from nnlib.datasets import Digits
from nnlib.recipes import RECIPES

UNITS, EXAMPLES, DIGITS = 16, 64, 1000


def figures(digits: Digits) -> dict[str, float]:
    """All numbers by name: of a 784-16-10 network, untrained, and its step on one mini-batch of these digits."""
    recipe = replace(RECIPES["first-steps"], hidden=(UNITS,), training_size=min(DIGITS, len(digits.train)))
    trainer = recipe.trainer(digits)
    few = trainer.digits.train.take(min(EXAMPLES, trainer.n_examples))
    step = trainer.dry_run(few.images, few.labels)
    value = {each.symbol: each.value for each in step.matrices}
    X, powers = value["X"], np.exp(value["Z2"])
    with np.errstate(over="ignore", under="ignore"):
        overflow, underflow = np.exp(np.array([100, -200], np.float32))
    found = {
        "m": step.m,
        "loss": step.value,
        "guess": np.log(digits.n_classes),
        "down": step.losses(step.after).mean(),
        "up": step.losses(step.before - step.change).mean(),
        "bias": value["db2"][0, 0],
        "column": (powers / powers.sum(axis=1, keepdims=True))[:, 0].sum(),
        "overflow": overflow,
        "underflow": underflow,
        "off": np.mean(value["Z1"] <= 0),
        "output": value["A2"][0, 0],
        "target": value["Y"][0, 0],
        "error": value["dZ2"][0, 0] * step.m,
        "pixels_moved": np.mean(np.ascontiguousarray(X.T).reshape(X.shape) != X),
        "broadcast": step.m**2,
        "slope": 0.25**4,
    }
    return {name: float(each) for name, each in found.items()}
