"""The sentences about single units and about layers over time, against numbers put in by hand."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.components.layer_units import layers_of_units
from dashboard.weights import commentary
from dashboard.weights.unit_responses import Responses
from nnlib.history import History
from nnlib.recipes import RECIPES
from tests.figures import figures


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
    assert "**Run**" in commentary.about_gradients(History(), "relu")
    assert figures(commentary.about_updates(History())) == [0.0001, 0.01]


def test_gradients_from_first_to_last():
    rows = [[(1, first, 1), (1, second, 1)] for first, second in ((0.5, 0.25), *[(0.05, 0.125)] * 9, (0.4, 0.5))]
    assert figures(commentary.about_gradients(updates(*rows), "relu")) == [10, 0.5, 0.05, 1, 0.25, 0.125, 2]
    assert figures(commentary.about_gradients(updates(*rows[:2]), "relu"))[0] == 2


def test_vanishing_gradients_are_named_and_the_slope_of_the_sigmoid():
    made = updates([(1, 0.001, 1), (1, 0.01, 1), (1, 0.1, 1)])
    assert figures(commentary.about_gradients(made, "sigmoid"))[:3] == [1, 100, 3]
    assert "¼" in commentary.about_gradients(made, "sigmoid") and "¼" not in commentary.about_gradients(made, "relu")
    dead = updates([(1, 0.0, 1), (1, 0.1, 1)])
    assert figures(commentary.about_gradients(dead, "relu")) == [1, 0, 0, 1, 0.1, 0.1, 2]


@pytest.mark.parametrize(
    ("update", "word"), [(0.5, "Large"), (1.1e-2, "Large"), (1e-3, ""), (1.1e-4, ""), (9e-5, "Small"), (1e-6, "Small")]
)
def test_the_size_of_an_update_is_judged_by_that_of_the_weights(update, word):
    text = commentary.about_updates(updates([(0.5, 1, 9.0)], *[[(0.5, 1, 0.5 * update)]] * 9))
    assert figures(text) == [pytest.approx(update), 1e-3]
    assert ("Large" in text, "Small" in text) == (word == "Large", word == "Small")


def test_weights_of_zero_cannot_be_compared_with():
    assert not figures(commentary.about_updates(updates([(0.0, 1, 0.5)])))


def test_inactive_units_of_the_last_evaluation():
    made = History()
    for epoch, shares in enumerate([(0, 0), (0.25, 0.5)]):
        for number, share in enumerate(shares, 1):
            made.activity.append(epoch, number, share)
    assert figures(commentary.about_inactive(made, 250))[:5] == [25, 1, 50, 2, 250]


def responses(sums, *, places=None, available=4):
    sums = np.array(sums, np.float32)
    return Responses(sums, np.maximum(sums, 0), places, np.arange(len(sums)), 0.0, available)


def test_how_often_a_sum_is_positive(layers):
    sums = [1, -1, 3, 0.5]
    assert figures(commentary.about_responses(layers[0], 2, responses(sums))) == [3, 75, 4]
    for layer, found, term in (
        (0, responses(sums), "before the activation"),
        (0, responses(sums, available=9), "first"),
        (2, responses(sums), "score"),
        (0, responses(sums, places=np.zeros((4, 2))), "patch"),
    ):
        assert term in commentary.about_responses(layers[layer], 2, found)


def test_the_classes_with_the_largest_and_the_smallest_mean_output(layers):
    names = ("7", "8", "9")
    assert figures(commentary.about_class_means(layers[0], 1, np.array([0.5, np.nan, -1.5]), names)) == [
        *(2, 7, 0.5),
        *(9, -1.5),
    ]
    assert figures(commentary.about_class_means(layers[0], 1, np.full(3, 0.25), names)) == [2, 0.25]
    assert commentary.about_class_means(layers[0], 1, np.full(3, np.nan), names) == ""


def test_the_classes_whose_recall_falls_and_rises_most():
    before, after = np.array([0.9, 0.8, 0.7]), np.array([0.8, 0.8, 0.75])
    names = ("7", "8", "9")
    assert figures(commentary.about_recalls(before, after, names)) == [7, 90, 80, 9, 70, 75]
    assert figures(commentary.about_recalls(before, np.minimum(before, after), names)) == [7, 90, 80]
    assert figures(commentary.about_recalls(before, before, names)) == []


def test_a_projection_names_its_product(layers):
    assert "W3 W2 W1:" in commentary.about_projection(layers[2])
    assert "of W2 W1:" in commentary.about_projection(layers[1])
