"""Memory for what is needed only for a moment, shared by all networks that one thread works on.

A class of thirty trains thirty networks in one process. What lives no longer than one call need not stand there thirty
times, and allocating it anew for each call would take as long as filling it.
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
    """An array of this shape with anything in it, good until this thread next asks for the same purpose."""
    n = math.prod(shape)
    key = purpose, np.dtype(dtype)
    held = _own.arrays.get(key)
    if held is None or len(held) < n:
        held = _own.arrays[key] = np.empty(n, dtype)
    return held[:n].reshape(shape)
