"""The four calls: gradients worked by hand for a network of two inputs, and parts of a batch that add up to it."""

import numpy as np
import pytest

from nnlib.gradient_descent import compute_gradients, take_step
from nnlib.layers import Dense
from nnlib.losses import MeanSquaredError
from nnlib.network import Network
from nnlib.optimizers import SGD

X = np.array([[1.0, 2.0], [0.0, 1.0]])  # two examples
Y = np.array([[3.0, 1.0]])


@pytest.fixture
def network():
    """z = w . x + b with w = (1, 2) and b = 0.5: the scores are 1.5 and 4.5."""
    network = Network([Dense(1)], (2,), np.random.default_rng(0), dtype=np.float64)
    network.parameters[...] = 1.0, 2.0, 0.5
    return network


def test_gradients_by_hand(network):
    """J = ((-1.5)^2 + 3.5^2) / 2, dZ = (-1.5, 3.5), dW = dZ X^T, db = the sum of dZ."""
    scores, value = compute_gradients(network, MeanSquaredError(), X, Y)
    assert scores.tolist() == [[1.5, 4.5]] and value == 7.25
    assert network.gradients.tolist() == [5.5, 3.5, 2.0]
    assert network.parameters.tolist() == [1.0, 2.0, 0.5]


def test_the_shares_of_the_parts_of_a_batch_add_up(network):
    compute_gradients(network, MeanSquaredError(), X, Y)
    whole, parts = network.gradients.copy(), 0.0
    for example in range(2):
        part = slice(example, example + 1)
        compute_gradients(network, MeanSquaredError(), X[:, part], Y[:, part], m=2)
        parts = parts + network.gradients
    assert parts == pytest.approx(whole)


def test_a_step_goes_down_the_gradient_with_the_penalty_on_weights_alone(network):
    optimizer = SGD(network, learning_rate=0.1)
    scores, value = take_step(network, MeanSquaredError(), optimizer, X, Y, l2=0.01)
    assert scores.tolist() == [[1.5, 4.5]] and value == 7.25
    expected = [1.0 - 0.1 * (5.5 + 0.01 * 1.0), 2.0 - 0.1 * (3.5 + 0.01 * 2.0), 0.5 - 0.1 * 2.0]
    assert network.parameters == pytest.approx(expected) and optimizer.updates == 1
