"""The sentences about single units and about layers over time, against numbers put in by hand."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.components.layer_units import layers_of_units
from dashboard.notation import numbers
from dashboard.weights import commentary
from dashboard.weights.unit_responses import Responses
from nnlib.history import History
from nnlib.recipes import RECIPES


@pytest.fixture
def layers(few):
    return layers_of_units(replace(RECIPES["dense-128-64"], hidden=(4, 3)).trainer(few))


def updates(*rows):
    """Records of (weight, gradient, update) for each layer."""
    made = History()
    for epoch, record in enumerate(rows):
        for number, row in enumerate(record, 1):
            made.updates.append(epoch, number, *row)
    return made


def test_before_the_first_step_it_says_what_to_press():
    assert "Press **Run**" in commentary.about_gradients(History(), "relu")
    assert "0.0001 to 0.01" in commentary.about_updates(History())


def test_gradients_from_first_to_last():
    rows = [[(1, first, 1), (1, second, 1)] for first, second in ((0.5, 0.25), *[(0.05, 0.125)] * 9, (0.4, 0.5))]
    text = commentary.about_gradients(updates(*rows), "relu")
    assert "the last 10 recorded: 0.5 → 0.05 in layer 1, 0.25 → 0.125 in layer 2. They fall" in text
    text = commentary.about_gradients(updates(rows[1], rows[0]), "relu")
    assert "the last 2 recorded" in text and "They fall" not in text


def test_vanishing_gradients_are_named_and_the_slope_of_the_sigmoid():
    made = updates([(1, 0.001, 1), (1, 0.01, 1), (1, 0.1, 1)])
    assert "100 times smaller than one of layer 3" in commentary.about_gradients(made, "sigmoid")
    assert "¼" in commentary.about_gradients(made, "sigmoid") and "¼" not in commentary.about_gradients(made, "relu")
    dead = updates([(1, 0.0, 1), (1, 0.1, 1)])
    assert "0 → 0 in layer 1" in commentary.about_gradients(dead, "relu")


@pytest.mark.parametrize(
    ("update", "word"), [(1e-3, "neither stands still"), (0.5, "That is far"), (1e-6, "That is little")]
)
def test_the_size_of_an_update_is_judged_by_that_of_the_weights(update, word):
    text = commentary.about_updates(updates([(0.5, 1, 9.0)], *[[(0.5, 1, 0.5 * update)]] * 9))
    assert word in text and f"{update:.1e}".replace("e-0", "e-") in text


def test_weights_of_zero_cannot_be_compared_with():
    assert "nothing can be said" in commentary.about_updates(updates([(0.0, 1, 0.5)]))


def test_inactive_units_of_the_last_evaluation():
    made = History()
    for epoch, shares in enumerate([(0, 0), (0.25, 0.5)]):
        for number, share in enumerate(shares, 1):
            made.activity.append(epoch, number, share)
    text = commentary.about_inactive(made, 250)
    assert "25 % of layer 1, 50 % of layer 2" in text and "same 250 validation digits" in text


def responses(sums, *, places=None, available=4):
    sums = np.array(sums, np.float32)
    return Responses(sums, np.maximum(sums, 0), places, np.arange(len(sums)), 0.0, available)


def test_how_often_a_unit_is_above_zero(layers):
    text = commentary.about_answers(layers[0], 2, responses([1, -1, 3, 0.5]))
    assert "sum of unit 3 is above 0 for 75.0 % of 4 validation digits" in text and "before the activation" in text
    assert "of the first 4 validation" in commentary.about_answers(
        layers[0], 2, responses([1, -1, 3, 0.5], available=9)
    )
    assert "score" in commentary.about_answers(layers[2], 2, responses([1, -1, 3, 0.5]))
    placed = responses([1, -1, 3, 0.5], places=np.zeros((4, 2)))
    assert "the part that gave it" in commentary.about_answers(layers[0], 2, placed)


def test_which_classes_a_unit_answers_to(layers):
    text = commentary.about_class_means(layers[0], 1, np.array([0.5, np.nan, -1.5]), ("a", "b", "c"))
    assert text == "Unit 2 answers most to class a, +0.5 on average, and least to class c, −1.5."
    assert "tells none of them apart" in commentary.about_class_means(layers[0], 1, np.zeros(3), ("a", "b", "c"))
    assert commentary.about_class_means(layers[0], 1, np.full(3, np.nan), ("a", "b", "c")) == ""


def test_which_class_suffers_and_which_gains():
    before, after = np.array([0.9, 0.8, 0.7]), np.array([0.8, 0.8, 0.75])
    text = commentary.about_recalls(before, after, ("a", "b", "c"))
    assert (
        text
        == "Class a suffers most: 90.0 % → 80.0 % of its digits. Class c gains most: 70.0 % → 75.0 % of its digits."
    )
    assert commentary.about_recalls(before, before, ("a", "b", "c")) == "No class is read better or worse."


def test_a_projection_names_its_product(layers):
    assert "Its row of W3 W2 W1" in commentary.about_projection(layers[2])
    assert "not for what the unit does" in commentary.about_projection(layers[1])


@pytest.mark.parametrize(
    ("value", "text"), [(4.4, "+4.40"), (-2.6, "−2.60"), (0.0, "+0.00"), (123.4, "+123"), (-0.01234, "−0.0123")]
)
def test_numbers_lined_up(value, text):
    assert numbers.lined_up(value) == text
