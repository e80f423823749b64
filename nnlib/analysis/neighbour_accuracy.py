"""How well classes are separated, in any number of dimensions: does the nearest neighbour have the same class?"""

import numpy as np
from numpy.typing import NDArray

ROWS = 250  # examples whose distances to all others are computed at once


def nearest(A: NDArray) -> NDArray[np.intp]:
    """For each column of A (units, m), the position of the nearest other column, (m,); ties go to the first."""
    m = A.shape[1]
    squares = np.square(A).sum(axis=0)
    found = np.empty(m, np.intp)
    for start in range(0, m, ROWS):
        rows = slice(start, min(start + ROWS, m))
        distances = squares - 2.0 * (A[:, rows].T @ A)  # without each one's own square, which does not change the order
        distances[np.arange(rows.stop - start), np.arange(start, rows.stop)] = np.inf
        found[rows] = distances.argmin(axis=1)
    return found


def neighbour_accuracy(A: NDArray, labels: NDArray) -> float:
    """The share of examples (columns of A) whose nearest neighbour among the others has the same label: 1 for
    separated classes, about 1 / classes for mixed ones. (Leave-one-out accuracy of the nearest neighbour.)"""
    return float((labels[nearest(A)] == labels).mean())
