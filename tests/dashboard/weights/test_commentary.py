"""The numbers in the sentences about weights, units and history, against numbers put in by hand."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.components.layer_units import layers_of_units
from dashboard.weights.commentary import (
    about_class_means,
    about_dark_pixels,
    about_gradients,
    about_inactive,
    about_incoming,
    about_layer,
    about_outgoing,
    about_pictures,
    about_projection,
    about_recalls,
    about_responses,
    about_spread,
    about_unit,
    about_updates,
)
from dashboard.weights.unit_responses import Responses
from nnlib.history import History
from nnlib.recipes import RECIPES
from tests.figures import figures

RECIPE = replace(RECIPES["first-steps"], hidden=(4,))


@pytest.fixture
def layers(few):
    return layers_of_units(RECIPE.trainer(few))


@pytest.fixture
def hidden(layers):
    return layers[0]


@pytest.fixture
def deep(few):
    return layers_of_units(replace(RECIPES["dense-128-64"], hidden=(4, 3)).trainer(few))


def test_before_the_first_step(hidden, few):
    assert figures(about_layer(hidden, 0)) == [3136] and "random" in about_layer(hidden, 0)
    assert "**Run**" in about_layer(hidden, 0) and "**Run**" not in about_layer(hidden, 0, invite=False)
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
    assert figures(about_unit(hidden, 1))[-2:] == [0.3, 4] and "none" in about_unit(hidden, 1)
    assert figures(about_unit(hidden, 2))[-3:] == [0.1, 3, 4]


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
    expected = [now, start, 0.004, round(100 * 0.004 / start)]
    assert figures(about_spread(hidden)) == pytest.approx(expected, rel=0.01)


def test_the_strongest_weights_out_of_a_unit_and_into_a_class(layers):
    hidden, output = layers
    output.layer.W[:, 2] = np.linspace(-0.5, 0.4, 10)
    assert figures(about_outgoing(hidden, 2)) == [3, 0.4, 9, -0.5, 0]
    output.layer.W[:, 2] = -1
    assert figures(about_outgoing(hidden, 2)) == [3, -1, 0]
    output.layer.W[3] = [0.1, 0.7, -0.9, 0.0]
    assert figures(about_incoming(output, 3)) == [3, 0.7, 2, -0.9, 3]
    output.layer.W[...] = 0
    assert "zero" in about_outgoing(hidden, 2) and "zero" in about_incoming(output, 3)


def test_it_is_said_which_weights_are_on_pixels_and_kernels_are_not(layers, few):
    hidden, output = layers
    assert 784 in figures(about_pictures(hidden)) and "pixel" in about_pictures(hidden)
    assert figures(about_pictures(output)) == [4] and "no image" in about_pictures(output)
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


def updates(*rows):
    """Records of (weight, gradient, update) for each layer."""
    made = History()
    for epoch, record in enumerate(rows):
        for number, row in enumerate(record, 1):
            made.updates.append(epoch, number, *row)
    return made


def test_before_the_first_step_the_history_says_what_to_press():
    assert "**Run**" in about_gradients(History(), "relu")
    assert figures(about_updates(History())) == [0.0001, 0.01]
    assert not figures(about_updates(updates([(0.0, 1, 0.5)])))  # weights of zero cannot be compared with


def test_gradients_from_first_to_last():
    rows = [[(1, first, 1), (1, second, 1)] for first, second in ((0.5, 0.25), *[(0.05, 0.125)] * 9, (0.4, 0.5))]
    assert figures(about_gradients(updates(*rows), "relu")) == [10, 0.5, 0.05, 1, 0.25, 0.125, 2]
    assert figures(about_gradients(updates(*rows[:2]), "relu"))[0] == 2


def test_vanishing_gradients_are_named_and_the_slope_of_the_sigmoid():
    made = updates([(1, 0.001, 1), (1, 0.01, 1), (1, 0.1, 1)])
    assert figures(about_gradients(made, "sigmoid"))[:3] == [1, 100, 3]
    assert "¼" in about_gradients(made, "sigmoid") and "¼" not in about_gradients(made, "relu")
    dead = updates([(1, 0.0, 1), (1, 0.1, 1)])
    assert figures(about_gradients(dead, "relu")) == [0, 1, 0.1, 2]


@pytest.mark.parametrize(
    ("update", "word"), [(0.5, "Large"), (1.1e-2, "Large"), (1e-3, ""), (1.1e-4, ""), (9e-5, "Small"), (1e-6, "Small")]
)
def test_the_size_of_an_update_is_judged_by_that_of_the_weights(update, word):
    text = about_updates(updates([(0.5, 1, 9.0)], *[[(0.5, 1, 0.5 * update)]] * 9))
    assert figures(text) == [pytest.approx(update), 1e-3]
    assert ("Large" in text, "Small" in text) == (word == "Large", word == "Small")


def test_inactive_units_of_the_last_evaluation():
    made = History()
    for epoch, shares in enumerate([(0, 0), (0.25, 0.5)]):
        for number, share in enumerate(shares, 1):
            made.activity.append(epoch, number, share)
    assert figures(about_inactive(made, 250))[:6] == [1, 25, 1, 50, 2, 250]


def responses(sums, *, places=None, available=4):
    sums = np.array(sums, np.float32)
    return Responses(sums, np.maximum(sums, 0), places, np.arange(len(sums)), 0.0, available)


def test_how_often_a_sum_is_positive(deep):
    sums = [1, -1, 3, 0.5]
    assert figures(about_responses(deep[0], 2, responses(sums))) == [3, 75, 4]
    for layer, found, term in (
        (0, responses(sums), "before the activation"),
        (0, responses(sums, available=9), "first"),
        (2, responses(sums), "score"),
        (0, responses(sums, places=np.zeros((4, 2))), "patch"),
    ):
        assert term in about_responses(deep[layer], 2, found)


def test_the_classes_with_the_largest_and_the_smallest_mean_output(deep):
    names = ("7", "8", "9")
    assert figures(about_class_means(deep[0], 1, np.array([0.5, np.nan, -1.5]), names)) == [2, 7, 0.5, 9, -1.5]
    assert figures(about_class_means(deep[0], 1, np.full(3, 0.25), names)) == [2, 0.25]
    assert about_class_means(deep[0], 1, np.full(3, np.nan), names) == ""


def test_the_classes_whose_recall_falls_and_rises_most():
    before, after = np.array([0.9, 0.8, 0.7]), np.array([0.8, 0.8, 0.75])
    names = ("7", "8", "9")
    assert figures(about_recalls(before, after, names)) == [7, 90, 80, 9, 70, 75]
    assert figures(about_recalls(before, np.minimum(before, after), names)) == [7, 90, 80]
    assert figures(about_recalls(before, before, names)) == []


def test_a_projection_names_its_product(deep):
    assert "W3 W2 W1:" in about_projection(deep[2])
    assert "of W2 W1:" in about_projection(deep[1])
