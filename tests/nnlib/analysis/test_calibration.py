"""Confidence by hand, against loops, and against SciPy."""

import math

import numpy as np
import pytest

from nnlib.analysis.calibration import answers, calibration, wilson

CONFIDENCE = np.array([0.95, 0.5, 0.92, 0.41, 0.95])
RIGHT = np.array([True, False, True, True, False])


def random_case(seed):
    random = np.random.default_rng(seed)
    n = int(random.integers(1, 400))
    confidence = random.random(n).round(int(random.integers(1, 4))).astype(random.choice([np.float32, np.float64]))
    return confidence, random.random(n) < confidence ** random.integers(1, 3)


class TestAnswers:
    def test_by_hand(self):
        found = answers(CONFIDENCE, RIGHT, [0, 0.45, 0.92, 0.93, 1])
        assert found.answered.tolist() == [5, 4, 3, 2, 0]
        assert found.right.tolist() == [3, 2, 2, 1, 0]

    @pytest.mark.parametrize("seed", range(20))
    def test_against_a_loop(self, seed):
        confidence, right = random_case(seed)
        thresholds = np.append(np.linspace(0, 1, 23), confidence[:5])
        found = answers(confidence, right, thresholds)
        for t, answered, hits in zip(thresholds, found.answered, found.right, strict=True):
            kept = [i for i in range(len(right)) if confidence[i] >= t]
            assert answered == len(kept) and hits == sum(right[i] for i in kept)


class TestCalibration:
    def test_by_hand(self):
        """0.95, 0.92, 0.95 in the last bin, 2 of 3 right; 0.5 and 0.41 in the fifth, 1 of 2 right.

        3/5 |2/3 - 2.82/3| + 2/5 |1/2 - 0.91/2| = 0.82/5 + 0.09/5.
        """
        found = calibration(CONFIDENCE, RIGHT)
        assert found.count.tolist() == [0, 0, 0, 0, 2, 0, 0, 0, 0, 3]
        assert found.accuracy[[4, 9]] == pytest.approx([1 / 2, 2 / 3])
        assert found.confidence[[4, 9]] == pytest.approx([0.455, 0.94])
        assert np.isnan(found.accuracy[0]) and np.isnan(found.confidence[0])
        assert found.error == pytest.approx(0.182)

    def test_a_bin_holds_its_upper_edge(self):
        assert calibration(np.array([0.0, 0.5, 1.0]), np.ones(3, bool), 2).count.tolist() == [2, 1]

    @pytest.mark.parametrize("seed", range(20))
    def test_against_a_loop(self, seed):
        confidence, right = random_case(seed)
        error = 0.0
        found = calibration(confidence, right, 7)
        edges = np.linspace(0, 1, 8)
        for m in range(7):
            inside = [i for i, c in enumerate(confidence) if (c > edges[m] or m == 0) and c <= edges[m + 1]]
            assert found.count[m] == len(inside)
            if inside:
                hits, sure = (sum(float(each[i]) for i in inside) / len(inside) for each in (right, confidence))
                assert found.accuracy[m] == pytest.approx(hits) and found.confidence[m] == pytest.approx(sure)
                error += len(inside) / len(right) * abs(hits - sure)
        assert found.error == pytest.approx(error)


class TestTheInterval:
    @pytest.mark.parametrize(("hits", "n"), [(0, 5), (3, 5), (5, 5), (970, 1000)])
    def test_against_scipy(self, hits, n):
        stats = pytest.importorskip("scipy.stats")
        expected = stats.binomtest(hits, n).proportion_ci(0.95, "wilson")
        assert wilson(hits / n, n) == pytest.approx(tuple(expected), abs=1e-4)

    def test_of_nothing_is_not_a_number(self):
        assert all(map(math.isnan, wilson(np.float64("nan"), np.int64(0))))
