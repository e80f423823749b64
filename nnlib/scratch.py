"""Memory for what is needed only for a moment, shared by all networks that one thread works on.

A class of thirty trains thirty networks in one process. What lives no longer than one call need not stand there thirty
times, and allocating it anew for each call would take as long as filling it.
"""

import math
import threading

import numpy as np

_own = threading.local()


def scratch(purpose, shape, dtype=np.float32):
    """An array of this shape with anything in it, good until this thread next asks for the same purpose."""
    n = math.prod(shape)
    key = purpose, np.dtype(dtype)
    held = _own.__dict__.get(key)
    if held is None or len(held) < n:
        held = _own.__dict__[key] = np.empty(n, dtype)
    return held[:n].reshape(shape)
