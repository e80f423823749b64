"""One number a class, as bars."""

import numpy as np

from dashboard.theme import LIGHT
from dashboard.weights.class_bars import class_numbers


def test_each_class_has_its_bar_coloured_by_its_sign():
    figure = class_numbers(("a", "b", "c"), np.array([0.5, -2.0, 0.0]), LIGHT, y="mean output", hover=["x", "y", "z"])
    [bars] = figure.data
    assert (
        list(bars.x) == ["a", "b", "c"]
        and list(bars.y) == [0.5, -2.0, 0.0]
        and list(bars.customdata) == ["x", "y", "z"]
    )
    assert list(bars.marker.color) == [LIGHT.positive, LIGHT.negative, LIGHT.positive]
    assert figure.layout.xaxis.title.text == "class" and figure.layout.yaxis.title.text == "mean output"
    assert figure.layout.yaxis.range is None


def test_nothing_but_zeros_has_an_axis_all_the_same():
    figure = class_numbers(("a", "b"), np.array([0.0, np.nan]), LIGHT, y="change", hover=["", ""])
    assert list(figure.layout.yaxis.range) == [-1, 1]
