"""One number a class, as bars."""

import numpy as np

from dashboard.theme import LIGHT
from dashboard.weights.class_bars import class_numbers


def test_each_class_has_its_bar_coloured_by_its_sign():
    figure = class_numbers(("a", "b", "c"), np.array([0.5, -2.0, 0.0]), LIGHT, y="mean output", hover=["x", "y", "z"])
    [bars] = figure.data
    assert list(zip(bars.x, bars.y, bars.customdata, strict=True)) == [("a", 0.5, "x"), ("b", -2, "y"), ("c", 0, "z")]
    assert list(bars.marker.color) == [LIGHT.positive, LIGHT.negative, LIGHT.positive]
    assert figure.layout.xaxis.title.text == "class" and figure.layout.yaxis.title.text == "mean output"
    assert figure.layout.yaxis.range is None
    zeros = class_numbers(("a", "b"), np.array([0.0, np.nan]), LIGHT, y="change", hover=["", ""])
    assert list(zeros.layout.yaxis.range) == [-1, 1]  # an axis all the same
