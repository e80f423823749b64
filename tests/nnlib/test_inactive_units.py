"""Active units, counted by hand."""

from dataclasses import replace

import numpy as np
import pytest

from nnlib.inactive_units import sample_size, taking_part
from nnlib.recipes import RECIPES


def network_of(activation, **changes):
    recipe = replace(RECIPES["first-steps"], hidden=(4, 3), activation=activation, **changes)
    return recipe.network(2, 2)


def test_a_rectified_unit_takes_part_if_some_example_lifts_it_above_zero():
    network = network_of("relu")
    first, second, _ = network.weights()
    first.W[...] = [[1, 0], [-1, 0], [0, 1], [0, -1]]
    first.b[...] = 0
    second.W[...], second.b[:, 0] = 0, [1, 0, -1]
    A = np.array([[1, 2, 0], [-1, -3, 0]], np.float32)
    found = taking_part(network, A)
    assert {number: units.tolist() for number, units in found.items()} == {
        1: [True, False, False, True],
        2: [True, False, False],
    }


@pytest.mark.parametrize(("activation", "reach"), [("sigmoid", 6.9), ("tanh", 4.14)])
def test_a_saturated_unit_does_not(activation, reach):
    """At these sums the slopes, a (1 - a) and 1 - tanh², have fallen to a thousandth."""
    network = network_of(activation)
    first = network.weights()[0]
    first.W[...], first.b[:, 0] = 0, [0, -0.99 * reach, 1.02 * reach, -20]
    assert taking_part(network, np.zeros((2, 1), np.float32))[1].tolist() == [True, True, False, False]


def test_a_leaky_unit_always_takes_part():
    network = network_of("leaky-relu")
    network.weights()[0].b[...] = -50
    assert taking_part(network, np.zeros((2, 1), np.float32))[1].all()


def test_a_channel_takes_part_if_it_does_somewhere_in_some_picture():
    network = replace(RECIPES["cnn-32-64-128"], convolutions=(3,), hidden=(5,)).network(64, 10)
    convolution = network.weights()[0]
    convolution.W[...], convolution.b[:, 0] = 0, [-1, -1, 1]
    convolution.kernels[1, 0, 0, 0] = 2
    A = np.zeros((64, 2), np.float32)
    A[9, 1] = 1  # a single bright pixel of the second picture
    assert taking_part(network, A)[1].tolist() == [False, True, True]
    assert sorted(taking_part(network, A)) == [1, 2]


def test_looking_leaves_no_trace():
    network = network_of("sigmoid")
    A = np.random.default_rng(0).random((2, 5), np.float32)
    taking_part(network, A)
    assert all(getattr(layer, name) is None for layer in network.layers for name in layer.computed)
    assert sample_size(network) == 250
