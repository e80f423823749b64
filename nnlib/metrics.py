"""Classification metrics: the confusion matrix, and accuracy, precision, recall and F1 computed from it.

Truth and predictions are integer class labels, one per example.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Average(NamedTuple):
    """Each score averaged over the classes."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, eq=False)
class Report:
    """Scores per class, as arrays with one entry per class, and their averages.

    precision: the share of examples predicted as class k that are k.
    recall: the share of examples of class k that were predicted as k.
    f1: the harmonic mean of the two.
    support: the number of examples of class k.
    accuracy: the share of all examples predicted correctly.
    macro: the plain mean over classes. weighted: the mean over classes weighted by their support.
    """

    precision: NDArray
    recall: NDArray
    f1: NDArray
    support: NDArray
    accuracy: float
    macro: Average
    weighted: Average


def confusion_matrix(truth: ArrayLike, predicted: ArrayLike, n_classes: int) -> NDArray:
    """C[t, p] = the number of examples of class t that were predicted as class p; (n_classes, n_classes) integers."""
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    for labels, name in ((truth, "truth"), (predicted, "predicted")):
        if labels.ndim != 1 or labels.dtype.kind not in "iub" or not labels.size:
            raise ValueError(
                f"{name}: expected a one-dimensional array of integer labels, at least one, "
                f"got shape {labels.shape} of {labels.dtype}"
            )
        if labels.min() < 0 or labels.max() >= n_classes:
            raise ValueError(f"{name}: expected labels from 0 to {n_classes - 1}, got {labels.min()} to {labels.max()}")
    if truth.size != predicted.size:
        raise ValueError(f"expected as many predictions as labels, {truth.size}, got {predicted.size}")
    cell = truth.astype(np.int64) * n_classes + predicted.astype(np.int64)  # a product of uint8 would overflow
    return np.bincount(cell, minlength=n_classes * n_classes).reshape(n_classes, n_classes)


def classification_report(confusion: ArrayLike) -> Report:
    """Everything that follows from a confusion matrix C[true, predicted]:

    precision_k = C[k, k] / sum_t C[t, k]
    recall_k    = C[k, k] / sum_p C[k, p]
    F1_k        = 2 precision_k recall_k / (precision_k + recall_k) = 2 C[k, k] / (sum_t C[t, k] + sum_p C[k, p])
    support_k   = sum_p C[k, p]
    macro       = sum_k score_k / n_classes
    weighted    = sum_k support_k score_k / sum_k support_k

    A quotient with denominator zero is 0: the precision of a class that was never predicted, the recall of a class
    without examples, and F1 where both are missing. Such a class still counts in the macro average.
    """
    confusion = np.asarray(confusion)
    if confusion.ndim != 2 or confusion.shape[0] != confusion.shape[1] or not confusion.size:
        raise ValueError(f"expected a square confusion matrix, got shape {confusion.shape}")
    correct = np.diag(confusion)
    called = confusion.sum(axis=0)
    support = confusion.sum(axis=1)
    scores = {
        "precision": _quotient(correct, called),
        "recall": _quotient(correct, support),
        "f1": _quotient(2 * correct, called + support),
    }
    total = support.sum()
    return Report(
        **scores,
        support=support,
        accuracy=float(_quotient(correct.sum(), total)),
        macro=Average(**{name: float(score.mean()) for name, score in scores.items()}),
        weighted=Average(**{name: float(_quotient(support @ score, total)) for name, score in scores.items()}),
    )


def _quotient(above: ArrayLike, below: ArrayLike) -> NDArray:
    return np.divide(above, below, out=np.zeros(np.shape(above)), where=np.asarray(below) != 0)
