"""A training step in the plainest NumPy, as a learner would write it: columns, float64."""

import numpy as np

G = {
    "relu": (lambda Z: np.maximum(Z, 0), lambda Z: Z > 0),
    "sigmoid": (lambda Z: 1 / (1 + np.exp(-Z)), lambda Z: np.exp(-Z) / (1 + np.exp(-Z)) ** 2),
    "tanh": (np.tanh, lambda Z: 1 - np.tanh(Z) ** 2),
}


def softmax(Z, axis=0):
    e = np.exp(Z)
    return e / e.sum(axis=axis, keepdims=True)


def plain_step(sizes=(30, 12, 10), m=16, g="relu", output="softmax", seed=0):
    """All arrays of one sound step, by name."""
    random = np.random.default_rng(seed)
    s = {"X": random.random((sizes[0], m))}
    labels = random.integers(0, max(sizes[-1], 2), m)
    s["Y"] = np.eye(sizes[-1])[:, labels] if sizes[-1] > 1 else labels[None].astype(float)
    for i in range(1, len(sizes)):
        s[f"W{i}"] = random.normal(size=(sizes[i], sizes[i - 1])) / sizes[i - 1] ** 0.5
        s[f"b{i}"] = random.normal(size=(sizes[i], 1)) / 10
    forward(s, g, output)
    backward(s, g)
    return s


def forward(s, g="relu", output="softmax"):
    A, last = s["X"], depth(s)
    for i in range(1, last + 1):
        Z = s[f"W{i}"] @ A + s[f"b{i}"]
        A = G[g][0](Z) if i < last else softmax(Z) if output == "softmax" else G["sigmoid"][0](Z)
        s[f"Z{i}"], s[f"A{i}"] = Z, A


def backward(s, g="relu"):
    s[f"dZ{depth(s)}"] = s[f"A{depth(s)}"] - s["Y"]
    backward_from(s, depth(s), g)


def backward_from(s, layer, g="relu"):
    """The rest of the backward pass, from the dZ of a layer, which is there."""
    m = s["X"].shape[1]
    for i in range(layer, 0, -1):
        s[f"dW{i}"] = s[f"dZ{i}"] @ s.get(f"A{i - 1}", s["X"]).T / m
        s[f"db{i}"] = s[f"dZ{i}"].sum(axis=1, keepdims=True) / m
        if i > 1:
            s[f"dZ{i - 1}"] = s[f"W{i}"].T @ s[f"dZ{i}"] * G[g][1](s[f"Z{i - 1}"])


def depth(s):
    return max(int(name[1:]) for name in s if name[0] == "W")


def in_rows(s, outputs_first=False):
    """The same arrays with one example a row, and the weights as (inputs, outputs) or as they are."""
    return {name: a if outputs_first and "W" in name else a.T for name, a in s.items()}
