"""Three ways to compute a layer give one result."""

import numpy as np
import pytest

from dashboard.step.vectorization import MOST_COLUMNS, WAYS, compare, cost


@pytest.mark.parametrize("way", [way for way, _ in WAYS.values()], ids=["unit", "example", "batch"])
def test_every_way_is_the_sum_over_the_inputs(way):
    generator = np.random.default_rng(0)
    W, A, b = (generator.normal(size=shape) for shape in ((4, 7), (7, 5), (4, 1)))
    Z = way(W, A, b)
    for i in range(4):
        for j in range(5):
            assert Z[i, j] == pytest.approx(sum(W[i, k] * A[k, j] for k in range(7)) + b[i, 0])


def test_the_comparison_times_all_ways_and_takes_a_bounded_part():
    W, A, b = np.ones((3, 4), np.float32), np.ones((4, 5000), np.float32), np.zeros((3, 1), np.float32)
    found = compare(W, A, b)
    assert list(found.seconds) == list(WAYS) and min(found.seconds.values()) > 0
    assert found.difference == 0 and found.columns == MOST_COLUMNS
    assert cost(W, A) == cost(W, A[:, :MOST_COLUMNS])
