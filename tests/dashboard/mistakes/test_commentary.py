"""The numbers and names in the sentences of the Mistakes page, worked out by hand."""

import re

import numpy as np
import pytest

from dashboard.mistakes import commentary
from dashboard.mistakes.misclassified import Mistakes
from nnlib.analysis.calibration import calibration
from nnlib.analysis.roc import thresholds
from tests.figures import figures

NAMES = ("cat", "dog", "cow")
CONFUSION = np.array([[8, 2, 0], [1, 9, 0], [1, 0, 9]])


def names(text):
    return re.findall("|".join(NAMES), text)


class TestOneDigit:
    @pytest.mark.parametrize(("chosen", "truth", "other"), [(0, 2, 2), (2, 2, 0), (0, 0, 1), (1, 1, 0)])
    def test_the_rival_is_the_truth_or_else_the_next_best(self, chosen, truth, other):
        assert commentary.rival(np.array([0.7, 0.2, 0.1]), chosen, truth) == other

    @pytest.mark.parametrize(("guess", "marks"), [(1, ["", "✓", ""]), (0, ["✗", "✓", ""])])
    def test_roles_have_the_marks_of_truth_and_guess(self, guess, marks):
        roles = [commentary.role(k, 1, guess, NAMES) for k in range(3)]
        assert [names(role) for role in roles] == [[name] for name in NAMES]
        assert ["".join(sign for sign in "✓✗" if sign in role) for role in roles] == marks

    @pytest.mark.parametrize(
        ("labels", "guess", "says"),
        [
            *(([1, 0, 0], 1, ["right"]), ([1, 0, 0], 0, ["truth", "right"]), ([0, 0, 0], 0, ["guess", "wrong"])),
            *(([0, 1, 1], 0, ["guess", "wrong", "2", "true"]), ([2, 1, 0], 0, ["neither", "truth", "guess"])),
        ],
    )
    def test_neighbours(self, labels, guess, says):
        sentence = commentary.about_neighbours(np.array(labels, np.uint8), 1, guess, NAMES)
        first, *rest = re.findall(r"\b(?:cat|dog|cow|truth|true|guess|right|wrong|neither|2)\b", sentence)
        assert [first, *rest] == [NAMES[labels[0]], *says]

    def test_captions(self):
        def captions(confidence, loss, probabilities=True):
            mistakes = Mistakes(*(np.array([value]) for value in (4, 0, 2, confidence, loss)))
            return commentary.misclassified_caption(mistakes, 0, NAMES, probabilities).split("\n")

        assert commentary.caption(0, 0, 0.25, NAMES) == "✓\u00a0cat\n25.0 %"
        assert commentary.caption(0, 1, 0.25, NAMES, False) == "✗\u00a0cat → ✓\u00a0dog\nscore 0.25"
        assert captions(0.975, 3.5) == ["✗\u00a0cow → ✓\u00a0cat", "97.5 %", "loss 3.5"]
        assert captions(0.975, 3.5, False)[1] == "score 0.975"
        assert [figures(line) for line in captions(np.nan, np.nan)] == [[], [], []]


class TestTheConfusionMatrix:
    def test_accuracy(self):
        assert figures(commentary.about_accuracy(CONFUSION, "test", False)) == [4, 30, 13.3]
        untrained = commentary.about_accuracy(CONFUSION, "validation", True, "!!!")
        assert figures(untrained) == [4, 30, 13.3, 36.7] and "!!!" in untrained  # 11 of 30 are read as dog
        assert figures(commentary.about_accuracy(np.diag([2, 3]), "test", True)) == [5]

    def test_the_most_frequent_confusions_come_first(self):
        sentence = commentary.about_confusion(CONFUSION, NAMES)
        assert names(sentence) == ["cat", "dog", "dog", "cat", "cow", "cat", "cat", "dog", "cow"]
        assert figures(sentence) == [20, 10] and sentence.count("once") == 2 and sentence.count("twice") == 1
        # Without confusions, or with one class, there is no hardest.
        assert names(commentary.about_confusion(np.diag([1, 2]), NAMES[:2])) == []
        assert names(commentary.about_confusion(np.array([[3, 1], [0, 0]]), NAMES[:2])) == ["cat", "dog"]

    def test_what_ties_is_named_as_a_whole_or_not_at_all(self):
        stuck = np.zeros((10, 10), int)
        stuck[:, 3] = 50
        ten = tuple(map(str, range(10)))
        assert figures(commentary.about_confusion(stuck, ten)) == [3] and commentary.about_worst(stuck, ten) == ""
        assert figures(commentary.about_report(stuck, ten)) == [3, 90, 0, 0, 0]
        even = np.full((4, 4), 2) + np.diag([6, 6, 6, 6])  # 12 confusions of 2 digits each
        assert figures(commentary.about_confusion(even, ten[:4])) == [12] and "twice" in commentary.about_confusion(
            even, ten
        )
        assert commentary.about_worst(even, ten[:4]) == commentary.about_report(even, ten[:4]) == ""
        even[0, 1] = 3  # one stands out; its row is the hardest, and three others are the easiest
        sentence = commentary.about_confusion(even, ("cat", "dog", "cow", "cat"))
        assert names(sentence) == ["cat", "dog", "cat", "dog", "cow", "cat"]


class TestTheReport:
    def test_worst_is_the_lowest_f1_and_the_larger_reason_comes_first(self):
        sentence = commentary.about_worst(np.array([[9, 1, 0], [0, 4, 6], [0, 1, 9]]), NAMES)
        assert names(sentence) == ["dog", "cow"]  # F1 of dog: 2 * 4 / (10 + 6); a cat and a cow are misread as it
        assert [each for each in figures(sentence) if each != 1] == [50, 6, 10, 6, 2]
        assert names(commentary.about_worst(np.array([[5, 5], [0, 10]]), NAMES[:2])) == ["cat", "dog"]  # one reason
        assert commentary.about_worst(np.diag([3, 4]), NAMES[:2]) == ""

    def test_lowest_precision_and_recall(self):
        sentence = commentary.about_report(CONFUSION, NAMES)
        assert names(sentence) == ["cat", "cat"] and figures(sentence) == [20, 20]  # 2 of 10 wrong, 2 of 10 missed
        never = commentary.about_report(np.array([[5, 0], [5, 0]]), NAMES[:2])
        assert names(never) == ["cat"] and figures(never)[0] == 50
        assert names(commentary.about_report(np.diag([1, 2]), NAMES[:2])) == []


class TestCalibration:
    def test_answers(self):
        expected = [80, 100, 80, 95, 4, 15, 20, 9]  # 80 of 100: 76 right, 4 wrong; of 20, 85 - 76 would be right
        assert figures(commentary.about_answers(answered=80, right=76, n=100, all_right=85)) == expected
        assert figures(commentary.about_answers(0, 0, 7, 5)) == [7]
        assert figures(commentary.about_answers(7, 5, 7, 5)) == [7, 7, 100, 71.4, 2, 2]

    @pytest.mark.parametrize(("sure", "kind"), [(0.9, "overconfident"), (0.7, "underconfident"), (0.805, "equal")])
    def test_calibration(self, sure, kind):
        sentence = commentary.about_calibration(calibration(np.full(10, sure), np.arange(10) < 8), 10)
        assert kind in sentence
        assert figures(sentence)[:2] == [100 * sure, 80]
        assert figures(sentence)[-1] == pytest.approx(100 * abs(sure - 0.8))


class TestThresholds:
    def test_at_a_threshold(self):
        found = thresholds([0, 0, 1, 1, 1], [0.1, 0.6, 0.4, 0.7, 0.9])
        # recall 2 of 3, false positives 1 of 2, precision 2 of 3
        assert figures(commentary.about_threshold(found, 0.5, NAMES[:2])) == [0.5, 2, 3, 66.7, 1, 2, 50, 66.7]
        assert figures(commentary.about_threshold(found, 1.0, NAMES[:2])) == [1, 0, 3, 0, 0, 2, 0]

    def test_areas_are_never_rounded_to_perfection(self):
        """One pair in 100 million is in the wrong order."""
        perfect = commentary.about_areas(thresholds([0, 1], [0.1, 0.2]), NAMES[:2])
        assert figures(perfect) == [1, 0.5, 1, 0.5]
        scores = np.concatenate([np.linspace(0, 0.4, 9_999), [0.6], [0.55], np.linspace(0.7, 1, 9_999)])
        nearly = thresholds(np.repeat([0, 1], 10_000), scores)
        assert figures(commentary.about_areas(nearly, NAMES[:2]))[0] == 0.9999
        assert figures(commentary.about_areas(thresholds([1, 1], [0.1, 0.2]), NAMES[:2])) == []  # one class, no area
