"""Many numbers per example brought down to two: principal component analysis, and how to lay one map upon another.

Examples stand in columns, A is (units, m), as everywhere.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

EXACT = 256  # up to this size all eigenvectors are computed; of a larger matrix only those that are asked for
SPARE, ROUNDS = 14, 24  # vectors besides those, and multiplications, after which they have settled


class Projection(NamedTuple):
    """`points` (k, m): the coordinates along the k principal axes, the greatest variance first; `share`: how much of
    the whole variance they show, from 0 to 1."""

    points: NDArray
    share: float


def project(A: NDArray, k: int = 2) -> Projection:
    """The Projection of A (units, m) onto its first k principal axes: those along which the examples, their mean being
    taken off, vary most. A direction is as good as its opposite; here the example farthest out is on the positive side.

    Where there are more units than examples the eigenvectors of AᵀA serve instead of those of AAᵀ.
    """
    A = A - A.mean(axis=1, keepdims=True)
    units, m = A.shape
    total = float(np.vdot(A, A))
    if units <= m:
        _, axes = leading(A @ A.T, min(k, units))
        points = axes.T @ A
    else:
        values, vectors = leading(A.T @ A, min(k, m))
        points = np.sqrt(np.maximum(values, 0))[:, None] * vectors.T
    points = np.concatenate([points, np.zeros((k - len(points), m), points.dtype)])  # fewer units than axes
    farthest = np.take_along_axis(points, np.abs(points).argmax(axis=1)[:, None], axis=1)
    points *= np.where(farthest < 0, -1, 1)
    return Projection(points, min(1.0, float(np.vdot(points, points)) / total) if total else 1.0)


def leading(S: NDArray, k: int) -> tuple[NDArray, NDArray]:
    """(values (k,), vectors (n, k)): the k greatest eigenvalues of a symmetric matrix without negative ones, and their
    eigenvectors, the greatest first.

    Of a large matrix by subspace iteration: a few vectors too many are multiplied by S again and again, which turns
    them towards the eigenvectors of the greatest eigenvalues, and made orthogonal each time.
    """
    n = len(S)
    if n <= EXACT or k + SPARE >= n:
        values, vectors = np.linalg.eigh(S)
        return values[: -k - 1 : -1], vectors[:, : -k - 1 : -1]
    Q = np.random.default_rng(0).standard_normal((n, k + SPARE)).astype(S.dtype)
    for _ in range(ROUNDS):
        Q, _ = np.linalg.qr(S @ Q)
    values, vectors = np.linalg.eigh(Q.T @ S @ Q)
    return values[: -k - 1 : -1], Q @ vectors[:, : -k - 1 : -1]


def align(points: NDArray, reference: NDArray) -> NDArray:
    """`points` (2, m) turned and mirrored, never stretched, so that they come as near as possible to `reference` (2, m)
    (orthogonal Procrustes): a map that follows another without jumping."""
    U, _, Vt = np.linalg.svd(reference @ points.T)
    return (U @ Vt).astype(points.dtype) @ points
