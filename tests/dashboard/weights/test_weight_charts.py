import numpy as np
import pytest

from dashboard.theme import DARK, LIGHT
from dashboard.weights.weight_charts import BINS, STRONGEST, connection_bars, weight_histogram


def test_both_histograms_count_every_weight_in_the_same_bins():
    generator = np.random.default_rng(0)
    now, start = generator.normal(0, 2, (30, 40)).astype(np.float32), generator.normal(0, 1, (30, 40))
    figure = weight_histogram(now, start, LIGHT)
    first, second = figure.data
    assert (first.name, second.name) == ("as shown", "at the start")
    assert first.y.sum() == second.y.sum() == 1200 and len(first.x) == BINS
    np.testing.assert_array_equal(first.x, second.x)
    np.testing.assert_allclose(first.x, -first.x[::-1], atol=1e-12)  # symmetric, and zero in the middle of a bin
    width = first.x[1] - first.x[0]
    at = 40
    inside = (now >= first.x[at] - width / 2) & (now < first.x[at] + width / 2)
    assert first.y[at] == inside.sum() > 0


def test_all_zero_weights_stand_in_the_middle_and_those_without_bound_are_left_out():
    figure = weight_histogram(np.zeros(8), np.zeros(8), DARK)
    assert figure.data[0].y[BINS // 2] == 8 and list(figure.layout.xaxis.range) == [-1, 1]
    figure = weight_histogram(np.array([np.inf, 1.0]), np.array([-1.0, np.nan]), LIGHT)
    assert [int(trace.y.sum()) for trace in figure.data] == [1, 1]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_bars_keep_their_order_and_tell_their_sign_by_colour(theme):
    figure = connection_bars(("a", "b", "c"), np.array([0.5, -2.0, 0.0]), theme, ends="class")
    [bars] = figure.data
    assert list(bars.x) == ["a", "b", "c"] and list(bars.y) == [0.5, -2.0, 0.0]
    assert list(bars.marker.color)[:2] == [theme.positive, theme.negative]
    low, high = figure.layout.yaxis.range
    assert low == -high and high >= 2
    assert figure.layout.xaxis.title.text == "class" and figure.layout.yaxis.title.text == "weight"
    assert connection_bars(("a",), np.zeros(1), theme, ends="unit").layout.yaxis.range[1] > 0


def test_of_many_connections_the_strongest_are_drawn_in_order():
    weights = np.random.default_rng(1).normal(size=200)
    names = tuple(map(str, range(200)))
    [bars] = connection_bars(names, weights, LIGHT, ends="unit").data
    assert len(bars.y) == STRONGEST and (np.diff(bars.y) <= 0).all()
    assert np.abs(bars.y).min() >= np.sort(np.abs(weights))[-STRONGEST]
    assert all(weights[int(name)] == value for name, value in zip(bars.x, bars.y, strict=True))
