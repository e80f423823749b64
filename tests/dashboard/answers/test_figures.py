"""The numbers in the answers, against a network written out in float64."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.answers.answers import ANSWERS
from dashboard.answers.figures import figures
from dashboard.core import query_params
from dashboard.notation.numbers import told
from nnlib.recipes import RECIPES


@pytest.fixture(scope="module")
def found(digits):
    return figures(digits)


@pytest.fixture(scope="module")
def written_out(digits):
    """The same network on the same 64 digits: X, Y, its weights, and what a step computes from them."""
    trainer = replace(RECIPES["first-steps"], hidden=(16,), training_size=1000).trainer(digits)
    train = trainer.digits.train.take(64)
    weights = [np.float64(each) for layer in trainer.network.weights() for each in (layer.W, layer.b)]
    return (train.images / 255.0).T, np.eye(10)[train.labels].T, weights


def forward(X, W1, b1, W2, b2):
    Z1 = W1 @ X + b1
    A1 = np.maximum(Z1, 0)
    Z2 = W2 @ A1 + b2
    return Z1, A1, Z2, np.exp(Z2) / np.exp(Z2).sum(axis=0)


def loss(Y, A2):
    return -np.log((A2 * Y).sum(axis=0)).mean()


def test_they_are_those_of_the_network_written_out(found, written_out):
    X, Y, weights = written_out
    Z1, A1, Z2, A2 = forward(X, *weights)
    dZ2 = (A2 - Y) / 64
    dZ1 = weights[2].T @ dZ2 * (Z1 > 0)
    gradients = [dZ1 @ X.T, dZ1.sum(axis=1, keepdims=True), dZ2 @ A1.T, dZ2.sum(axis=1, keepdims=True)]
    for name, sign in (("loss", 0), ("down", -1), ("up", 1)):
        moved = [w + sign * 0.1 * dw for w, dw in zip(weights, gradients, strict=True)]
        assert found[name] == pytest.approx(loss(Y, forward(X, *moved)[-1]), rel=1e-5)
    assert found["down"] < found["loss"] < found["up"]
    assert found["bias"] == pytest.approx(gradients[3][0, 0], rel=1e-4)
    assert found["output"] == pytest.approx(A2[0, 0], rel=1e-4) and found["target"] == Y[0, 0]
    assert found["error"] == pytest.approx(A2[0, 0] - Y[0, 0], rel=1e-4)
    assert found["off"] == pytest.approx(np.mean(Z1 <= 0), abs=1e-3)
    across = np.exp(Z2) / np.exp(Z2).sum(axis=1, keepdims=True)  # each class over the digits, so that its row is 1
    assert found["column"] == pytest.approx(across[:, 0].sum(), rel=1e-4) and across.sum(axis=1) == pytest.approx(1)
    assert np.isinf(found["overflow"]) and found["underflow"] == 0
    assert found["broadcast"] == (np.zeros(64) + np.zeros((64, 1))).size
    poured = np.array([X.T.flat[i] for i in range(X.size)]).reshape(784, 64)
    assert found["pixels_moved"] == pytest.approx(np.mean(poured != X), abs=1e-6)


def test_every_answer_tells_its_numbers_and_leads_to_valid_settings(found):
    assert len(ANSWERS) == 25
    for name, answer in ANSWERS.items():
        assert "{" not in told(answer.text, found)
        assert query_params.from_query(dict(answer.settings or {}))[1] == []
        assert query_params.unknown_in({query_params.QUESTION: name}) == []
