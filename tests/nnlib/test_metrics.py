"""Metrics by hand and against scikit-learn."""

import numpy as np
import pytest

from nnlib.metrics import classification_report, confusion_matrix

#            said 0  said 1  said 2
BY_HAND = [[2, 1, 0],  # 3 are 0
           [0, 1, 0],  # 1 is 1
           [1, 2, 3]]  # 6 are 2  # fmt: skip
TRUTH = np.array([0, 0, 0, 1, 2, 2, 2, 2, 2, 2])
SAID = np.array([0, 0, 1, 1, 0, 1, 1, 2, 2, 2])


class TestByHand:
    def test_confusion_matrix(self):
        assert confusion_matrix(TRUTH, SAID, 3).tolist() == BY_HAND

    def test_report(self):
        report = classification_report(BY_HAND)
        assert report.precision == pytest.approx([2 / 3, 1 / 4, 3 / 3])
        assert report.recall == pytest.approx([2 / 3, 1 / 1, 3 / 6])
        assert report.f1 == pytest.approx([2 / 3, 2 / 5, 2 / 3])
        assert report.support.tolist() == [3, 1, 6]
        assert report.accuracy == pytest.approx(0.6)
        assert report.macro == pytest.approx((23 / 36, 13 / 18, 26 / 45))
        assert report.weighted == pytest.approx(((2 + 1 / 4 + 6) / 10, (2 + 1 + 3) / 10, (2 + 2 / 5 + 4) / 10))

    def test_a_quotient_over_nothing_is_zero(self):
        """Class 0 is never predicted, class 1 has no examples, class 2 neither."""
        report = classification_report(confusion_matrix([0, 0], [1, 1], 3))
        for score in (report.precision, report.recall, report.f1):
            assert score.tolist() == [0, 0, 0]
        assert report.accuracy == 0
        assert report.macro == report.weighted == (0, 0, 0)

    def test_an_empty_matrix_is_all_zeros(self):
        report = classification_report(np.zeros((2, 2), int))
        assert report.accuracy == 0 and report.macro == report.weighted == (0, 0, 0)

    def test_small_label_types_do_not_overflow(self):
        labels = np.arange(200, dtype=np.uint8)
        assert np.array_equal(confusion_matrix(labels, labels, 200), np.eye(200))

    def test_a_threshold_is_a_prediction(self):
        said = np.array([0.2, 0.9, 0.4]) >= 0.5
        assert confusion_matrix(np.array([0, 1, 1], np.uint8), said, 2).tolist() == [[1, 0], [1, 1]]


class TestAgainstScikitLearn:
    @pytest.mark.filterwarnings("ignore:A single label was found")
    @pytest.mark.parametrize("seed", range(30))
    def test_random_labels(self, seed):
        sklearn = pytest.importorskip("sklearn.metrics")
        rng = np.random.default_rng(seed)
        n_classes, n = int(rng.integers(1, 12)), int(rng.integers(1, 200))
        truth, said = (rng.integers(0, rng.integers(1, n_classes + 1), n, dtype=np.uint8) for _ in range(2))
        said = np.where(rng.random(n) < rng.random(), truth, said)  # from mostly wrong to mostly right
        classes = np.arange(n_classes)

        confusion = confusion_matrix(truth, said, n_classes)
        report = classification_report(confusion)

        assert report.accuracy == pytest.approx(sklearn.accuracy_score(truth, said))
        assert np.array_equal(confusion, sklearn.confusion_matrix(truth, said, labels=classes))
        theirs = sklearn.precision_recall_fscore_support(truth, said, labels=classes, zero_division=0)
        for ours, other in zip((report.precision, report.recall, report.f1, report.support), theirs, strict=True):
            assert ours == pytest.approx(other)
        for kind in ("macro", "weighted"):
            *expected, _ = sklearn.precision_recall_fscore_support(
                truth, said, labels=classes, average=kind, zero_division=0
            )
            assert getattr(report, kind) == pytest.approx(tuple(expected))


class TestErrors:
    def test_lengths_that_differ(self):
        with pytest.raises(ValueError, match="expected as many predictions as labels, 3, got 2"):
            confusion_matrix([0, 1, 2], [0, 1], 3)

    @pytest.mark.parametrize("truth", [[0.0, 1.0], [[0, 1]], []])
    def test_what_is_not_a_row_of_labels(self, truth):
        with pytest.raises(ValueError, match="truth: expected a one-dimensional array of integer labels"):
            confusion_matrix(truth, [0, 1], 2)

    def test_the_wrong_one_of_the_two_is_named(self):
        with pytest.raises(ValueError, match=r"^predicted:"):
            confusion_matrix([0, 1], [0.0, 1.0], 2)
        with pytest.raises(ValueError, match=r"^truth:"):
            confusion_matrix([0, 3], [0, 1], 3)

    @pytest.mark.parametrize("said", [[0, 3], [-1, 0]])
    def test_labels_outside_the_classes(self, said):
        with pytest.raises(ValueError, match="predicted: expected labels from 0 to 2, got"):
            confusion_matrix([0, 1], said, 3)

    def test_a_matrix_that_is_not_square(self):
        with pytest.raises(ValueError, match="expected a square confusion matrix, got shape"):
            classification_report([[1, 2]])
