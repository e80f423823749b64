"""One layer timed three ways: unit by unit, example by example, and the whole batch in one matrix product."""

from dataclasses import dataclass
from time import perf_counter

import numpy as np

MOST_COLUMNS = 256
SECONDS_EACH = 2e-6  # roughly, for one number the slowest way
REPEATS = 3  # of the faster ways; the fastest counts


@dataclass(frozen=True, eq=False)
class Timings:
    """`seconds` {way: seconds}, slowest way first; `difference` is the largest between any two results, `columns` the
    number of columns computed."""

    seconds: dict[str, float]
    difference: float
    columns: int


def cost(W: np.ndarray, A: np.ndarray) -> float:
    """The estimated duration of `compare` in seconds."""
    return SECONDS_EACH * len(W) * min(A.shape[1], MOST_COLUMNS)


def compare(W: np.ndarray, A: np.ndarray, b: np.ndarray) -> Timings:
    """Time W A + b for W (units, inputs), A (inputs, n) and b (units, 1), on at most MOST_COLUMNS columns of A."""
    A = A[:, :MOST_COLUMNS]
    results, seconds = [], {}
    for name, (way, repeats) in WAYS.items():
        taken = []
        for _ in range(repeats):
            start = perf_counter()
            result = way(W, A, b)
            taken.append(perf_counter() - start)
        results.append(result)
        seconds[name] = min(taken)
    spread = np.max(results, axis=0) - np.min(results, axis=0)
    return Timings(seconds, float(spread.max()), A.shape[1])


def _unit_by_unit(W, A, b):
    Z = np.empty((len(W), A.shape[1]), W.dtype)
    for j in range(A.shape[1]):
        for i in range(len(W)):
            Z[i, j] = W[i] @ A[:, j] + b[i, 0]
    return Z


def _example_by_example(W, A, b):
    Z = np.empty((len(W), A.shape[1]), W.dtype)
    for j in range(A.shape[1]):
        Z[:, j] = W @ A[:, j] + b[:, 0]
    return Z


def _all_at_once(W, A, b):
    return W @ A + b


WAYS = {
    "unit by unit: Z[i, j] = W[i] @ A[:, j] + b[i]": (_unit_by_unit, 1),
    "example by example: Z[:, j] = W @ A[:, j] + b": (_example_by_example, REPEATS),
    "all at once: Z = W @ A + b": (_all_at_once, REPEATS),
}
