"""t-SNE on clusters that are known to be there, here and in a process of its own."""

import numpy as np
import pytest

from dashboard.mistakes.tsne import Failed, elsewhere, tsne
from nnlib.analysis.neighbour_accuracy import neighbour_accuracy

LABELS = np.arange(120) % 4


def clusters(units):
    generator = np.random.default_rng(units)
    middles = 10 * generator.normal(size=(units, 4))
    return (middles[:, LABELS] + generator.normal(size=(units, 120))).astype(np.float32)


def test_clusters_stay_together_and_in_another_process_they_are_the_same():
    A = clusters(70)
    points = elsewhere(A)
    assert points.shape == (2, 120) and points.dtype == np.float32 and np.isfinite(points).all()
    assert neighbour_accuracy(points, LABELS) == 1
    np.testing.assert_allclose(tsne(A), points, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    "A", [clusters(1), np.ones((5, 40), np.float32), clusters(3)[:, :4]], ids=["one", "same", "four"]
)
def test_few_units_few_points_and_no_difference(A):
    points = tsne(A)
    assert points.shape == (2, A.shape[1]) and np.isfinite(points).all()


def test_a_failure_says_what_failed(monkeypatch):
    with pytest.raises(Failed, match=r"ended with an error: \S*Error"):
        elsewhere(np.full((3, 20), np.nan, np.float32))
    monkeypatch.setattr("dashboard.mistakes.tsne.PATIENCE", 0.01)
    with pytest.raises(Failed, match="longer than"):
        elsewhere(clusters(3))
