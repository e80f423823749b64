import numpy as np

from dashboard.components.heatmaps import outline


def test_an_outline_has_all_sides_of_what_is_inside_but_no_line_between_neighbours():
    def sides(inside):
        return sorted(outline(np.array(inside, bool)).split("M")[1:])

    assert sides([[0, 0, 0], [0, 0, 1]]) == sorted(["2 1v1", "3 1v1", "2 1h1", "2 2h1"])
    assert sides([[1, 1]]) == sorted(["0 0v1", "2 0v1", "0 0h1", "1 0h1", "0 1h1", "1 1h1"])
    assert outline(np.zeros((3, 3), bool)) == ""
