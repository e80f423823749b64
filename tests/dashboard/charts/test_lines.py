import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from dashboard.charts.lines import POINTS, short, smooth, thin

series = some.lists(some.floats(-100, 100, width=32), min_size=1, max_size=300)


# Thinning


@given(series, some.integers(4, 50))
def test_thinning_keeps_ends_extremes_and_order_within_the_cap(values, points):
    y = np.array(values, np.float32)
    x = np.arange(len(y))
    kept_x, kept_y = thin(x, y, points)
    assert len(kept_x) == len(kept_y) <= max(points, 1)
    assert kept_x[0] == 0 and kept_x[-1] == len(y) - 1
    assert (np.diff(kept_x) > 0).all()
    np.testing.assert_array_equal(kept_y, y[kept_x])
    assert kept_y.min() == y.min() and kept_y.max() == y.max()


def test_a_short_series_is_left_as_it_is_and_of_a_long_one_a_single_spike_is_kept():
    x, y = np.arange(POINTS), np.zeros(POINTS)
    assert thin(x, y)[0] is x and thin(x, y)[1] is y
    y = np.zeros(1_000_000, np.float32)
    y[654_321] = 1
    x, kept = thin(np.arange(len(y), dtype=np.float32), y)
    assert x[kept == 1] == [654_321] and len(kept) <= POINTS and x.dtype == kept.dtype == np.float32


# Rounding


@given(some.lists(some.floats(width=32)))
def test_rounded_numbers_are_near_and_short_and_what_is_not_finite_is_none(values):
    for value, rounded in zip(values, short(np.array(values, np.float32)), strict=True):
        if math.isfinite(value):
            assert abs(rounded - value) <= 0.5001e-4 * abs(value)
            assert float(f"{rounded:.5g}") == rounded
        else:
            assert rounded is None


def test_numbers_of_five_digits():
    assert short(np.array([0.123456, 98765.4, 1, 0, math.nan, -math.inf], np.float32)) == [
        *(0.12346, 98765.0, 1.0, 0.0, None, None),
    ]


# Smoothing


@given(series, some.integers(1, 60))
def test_smoothing_is_the_mean_of_the_last_so_many(values, window):
    y = np.array(values, np.float32)
    naive = [sum(values[max(0, i + 1 - window) : i + 1]) / min(i + 1, window) for i in range(len(values))]
    smoothed = smooth(y, window)
    assert smoothed.dtype == np.float32
    np.testing.assert_allclose(smoothed, naive, rtol=1e-5, atol=1e-4)
    assert len(smooth(y[:0], window)) == 0
