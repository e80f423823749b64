"""When each example was learned during training, and how often it was forgotten (Toneva et al., 2019: an example is
forgotten if it was classified correctly at one snapshot and wrongly at the next).

All functions take right (snapshots, examples): True where an example is classified correctly, in order of time.
"""

import numpy as np
from numpy.typing import NDArray


def learned(right: NDArray[np.bool_]) -> NDArray:
    """For each example, the first snapshot from which it stays right; the number of snapshots if it is wrong at the
    end."""
    right_last = right[::-1].argmin(axis=0)  # number of snapshots at the end; 0 also if it was never wrong
    return np.where(right.all(axis=0), 0, len(right) - right_last)


def events(right: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(snapshots - 1, examples): True where an example is forgotten between one snapshot and the next."""
    return right[:-1] & ~right[1:]


def forgotten(right: NDArray[np.bool_]) -> NDArray:
    """How often each example was forgotten, (examples,)."""
    return events(right).sum(axis=0)


def per_snapshot(right: NDArray[np.bool_]) -> tuple[NDArray, NDArray, NDArray]:
    """The number of examples at each snapshot that are right for the first time, right again, and forgotten since the
    previous snapshot: three arrays (snapshots,)."""
    before = np.zeros_like(right)
    before[1:] = np.logical_or.accumulate(right, axis=0)[:-1]
    new, again, lost = right & ~before, np.zeros_like(right), np.zeros_like(right)
    again[1:] = right[1:] & ~right[:-1] & before[1:]
    lost[1:] = events(right)
    return new.sum(axis=1), again.sum(axis=1), lost.sum(axis=1)
