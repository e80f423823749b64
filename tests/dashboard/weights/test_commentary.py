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

RECIPE = replace(RECIPES["first-steps"], hidden=(4,))


@pytest.fixture
def layers(few):
    return layers_of_units(RECIPE.trainer(few))


@pytest.fixture
def hidden(layers):
    return layers[0]


def test_before_the_first_step_it_says_what_to_press(hidden, few):
    assert "3,136 weights" in about_layer(hidden, 0) and "noise. Press **Run**" in about_layer(hidden, 0)
    zeros = layers_of_units(replace(RECIPE, initializer="zero").trainer(few))[0]
    assert "all of them zero" in about_layer(zeros, 0)
    assert "not one of these 3,136 weights has moved in 9 steps" in about_layer(zeros, 9).lower()
    assert "as at the start" in about_unit(hidden, 0)
    assert "both lines are one" in about_spread(hidden)


def test_units_that_stayed_behind_are_counted(hidden):
    hidden.layer.W[:3] += 0.1
    assert "1 of 4 units has moved less than a quarter" in about_layer(hidden, 1)
    hidden.layer.W[2] -= 0.1
    hidden.layer.W[:2] += 0.1
    assert "2 of 4 units have moved" in about_layer(hidden, 1)


def test_who_has_moved_furthest_is_named(hidden):
    hidden.layer.W += np.array([[0.2], [0.3], [0.1], [0.2]], np.float32)
    assert "is unit 2: its weights have moved by 0.3" in about_layer(hidden, 1)
    assert "Nearest is unit 3: 0.1." in about_layer(hidden, 1)
    assert about_unit(hidden, 1).endswith("moved by 0.3 on average; none of the other 3 moved further.")
    assert about_unit(hidden, 2).endswith("3 of the other 3 moved further.")


def test_a_units_bias_has_its_sign(hidden):
    hidden.layer.b[1] = -0.25
    assert "**Bias −0.25**" in about_unit(hidden, 1) and "**Bias 0**" in about_unit(hidden, 0)


def test_the_spread_is_told_in_numbers(hidden):
    hidden.layer.W[...] = hidden.start + 0.004
    share = 100 * 0.004 / np.abs(hidden.start).mean()
    assert "has moved by 0.004" in about_spread(hidden) and f"{share:.0f} % of its size at the start" in about_spread(
        hidden
    )


def test_a_unit_speaks_loudest_for_and_against(layers):
    hidden, output = layers
    output.layer.W[:, 2] = np.linspace(-0.5, 0.4, 10)
    assert about_outgoing(hidden, 2) == (
        "When unit 3 is active, it speaks loudest for class 9 (+0.4) and against class 0 (−0.5)."
    )
    output.layer.W[:, 2] = -1
    assert "loudest against class 0 (−1)." in about_outgoing(hidden, 2)
    output.layer.W[:, 2] = 0
    assert "nothing listens to it" in about_outgoing(hidden, 2)


def test_a_class_listens_loudest_to(layers):
    output = layers[1]
    output.layer.W[3] = [0.1, 0.7, -0.9, 0.0]
    assert about_incoming(output, 3) == (
        "Of the units that class 3 listens to, loudest for it: unit 2 (+0.7), against it: unit 3 (−0.9)."
    )
    output.layer.W[3] = 0
    assert "listens to nothing" in about_incoming(output, 3)


def test_it_is_said_which_weights_are_on_pixels(layers):
    hidden, output = layers
    assert "784 weights, each where its pixel is" in about_pictures(hidden)
    assert "not on pixels" in about_pictures(output) and "4 units" in about_pictures(output)


def test_why_dark_pixels_learn_nothing(hidden):
    dark = np.array([0, 5])
    assert about_dark_pixels(hidden, dark[:0], 300, 0.0) == ""
    assert "2 of the 784 pixels are 0 in every one of the 300" in about_dark_pixels(hidden, dark, 300, 0.0)
    assert about_dark_pixels(hidden, dark, 300, 0.0).endswith("will never learn anything, however long it trains.")
    hidden.layer.W[:, 7] += 1
    assert "have not moved at all" in about_dark_pixels(hidden, dark, 300, 0.0)
    hidden.layer.W[:, 5] *= 0.9
    assert about_dark_pixels(hidden, dark, 300, 0.01).endswith("only L2 has moved them.")
    assert about_dark_pixels(hidden, dark, 300, 0.0) == ""
