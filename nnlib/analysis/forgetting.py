"""What becomes of each example along a training: learned when, and forgotten how often (Toneva et al., 2019: an example
is forgotten where it was right at one look and is wrong at the next).

All functions take right (moments, examples), True where an example is right at a moment, in order of time.
"""

import numpy as np
from numpy.typing import NDArray


def first_right(right: NDArray[np.bool_]) -> NDArray:
    """For each example the first moment at which it is right; as many as there are moments, if at none."""
    return np.where(right.any(axis=0), right.argmax(axis=0), len(right))


def learned(right: NDArray[np.bool_]) -> NDArray:
    """For each example the moment from which it stays right to the end; as many as there are moments, if it is wrong in
    the end."""
    right_last = right[::-1].argmin(axis=0)  # for how many moments at the end; 0 too if it was never wrong
    return np.where(right.all(axis=0), 0, len(right) - right_last)


def events(right: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(moments - 1, examples): True where an example is forgotten between a moment and the next."""
    return right[:-1] & ~right[1:]


def forgotten(right: NDArray[np.bool_]) -> NDArray:
    """How often each example was forgotten."""
    return events(right).sum(axis=0)


def per_moment(right: NDArray[np.bool_]) -> tuple[NDArray, NDArray, NDArray]:
    """At each moment how many examples are right for the first time, how many are right again, and how many have been
    forgotten since the moment before: three arrays (moments,)."""
    before = np.zeros_like(right)
    before[1:] = np.logical_or.accumulate(right, axis=0)[:-1]
    new, again, lost = right & ~before, np.zeros_like(right), np.zeros_like(right)
    again[1:] = right[1:] & ~right[:-1] & before[1:]
    lost[1:] = events(right)
    return new.sum(axis=1), again.sum(axis=1), lost.sum(axis=1)
