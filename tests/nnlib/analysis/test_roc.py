"""Thresholds by hand, against counting pairs, and against scikit-learn."""

import math

import numpy as np
import pytest

from nnlib.analysis.roc import thresholds
from nnlib.metrics import confusion_matrix

TRUTH = np.array([0, 1, 1, 0, 1])
SCORES = np.array([0.1, 0.9, 0.4, 0.4, 0.7])


def random_case(seed):
    random = np.random.default_rng(seed)
    n = int(random.integers(2, 300))
    truth = np.append([0, 1], random.integers(0, 2, n))
    return truth, (truth * random.random() + random.random(n + 2)).round(int(random.integers(1, 5)))


class TestByHand:
    def test_counts(self):
        """0.9 is 1; 0.7 is 1; at 0.4 there is one of each; 0.1 is 0."""
        found = thresholds(TRUTH, SCORES)
        assert found.threshold.tolist() == [math.inf, 0.9, 0.7, 0.4, 0.1]
        assert found.hits.tolist() == [0, 1, 2, 3, 3]
        assert found.false_alarms.tolist() == [0, 0, 0, 1, 2]
        assert (found.positives, found.negatives) == (3, 2)

    def test_rates_and_areas(self):
        """From (0, 2/3) straight to (1/2, 1), then to (1, 1): 5/12 + 1/2. Precision 1, 1, 3/4 for a third each."""
        found = thresholds(TRUTH, SCORES)
        assert found.recall == pytest.approx([0, 1 / 3, 2 / 3, 1, 1])
        assert found.false_alarm_rate == pytest.approx([0, 0, 0, 1 / 2, 1])
        assert found.precision == pytest.approx([1, 1, 1, 3 / 4, 3 / 5])
        assert found.roc_area == pytest.approx(11 / 12)
        assert found.precision_recall_area == pytest.approx((1 + 1 + 3 / 4) / 3)

    @pytest.mark.parametrize("labels", [[0, 0], [1, 1]])
    def test_with_one_class_only_there_is_no_area(self, labels):
        assert math.isnan(thresholds(labels, [0.1, 0.2]).roc_area)

    def test_without_positives_there_is_no_average_precision(self):
        assert math.isnan(thresholds([0, 0], [0.1, 0.2]).precision_recall_area)


@pytest.mark.parametrize("seed", range(20))
class TestAgainstOthers:
    def test_every_threshold_against_a_confusion_matrix(self, seed):
        truth, scores = random_case(seed)
        found = thresholds(truth, scores)
        for t in [0.0, 0.5, 2.0, *scores[:9]]:
            (_, false_alarms), (_, hits) = confusion_matrix(truth, scores >= t, 2)
            at = found.at(t)
            assert (found.hits[at], found.false_alarms[at]) == (hits, false_alarms)

    def test_scikit_learn(self, seed):
        sklearn = pytest.importorskip("sklearn.metrics")
        truth, scores = random_case(seed)
        found = thresholds(truth, scores)
        alarms, recall, at = sklearn.roc_curve(truth, scores, drop_intermediate=False)
        assert found.false_alarm_rate == pytest.approx(alarms) and found.recall == pytest.approx(recall)
        assert found.threshold[1:] == pytest.approx(at[1:])
        assert found.roc_area == pytest.approx(sklearn.roc_auc_score(truth, scores))
        assert found.precision_recall_area == pytest.approx(sklearn.average_precision_score(truth, scores))
        precision, recall, _ = sklearn.precision_recall_curve(truth, scores)
        assert found.precision[::-1] == pytest.approx(np.append(precision[:-1], 1))
        assert found.recall[::-1] == pytest.approx(recall)
