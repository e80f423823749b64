"""ROC and precision-recall curves of a binary classifier, as the decision threshold varies.

An example is predicted positive (class 1) if its score reaches the threshold. Truth is 0 or 1, one label per example.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class Thresholds:
    """Every distinct threshold, the highest first, and its predictions.

    The first is infinite: nothing is predicted positive. `hits` (true positives) and `false_alarms` (false positives)
    are counts; `positives` and `negatives` are the true numbers.
    """

    threshold: NDArray
    hits: NDArray
    false_alarms: NDArray
    positives: int
    negatives: int

    @property
    def recall(self) -> NDArray:
        """The share of positives predicted positive: hits / positives."""
        return self.hits / self.positives if self.positives else np.full(len(self.hits), np.nan)

    @property
    def false_alarm_rate(self) -> NDArray:
        """The share of negatives predicted positive: false alarms / negatives."""
        return self.false_alarms / self.negatives if self.negatives else np.full(len(self.hits), np.nan)

    @property
    def precision(self) -> NDArray:
        """The share of positive predictions that are right: hits / (hits + false alarms); 1 if there are none."""
        called = self.hits + self.false_alarms
        return np.divide(self.hits, called, out=np.ones(len(called)), where=called > 0)

    @property
    def roc_area(self) -> float:
        """The area under the ROC curve (recall over false alarm rate), by trapezoids: the probability that a random
        positive has a higher score than a random negative (ties count half). NaN if there is only one class."""
        return float(np.trapezoid(self.recall, self.false_alarm_rate))

    @property
    def precision_recall_area(self) -> float:
        """The average precision, sum_k (recall_k - recall_{k-1}) precision_k: the area under precision over recall in
        steps, because linear interpolation would be too optimistic (Davis and Goadrich, 2006)."""
        return float(np.diff(self.recall) @ self.precision[1:])

    def at(self, threshold: float) -> int:
        """The index in these arrays that applies to an arbitrary threshold."""
        return int(np.searchsorted(-self.threshold, -threshold, side="right")) - 1


def thresholds(truth: ArrayLike, scores: ArrayLike) -> Thresholds:
    """The Thresholds of scores (n,): one for each distinct score."""
    truth, scores = np.asarray(truth).astype(np.int64), np.asarray(scores)
    order = np.argsort(-scores, kind="stable")
    scores = scores[order]
    last = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)  # of equal scores
    hits = np.cumsum(truth[order])[last]
    return Thresholds(
        np.append(np.inf, scores[last]),
        np.append(0, hits),
        np.append(0, last + 1 - hits),
        int(truth.sum()),
        int(len(truth) - truth.sum()),
    )
