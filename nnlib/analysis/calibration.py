"""Calibration: whether the confidence of a classifier matches its accuracy.

`confidence` (n,) is the probability of each prediction, `right` (n,) whether it is correct.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

BINS = 10


class Answers(NamedTuple):
    """For each threshold t: the number of examples with confidence t or more, and how many of those are right."""

    answered: NDArray
    right: NDArray


@dataclass(frozen=True, eq=False)
class Calibration:
    """Examples by confidence, in M bins of equal width, one entry per bin. `confidence` and `accuracy` are means over
    the bin, NaN if it is empty; `low` and `high` are the 95 % interval of the accuracy; `error` is the expected
    calibration error."""

    count: NDArray
    confidence: NDArray
    accuracy: NDArray
    low: NDArray
    high: NDArray
    error: float


def answers(confidence: NDArray, right: NDArray, thresholds: ArrayLike) -> Answers:
    """The Answers of a classifier that rejects examples below a confidence threshold."""
    order = np.argsort(confidence, kind="stable")
    below = np.searchsorted(confidence[order], thresholds, side="left")
    right_below = np.concatenate([[0], np.cumsum(right[order])])
    return Answers(len(order) - below, right_below[-1] - right_below[below])


def calibration(confidence: NDArray, right: NDArray, bins: int = BINS) -> Calibration:
    """The Calibration of probabilities: bin m of M holds those in ((m - 1) / M, m / M], and

        accuracy_m      = the share of bin m that is right
        confidence_m    = the mean confidence in bin m
        expected calibration error = sum_m count_m / n |accuracy_m - confidence_m|

    (Guo et al., 2017, equations 2, 3 and 5; the interval is that of Wilson, 1927.)
    """
    place = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], confidence, side="left")
    count = np.bincount(place, minlength=bins)
    sure, hits = (np.bincount(place, values, bins) for values in (confidence, right))
    with np.errstate(invalid="ignore"):
        mean, share = sure / count, hits / count
        low, high = wilson(share, count)
    error = float(np.nansum(count * np.abs(share - mean)) / len(confidence))
    return Calibration(count, mean, share, low, high, error)


def wilson(share: NDArray, n: NDArray, z: float = 1.96) -> tuple[NDArray, NDArray]:
    """The 95 % confidence interval (low, high) of a rate, given the observed `share` p of n trials:
    (p + z^2 / 2n ± z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = share + z**2 / (2 * n)
        reach = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
        return (middle - reach) / (1 + z**2 / n), (middle + reach) / (1 + z**2 / n)
