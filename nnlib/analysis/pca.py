"""Principal component analysis, from many numbers per example to two, and the alignment of two such maps.

Examples are columns, A is (units, m), as everywhere.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

EXACT = 256  # up to this size all eigenvectors are computed, of larger matrices only those requested
SPARE, ROUNDS = 14, 24  # additional vectors, and iterations, for convergence
TOLERANCE = 1e-4  # of the largest eigenvalue: the largest ‖S v - λ v‖ of an eigenvector that has converged


class Projection(NamedTuple):
    """`points` (k, m): the coordinates along the k principal axes, in order of decreasing variance; `share`:
    the share of the total variance they explain, from 0 to 1."""

    points: NDArray
    share: float


def project(A: NDArray, k: int = 2) -> Projection:
    """The Projection of A (units, m) onto its first k principal axes: the directions along which the
    examples vary most about their mean. The sign of an axis is arbitrary; here the farthest example is positive.

    If there are more units than examples, the eigenvectors of AᵀA are used instead of those of AAᵀ.
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
    """(values (k,), vectors (n, k)): the k largest eigenvalues of a positive semidefinite matrix, and their
    eigenvectors, the largest first.

    For a large matrix by subspace iteration: a few more than k vectors are repeatedly multiplied by S and
    orthogonalized, and converge to the eigenvectors of the largest eigenvalues. Where they do not, because eigenvalues
    are too close to each other, as for noise, all are computed after all.
    """
    n = len(S)
    if n <= EXACT or k + SPARE >= n:
        return _exactly(S, k)
    Q = np.random.default_rng(0).standard_normal((n, k + SPARE)).astype(S.dtype)
    for _ in range(ROUNDS):
        Q, _ = np.linalg.qr(S @ Q)
    values, vectors = _exactly(Q.T @ S @ Q, k)
    vectors = Q @ vectors
    missing = np.linalg.norm(S @ vectors - vectors * values, axis=0).max()
    return (values, vectors) if missing <= TOLERANCE * values[0] else _exactly(S, k)


def _exactly(S: NDArray, k: int) -> tuple[NDArray, NDArray]:
    values, vectors = np.linalg.eigh(S)
    return values[: -k - 1 : -1], vectors[:, : -k - 1 : -1]


def align(points: NDArray, reference: NDArray) -> NDArray:
    """`points` (2, m) rotated and reflected to lie as close as possible to `reference` (2, m) (orthogonal Procrustes),
    so that successive maps do not jump."""
    U, _, Vt = np.linalg.svd(reference @ points.T)
    return (U @ Vt).astype(points.dtype) @ points
