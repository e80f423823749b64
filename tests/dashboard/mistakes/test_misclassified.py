import numpy as np
import pytest

from dashboard.mistakes.misclassified import ORDERS, find, report_rows
from nnlib.evaluation import Evaluation

LABELS = np.array([0, 1, 2, 2, 1, 0])
GUESSES = np.array([0, 2, 1, 1, 0, 2])  # only the first is right
CONFIDENCE = np.array([0.9, 0.5, 0.7, 0.4, 0.7, 0.6])
LOSSES = np.array([0.1, 1.5, 3.0, 2.0, 1.0, 2.5])


@pytest.fixture
def mistakes():
    probabilities = np.full((3, 6), 0.01)
    probabilities[GUESSES, np.arange(6)] = CONFIDENCE
    return find(Evaluation(1.0, 1 / 6, probabilities, LOSSES, GUESSES, LABELS), probabilities)


def test_what_is_right_is_no_mistake(mistakes):
    assert mistakes.positions.tolist() == [1, 2, 3, 4, 5] and len(mistakes) == 5
    assert mistakes.truth.tolist() == [1, 2, 2, 1, 0] and mistakes.guess.tolist() == [2, 1, 1, 0, 2]
    assert mistakes.confidence.tolist() == [0.5, 0.7, 0.4, 0.7, 0.6]
    assert mistakes.losses.tolist() == [1.5, 3.0, 2.0, 1.0, 2.5]


def test_orders_keep_together_what_belongs_together(mistakes):
    positions = {order: mistakes.in_order(order).positions.tolist() for order in ORDERS}
    ranked = {"most sure": [2, 4, 5, 1, 3], "least sure": [3, 1, 5, 2, 4]}  # 2 and 4 are equally sure: as in the split
    assert positions == ranked | {"highest loss": [2, 5, 3, 1, 4], "number": [1, 2, 3, 4, 5]}
    for order in ORDERS:
        sorted_ones = mistakes.in_order(order)
        assert (LABELS[sorted_ones.positions] == sorted_ones.truth).all()
        assert (LOSSES[sorted_ones.positions] == sorted_ones.losses).all()
        assert (CONFIDENCE[sorted_ones.positions] == sorted_ones.confidence).all()
        backwards = mistakes.take(slice(None, None, -1))
        assert sorted(backwards.in_order(order).positions) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("truth", "guess", "expected"),
    [(None, None, [1, 2, 3, 4, 5]), (2, None, [2, 3]), (None, 2, [1, 5]), (2, 1, [2, 3]), (0, 1, []), (0, None, [5])],
)
def test_between(mistakes, truth, guess, expected):
    assert mistakes.between(truth, guess).positions.tolist() == expected


def test_what_is_not_a_number_comes_last():
    probabilities = np.array([[np.nan, 0.2], [np.nan, 0.8]])
    evaluation = Evaluation(np.nan, 0.0, probabilities, np.array([np.nan, 1.6]), np.array([1, 1]), np.array([0, 0]))
    for order in ("most sure", "least sure", "highest loss"):
        assert find(evaluation, probabilities).in_order(order).positions.tolist() == [1, 0]


def test_the_report_has_a_row_a_class_and_one_for_each_mean():
    """Of 4 cats 3 are found, and of 2 dogs all; 3 are called dog."""
    rows = report_rows(np.array([[3, 1], [0, 2]]), ("cat", "dog"))
    assert [row["class"] for row in rows] == ["cat", "dog", "macro average", "weighted average"]
    assert [row["digits"] for row in rows] == [4, 2, 6, 6]
    assert [row["precision"] for row in rows] == pytest.approx([1, 2 / 3, 5 / 6, 8 / 9])
    assert [row["recall"] for row in rows] == pytest.approx([3 / 4, 1, 7 / 8, 5 / 6])
    assert [row["F1"] for row in rows] == pytest.approx([6 / 7, 4 / 5, 29 / 35, (4 * 6 / 7 + 2 * 4 / 5) / 6])
