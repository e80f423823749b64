"""Scratch arrays for temporary results, shared by all networks of a thread.

One process may train thirty networks. Temporary results need not be held thirty times, and allocating them for each
call would take as long as filling them.
"""

import math
import threading
from collections.abc import Hashable

import numpy as np
from numpy.typing import DTypeLike, NDArray


class _Own(threading.local):
    def __init__(self) -> None:
        self.arrays: dict[tuple[Hashable, np.dtype], NDArray] = {}


_own = _Own()


def scratch(purpose: Hashable, shape: tuple[int, ...], dtype: DTypeLike = np.float32) -> NDArray:
    """An uninitialized array of this shape, valid until this thread's next request for the same purpose."""
    n = math.prod(shape)
    key = purpose, np.dtype(dtype)
    held = _own.arrays.get(key)
    if held is None or len(held) < n:
        held = _own.arrays[key] = np.empty(n, dtype)
    return held[:n].reshape(shape)
