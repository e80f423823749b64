import numpy as np
import pytest

from dashboard.data.class_balance_chart import class_balance, split_sizes
from dashboard.theme import DARK, LIGHT

COUNTS = {"training": np.array([30, 70]), "validation": np.array([5, 5]), "test": np.array([1, 3])}


def test_bars_of_the_classes_start_at_zero():
    figure = class_balance(COUNTS, ("cat", "dog"), LIGHT)
    assert [bar.name for bar in figure.data] == list(COUNTS)
    assert [list(bar.y) for bar in figure.data] == [[30, 70], [5, 5], [1, 3]]
    assert figure.layout.yaxis.rangemode == "tozero" and figure.layout.yaxis.title.text == "digits"
    assert list(figure.data[0].x) == ["cat", "dog"] and figure.layout.xaxis.type == "category"


def test_shares_of_a_split_add_up_to_a_hundred():
    figure = class_balance(COUNTS, ("cat", "dog"), LIGHT, per_cent=True)
    assert [list(bar.y) for bar in figure.data] == [[30, 70], [50, 50], [25, 75]]
    assert [bar.customdata[1].tolist() for bar in figure.data] == [[70, 70], [5, 50], [3, 75]]  # hovering gives both
    assert figure.layout.shapes[0].y0 == 50 and "%" in figure.layout.yaxis.title.text


def test_the_splits_are_drawn_to_one_scale_used_and_unused():
    figure = split_sizes({"training": (800, 55_000), "validation": (200, 5_000), "test": (10_000, 10_000)}, DARK)
    used, unused = figure.data
    assert list(used.x) == [800, 200, 10_000] and list(unused.x) == [54_200, 4_800, 0]
    assert list(used.y) == list(unused.y) == ["training", "validation", "test"]
    assert list(unused.text) == ["800", "200", "10,000"] and used.text is None
    low, high = figure.layout.xaxis.range
    assert figure.layout.barmode == "stack" and low == 0 < 55_000 < high
    assert tuple(used.marker.color) == (DARK.train, DARK.validation, DARK.muted)


def test_many_classes_have_a_line_each_with_its_name():
    names, counts = tuple("abcdefghijklmnopqrstuvwxyz"), {"training": np.arange(26), "test": np.ones(26, int)}
    figure = class_balance(counts, names, LIGHT, per_cent=True)
    training, test = figure.data
    assert tuple(training.y) == names and training.orientation == "h" and sum(training.x) == pytest.approx(100)
    assert list(test.x) == [100 / 26] * 26 and figure.layout.shapes[0].x0 == 100 / 26
    assert figure.layout.yaxis.dtick == 1 and figure.layout.yaxis.autorange == "reversed"
    assert figure.layout.height > 26 * 12 and "%" in figure.layout.xaxis.title.text
