"""Sentences with numbers, and the choices that hang on numbers."""

import numpy as np
import pytest

from dashboard.mistakes import commentary
from nnlib.analysis.attribution import Attribution
from nnlib.analysis.calibration import calibration
from nnlib.analysis.nearest_neighbours import Neighbours
from nnlib.analysis.roc import thresholds

NAMES = ("cat", "dog", "cow")


def attribution(score, parts, biases, at_zero=0.0, x=1.0):
    parts = np.array(parts, float)
    return Attribution(score, np.full(len(parts), x), parts / x, biases, at_zero)


class TestOneDigit:
    @pytest.mark.parametrize(("chosen", "truth", "other"), [(0, 2, 2), (2, 2, 0), (0, 0, 1), (1, 1, 0)])
    def test_the_rival_is_the_truth_or_else_the_next_best(self, chosen, truth, other):
        assert commentary.rival(np.array([0.7, 0.2, 0.1]), chosen, truth) == other

    def test_roles(self):
        assert commentary.role(1, truth=1, guess=1, class_names=NAMES) == "dog, truth and guess ✓"
        assert commentary.role(1, truth=1, guess=0, class_names=NAMES) == "dog, the truth ✓"
        assert commentary.role(0, truth=1, guess=0, class_names=NAMES) == "cat, the guess ✗"
        assert commentary.role(2, truth=1, guess=0, class_names=NAMES) == "cow"

    def test_sums_are_a_table_with_signs(self):
        lines = commentary.sums(
            [("cat", attribution(3, [5, -1.5], -0.5)), ("dog", attribution(-1, [-1, -0.001], 0.001))]
        )
        assert lines.splitlines() == [
            "| | pixels | biases | score |",
            "|---|---:|---:|---:|",
            "| cat | +3.50 | −0.50 | **+3.00** |",
            "| dog | −1.00 | +0.00 | **−1.00** |",
        ]

    def test_what_is_left_has_a_column_of_its_own_and_small_numbers_their_digits(self):
        lines = commentary.sums([("cat", attribution(0.05, [0.01], 0.02))])
        assert lines.splitlines()[0] == "| | pixels | biases | left over | score |"
        assert lines.splitlines()[2] == "| cat | +0.0100 | +0.0200 | +0.0200 | **+0.0500** |"

    def test_how_exact_an_attribution_is(self):
        linear = commentary.about_attribution(attribution(3, [2], 1), layers=1)
        bent = commentary.about_attribution(attribution(3, [2], 1, at_zero=-0.25), layers=2)
        curved = commentary.about_attribution(attribution(3, [2], 0.5), layers=2)
        assert "weight × pixel" in linear
        assert "with all inputs at 0 the score would be −0.25, not 1.00" in bent and "exactly" in bent
        assert "0.50 is left" in curved and "exactly" not in curved

    def test_paper_that_is_not_zero_is_mentioned(self):
        assert "Empty paper enters as −0.40" in commentary.about_attribution(attribution(1, [1], 0, x=-0.4), layers=2)
        assert "paper" not in commentary.about_attribution(attribution(1, [1], 0), layers=2)

    @pytest.mark.parametrize(
        ("labels", "guess", "words"),
        [
            ([1, 0, 0], 1, "read it right too ✓"),
            ([1, 0, 0], 0, "comparing pixels alone would have read it right ✓"),
            ([0, 0, 0], 0, "what the network guessed: by its pixels this digit does look like one."),
            ([0, 1, 1], 0, "what the network guessed: by its pixels this digit does look like one, though 2 of the 3"),
            ([2, 1, 0], 0, "neither the truth nor the guess"),
        ],
    )
    def test_neighbours(self, labels, guess, words):
        sentence = commentary.about_neighbours(np.array(labels, np.uint8), 1, guess, NAMES)
        assert words in sentence and f"most like it is a {NAMES[labels[0]]}" in sentence

    def test_distances_count_full_ink_as_one(self):
        assert commentary.distance(Neighbours(np.array([4]), np.array([510.0])), 0) == "distance 2.00"
        assert "would be 5.00 away" in commentary.about_distance(np.array([0, 153 * 5, 204 * 5]))


class TestTheReport:
    def test_worst_is_the_lowest_f1_and_the_larger_reason_comes_first(self):
        confusion = np.array([[9, 1, 0], [0, 4, 6], [0, 1, 9]])
        sentence = commentary.about_worst(confusion, NAMES)  # F1 of dog: 2 * 4 / (10 + 6)
        assert (
            "Worst is **dog**, with an F1 of 50.0 %: 6 of its 10 digits are missed, most often as cow (6)" in sentence
        )
        assert sentence.index("missed") < sentence.index("called so, most often cat (1)")

    def test_what_is_never_taken_for_it_is_no_reason(self):
        assert "called so" not in commentary.about_worst(np.array([[5, 5], [0, 10]]), NAMES[:2])

    def test_nothing_is_worst_where_all_is_right(self):
        assert commentary.about_worst(np.diag([3, 4]), NAMES[:2]) == ""


class TestCertainty:
    def test_answers(self):
        sentence = commentary.about_answers(answered=80, right=76, n=100, all_right=85)
        assert "**80 of 100** (80.0 %)" in sentence and "**95.0 %** are right: 4 wrong instead of 15" in sentence
        assert "Of the 20 that it refuses, it would have read 9 right" in sentence

    def test_no_answers_and_all_answers(self):
        assert "**none** of 7" in commentary.about_answers(0, 0, 7, 5)
        assert "refuses nothing" in commentary.about_answers(7, 5, 7, 5)

    def test_captions(self):
        assert commentary.caption(0, 0, 0.25, NAMES) == "✓ cat\n25.0 %"
        assert commentary.caption(0, 1, 0.25, NAMES, False) == "✗ cat → ✓ dog\nscore 0.25"

    @pytest.mark.parametrize(
        ("sure", "right", "words"),
        [(0.9, 8, "**overconfident** by 10.0 points"), (0.7, 8, "**underconfident** by 10.0"), (0.8, 8, "as sure as")],
    )
    def test_calibration(self, sure, right, words):
        sentence = commentary.about_calibration(calibration(np.full(10, sure), np.arange(10) < right), 10)
        assert words in sentence and f"**{100 * abs(sure - 0.8):.1f} points** apart" in sentence


class TestThresholds:
    def test_at_a_threshold(self):
        found = thresholds([0, 0, 1, 1, 1], [0.1, 0.6, 0.4, 0.7, 0.9])
        sentence = commentary.about_threshold(found, 0.5, NAMES[:2])
        assert "At 0.5 it finds **2 of 3** that are dog" in sentence and "66.7 %" in sentence
        assert "**1 of 2** that are cat for dog (false positive rate: 50.0 %)" in sentence
        assert "nothing is called dog" in commentary.about_threshold(found, 1.0, NAMES[:2])

    def test_areas_are_never_rounded_to_perfection(self):
        """One pair in 100 million is in the wrong order."""
        perfect = thresholds([0, 1], [0.1, 0.2])
        assert "ROC curve: **1**" in commentary.about_areas(perfect, NAMES[:2])
        scores = np.concatenate([np.linspace(0, 0.4, 9_999), [0.6], [0.55], np.linspace(0.7, 1, 9_999)])
        nearly = thresholds(np.repeat([0, 1], 10_000), scores)
        assert "**0.9999**" in commentary.about_areas(nearly, NAMES[:2])

    def test_with_one_class_only_there_is_no_area(self):
        assert "none, with one class only" in commentary.about_areas(thresholds([1, 1], [0.1, 0.2]), NAMES[:2])
