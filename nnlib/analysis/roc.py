"""Two classes and one number: what becomes of right and wrong as the threshold between them moves.

An example is called class 1, positive, where its score reaches the threshold. Truth is 0 or 1, one label an example.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class Thresholds:
    """Every threshold that makes a difference, the highest first, and what it calls positive.

    The first is infinite, and calls nothing positive. `hits` (true positives) and `false_alarms` (false positives) are
    counts; `positives` and `negatives` say how many there are in truth.
    """

    threshold: NDArray
    hits: NDArray
    false_alarms: NDArray
    positives: int
    negatives: int

    @property
    def recall(self) -> NDArray:
        """Of the positives, the share that is called positive: hits / positives."""
        return self.hits / self.positives if self.positives else np.full(len(self.hits), np.nan)

    @property
    def false_alarm_rate(self) -> NDArray:
        """Of the negatives, the share that is called positive: false alarms / negatives."""
        return self.false_alarms / self.negatives if self.negatives else np.full(len(self.hits), np.nan)

    @property
    def precision(self) -> NDArray:
        """Of what is called positive, the share that is: hits / (hits + false alarms). 1 where nothing is."""
        called = self.hits + self.false_alarms
        return np.divide(self.hits, called, out=np.ones(len(called)), where=called > 0)

    @property
    def roc_area(self) -> float:
        """The area under recall over false alarm rate, by trapezoids: how often a positive drawn at random has a higher
        score than a negative (ties half). NaN if there is only one class."""
        return float(np.trapezoid(self.recall, self.false_alarm_rate))

    @property
    def precision_recall_area(self) -> float:
        """The average precision, sum_k (recall_k - recall_{k-1}) precision_k: the area under precision over recall in
        steps, because straight lines between the points would promise too much (Davis and Goadrich, 2006)."""
        return float(np.diff(self.recall) @ self.precision[1:])

    def at(self, threshold: float) -> int:
        """The place in these arrays of a threshold chosen by hand."""
        return int(np.searchsorted(-self.threshold, -threshold, side="right")) - 1


def thresholds(truth: ArrayLike, scores: ArrayLike) -> Thresholds:
    """The Thresholds of scores (n,): one for each number that occurs among them."""
    truth, scores = np.asarray(truth).astype(np.int64), np.asarray(scores)
    order = np.argsort(-scores, kind="stable")
    scores = scores[order]
    last = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)  # of those that are equal
    hits = np.cumsum(truth[order])[last]
    return Thresholds(
        np.append(np.inf, scores[last]),
        np.append(0, hits),
        np.append(0, last + 1 - hits),
        int(truth.sum()),
        int(len(truth) - truth.sum()),
    )
