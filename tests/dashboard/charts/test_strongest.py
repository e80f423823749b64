import numpy as np

from dashboard.charts.strongest import MOST, strongest


def test_all_of_a_few_and_the_strongest_of_many():
    assert strongest(np.arange(MOST), (0,)) == list(range(MOST))
    values = np.arange(47.0)[::-1]
    assert strongest(values, (3, 40)) == [*range(MOST), 40]
