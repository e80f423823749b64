"""The sentences about weights, against numbers put in by hand."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.components.layer_units import layers_of_units
from dashboard.weights.commentary import (
    about_dark_pixels,
    about_incoming,
    about_layer,
    about_outgoing,
    about_pictures,
    about_spread,
    about_unit,
)
from nnlib.recipes import RECIPES
from tests.figures import figures

RECIPE = replace(RECIPES["first-steps"], hidden=(4,))


@pytest.fixture
def layers(few):
    return layers_of_units(RECIPE.trainer(few))


@pytest.fixture
def hidden(layers):
    return layers[0]


def test_before_the_first_step(hidden, few):
    assert figures(about_layer(hidden, 0)) == [3136] and "random" in about_layer(hidden, 0)
    zeros = layers_of_units(replace(RECIPE, initializer="zero").trainer(few))[0]
    assert figures(about_layer(zeros, 0)) == figures(about_layer(zeros, 9)) == [3136]
    assert "zero" in about_layer(zeros, 0) and "since the start" in about_layer(zeros, 9)
    assert "unchanged" in about_unit(hidden, 0) and "unchanged" in about_spread(hidden)


def test_units_that_stayed_behind_are_counted(hidden):
    hidden.layer.W[:3] += 0.1
    assert figures(about_layer(hidden, 1))[:2] == [1, 4]
    hidden.layer.W[2] -= 0.1
    hidden.layer.W[:2] += 0.1
    assert figures(about_layer(hidden, 1))[:2] == [2, 4]


def test_who_has_moved_furthest_is_named(hidden):
    hidden.layer.W += np.array([[0.2], [0.3], [0.1], [0.2]], np.float32)
    assert figures(about_layer(hidden, 1)) == [2, 0.3, 3, 0.1]
    assert figures(about_unit(hidden, 1))[-2:] == [0.3, 3] and "none" in about_unit(hidden, 1)
    assert figures(about_unit(hidden, 2))[-3:] == [0.1, 3, 3]


def test_weights_that_are_not_finite_are_not_compared(hidden):
    hidden.layer.W[1, 2] = np.nan
    assert figures(about_layer(hidden, 1)) == [3136] and "finite" in about_layer(hidden, 1)
    assert "%" not in about_spread(hidden)


def test_a_unit_has_its_bias_and_its_mean_size(hidden):
    hidden.layer.b[1], hidden.layer.W[1] = -0.25, 0.5
    start = np.abs(hidden.start[1]).mean()
    assert figures(about_unit(hidden, 1))[:4] == [-0.25, 784, 0.5, pytest.approx(start, rel=0.01)]
    assert figures(about_unit(hidden, 0))[0] == 0


def test_the_spread_is_told_in_numbers(hidden):
    hidden.layer.W[...] = hidden.start + 0.004
    start, now = np.abs(hidden.start).mean(), np.abs(hidden.W).mean()
    expected = [start, now, 0.004, round(100 * 0.004 / start)]
    assert figures(about_spread(hidden)) == pytest.approx(expected, rel=0.01)


def test_the_strongest_weights_out_of_a_unit(layers):
    hidden, output = layers
    output.layer.W[:, 2] = np.linspace(-0.5, 0.4, 10)
    assert figures(about_outgoing(hidden, 2)) == [3, 0.4, 9, -0.5, 0]
    output.layer.W[:, 2] = -1
    assert figures(about_outgoing(hidden, 2)) == [3, -1, 0]
    output.layer.W[:, 2] = 0
    assert "zero" in about_outgoing(hidden, 2)


def test_the_strongest_weights_into_a_class(layers):
    output = layers[1]
    output.layer.W[3] = [0.1, 0.7, -0.9, 0.0]
    assert figures(about_incoming(output, 3)) == [3, 0.7, 2, -0.9, 3]
    output.layer.W[3] = 0
    assert "zero" in about_incoming(output, 3)


def test_it_is_said_which_weights_are_on_pixels(layers):
    hidden, output = layers
    assert 784 in figures(about_pictures(hidden)) and "pixel" in about_pictures(hidden)
    assert figures(about_pictures(output)) == [4] and "no image" in about_pictures(output)


def test_kernels_are_not_on_pixels(few):
    layers = layers_of_units(replace(RECIPES["cnn-32-64-128"], convolutions=(3, 2), hidden=(4,)).trainer(few))
    assert figures(about_pictures(layers[1])) == [27] and "pixel" not in about_pictures(layers[1])


@pytest.mark.parametrize("l2", [0.0, 0.01])
def test_why_weights_on_dark_pixels_learn_nothing(hidden, l2):
    dark = np.array([0, 5])
    assert about_dark_pixels(hidden, dark[:0], 300, l2) == ""
    hidden.layer.W[:, 7] += 1
    assert figures(about_dark_pixels(hidden, dark, 300, l2))[:4] == [2, 784, 0, 300]
    assert ("L2" in about_dark_pixels(hidden, dark, 300, l2)) == (l2 > 0)
    hidden.layer.W[:, 5] *= 0.9
    assert bool(about_dark_pixels(hidden, dark, 300, l2)) == (l2 > 0)
