"""Nearest neighbours against a loop over all pairs, and on classes known to be separated or mixed."""

import numpy as np
import pytest

from nnlib.analysis.neighbour_accuracy import ROWS, nearest, neighbour_accuracy


def by_loop(A):
    found = []
    for i in range(A.shape[1]):
        distances = [np.inf if i == j else np.linalg.norm(A[:, i] - A[:, j]) for j in range(A.shape[1])]
        found.append(int(np.argmin(distances)))
    return found


@pytest.mark.parametrize(("units", "m"), [(1, 7), (3, 40), (90, ROWS + 30)], ids=str)
def test_neighbours_are_those_of_a_loop(units, m):
    A = np.random.default_rng(m).normal(size=(units, m))
    assert nearest(A).tolist() == by_loop(A)


def test_by_hand():
    A = np.array([[0.0, 1.0, 5.0, 5.5, 20.0]])
    assert nearest(A).tolist() == [1, 0, 3, 2, 3]
    assert neighbour_accuracy(A, np.array([7, 7, 1, 7, 7])) == pytest.approx(3 / 5)


def test_apart_is_1_and_mixed_up_is_chance():
    generator = np.random.default_rng(0)
    labels = np.arange(2000) % 10
    mixed = generator.normal(size=(4, 2000)).astype(np.float32)
    assert 0.07 < neighbour_accuracy(mixed, labels) < 0.13
    assert neighbour_accuracy(mixed + 100 * labels, labels) == 1.0


def test_a_pair_of_equals_are_neighbours_of_each_other_not_of_themselves():
    assert nearest(np.array([[3.0, 9.0, 3.0], [1.0, 1.0, 1.0]])).tolist() == [2, 0, 0]
