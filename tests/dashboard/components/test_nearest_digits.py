"""Distances between digits, in words."""

import numpy as np

from dashboard.components.nearest_digits import about_distance, distance
from nnlib.analysis.nearest_neighbours import Neighbours
from tests.figures import figures


def test_distances_count_full_ink_as_one():
    assert figures(distance(Neighbours(np.array([4]), np.array([510.0])), 0)) == [2]
    assert figures(about_distance(np.array([0, 153 * 5, 204 * 5])))[-1] == 5
