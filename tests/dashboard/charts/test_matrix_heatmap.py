"""The window on a matrix: its numbers, their positions, and their colours."""

import numpy as np
import pytest

from dashboard.charts.matrix_heatmap import WINDOW, about_values, busiest, power_of_ten, value_window
from dashboard.theme import LIGHT, signed_colorscale
from tests.figures import figures


@pytest.fixture
def matrix():
    """40 x 30, small numbers, with large ones from row 20 and column 12 on."""
    values = np.random.default_rng(3).normal(0, 1e-4, (40, 30)).astype(np.float32)
    values[20:30, 12:22] += 0.005
    return values


def test_window_is_the_part_with_the_largest_numbers(matrix):
    assert busiest(matrix) == (20, 12)
    figure = value_window(matrix, LIGHT)
    trace = figure.data[0]
    np.testing.assert_array_equal(trace.customdata, matrix[20:30, 12:22])
    np.testing.assert_allclose(np.array(trace.z) * 1e-3, matrix[20:30, 12:22], rtol=1e-6)
    assert list(trace.y) == list(range(21, 31)) and list(trace.x) == list(range(13, 23))  # counted from 1
    assert figure.layout.yaxis.autorange == "reversed"
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("column, of 30", "row, of 40")


def test_colours_are_symmetric_about_zero_and_those_of_the_theme(matrix):
    trace = value_window(matrix, LIGHT).data[0]
    assert trace.zmin == -trace.zmax < 0
    assert trace.zmax * 1e-3 == pytest.approx(np.percentile(np.abs(matrix), 99.5), rel=1e-4)
    assert [list(stop) for stop in trace.colorscale] == signed_colorscale(LIGHT)
    assert "10<sup>-3</sup>" in trace.colorbar.title.text


def test_small_matrices_are_shown_whole_and_more_dimensions_with_the_last_as_columns():
    for shape in ((1, 1), (3, 1), (1, 50), (50, 4)):
        values = np.arange(1, np.prod(shape) + 1, dtype=np.float32).reshape(shape)
        assert np.shape(value_window(values, LIGHT).data[0].z) == tuple(min(n, WINDOW) for n in shape)
    values = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)
    np.testing.assert_array_equal(value_window(values, LIGHT).data[0].customdata, values.reshape(6, 4))


@pytest.mark.parametrize("fill", [0.0, np.nan, np.inf])
def test_values_that_are_all_the_same_or_not_numbers_are_drawn_too(fill):
    trace = value_window(np.full((12, 12), fill, np.float32), LIGHT).data[0]
    assert np.isfinite(trace.zmax) and trace.zmax > 0
    assert np.shape(trace.z) == (WINDOW, WINDOW)


@pytest.mark.parametrize(("limit", "power"), [(0.0301, -2), (0.1, 0), (1.0, 0), (99.0, 0), (100.0, 2), (4e-9, -9)])
def test_power_of_ten_leaves_numbers_that_two_decimals_tell_apart(limit, power):
    assert power_of_ten(limit) == power


def test_sentence_counts_zeros_and_says_where_the_window_is(matrix):
    matrix[:20] = 0
    matrix[35, 3], matrix[39, 29] = -0.25, 0.5
    said = figures(about_values(matrix, "dW", 64, 900))
    assert said == [64, 900, 1200, -0.25, 0.5, 50, 0, 31, 21]
    assert figures(about_values(matrix[:3, :3], "b", 64, 0)) == [64, 0, 9, 0, 0, 100, 0]  # shown whole
