"""Operations on the slabs of `patches`, the outputs Z (2, 2, n, filters) of n pooling windows."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from nnlib.layers import ones
from nnlib.scratch import scratch

BUFFER = 1024  # numbers: at most one contiguous run of 32 pictures of 32 channels


@contextmanager
def small_buffers() -> Iterator[None]:
    """NumPy copies non-contiguous operands through buffers; if these are no longer than the contiguous runs, it avoids
    the copy, and sums over shifted pictures take half the time."""
    before = np.setbufsize(BUFFER)
    try:
        yield
    finally:
        np.setbufsize(before)


def pool(Z: NDArray, bias: NDArray, m: int, largest: NDArray, winners: NDArray | None) -> NDArray:
    """Fill `largest` (n, filters) with maxpool(ReLU(Z + bias)), n a multiple of m, and `winners`, unless it is None,
    with which of Z (2, 2, n, filters) are the maximum of their window (the first, in a tie) and pass ReLU. Z is
    overwritten. `bias` is (filters, 1)."""
    bias = repeated(bias, m)  # m windows at a time: twice as fast as one by one
    left, right = Z[:, 0], Z[:, 1]
    if winners is not None:
        in_right = np.greater(right, left, out=winners[:, 1])
    upper, lower = np.maximum(left, right, out=left)
    long = np.maximum(upper, lower, out=largest).reshape(-1, len(bias))
    if winners is not None:
        passes = np.greater(long, -bias, out=scratch("passes", long.shape, bool)).reshape(upper.shape)
        in_half = scratch("in half", left.shape, bool)  # above or below, and passing
        np.greater(lower, upper, out=in_half[1])
        in_half[1] &= passes
        np.greater(passes, in_half[1], out=in_half[0])  # of booleans: a and not b
        in_right &= in_half
        np.greater(in_half, in_right, out=winners[:, 0])
    np.maximum(long, -bias, out=long)  # ReLU(z + b) = max(z, -b) + b
    long += bias
    return largest


def sum_rows(rows: NDArray) -> NDArray:
    """The sum of all rows, as a column. A product is several times as fast as `sum`; and `dot`, unlike `@`, releases
    Python's lock even if one operand is a single column."""
    enough = 1 << len(rows).bit_length()  # `ones` keeps only a few sizes
    return rows.T.dot(ones(enough, rows.dtype)[: len(rows)])


def repeated(column: NDArray, times: int) -> NDArray:
    """A column repeated `times` times, as a vector; `np.tile` takes ten times as long."""
    rows = np.empty((times, len(column)), column.dtype)
    rows[...] = column[:, 0]
    return rows.ravel()
