import numpy as np

from dashboard.components.heatmaps import outline


def test_the_outline_of_one_pixel_has_four_sides():
    path = outline(np.array([[0, 0, 0], [0, 0, 1]], bool))
    assert sorted(path.split("M")[1:]) == sorted(["2 1v1", "3 1v1", "2 1h1", "2 2h1"])


def test_there_is_no_line_between_neighbours():
    path = outline(np.array([[1, 1]], bool))
    assert sorted(path.split("M")[1:]) == sorted(["0 0v1", "2 0v1", "0 0h1", "1 0h1", "0 1h1", "1 1h1"])


def test_nothing_has_no_outline():
    assert outline(np.zeros((3, 3), bool)) == ""
