"""The numbers in the sentences about a prediction, against logarithms worked out by hand."""

import numpy as np
import pytest

from dashboard.components.prediction_text import about_guess, about_looks
from tests.figures import figures

NAMES = ("cat", "dog", "cow")


@pytest.mark.parametrize(("looks", "term"), [(0, "not"), (1, "once"), (2, "twice"), (5, "5 times")])
def test_looks(looks, term):
    assert term in about_looks(looks)


def test_a_wrong_guess_costs_minus_the_logarithm_of_what_the_truth_got():
    said = about_guess(np.array([0.02, 0.9, 0.08]), 0, 1, -np.log(0.02), NAMES, True)
    assert figures(said) == [90, 2, 0.02, 3.912] and "dog\u00a0✗" in said and "cat\u00a0✓" in said


@pytest.mark.parametrize(("probability", "kept"), [(0.999, 0.999), (0.99987654, 0.99988), (0.25, 0.25)])
def test_a_probability_near_one_keeps_the_digits_of_its_logarithm(probability, kept):
    said = about_guess(np.array([probability, 1 - probability, 0]), 0, 0, -np.log(probability), NAMES, True)
    assert figures(said)[-2:] == [kept, pytest.approx(-np.log(probability), rel=5e-3)]
    assert "cat" in said and "✓" in said and "✗" not in said


def test_a_truth_of_probability_zero_has_no_logarithm():
    assert figures(about_guess(np.array([0.0, 1.0, 0.0]), 0, 1, 87.3, NAMES, True)) == [100, 0, 87.3]


def test_scores_are_not_percentages():
    said = about_guess(np.array([0.2, 1.4, -0.3]), 0, 1, 0.8, NAMES, False)
    assert figures(said) == [1.4, 0.2, 0.8] and "%" not in said and "ln" not in said


@pytest.mark.parametrize(("values", "loss"), [([np.nan, 1, 1], 1.0), ([0.5, 0.5, 0], np.inf)])
def test_what_is_not_finite_is_not_told_as_a_number(values, loss):
    assert figures(about_guess(np.array(values), 0, 1, loss, NAMES, True)) == []
