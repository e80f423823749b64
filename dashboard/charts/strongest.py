"""Which classes are shown where there are too many for a chart."""

from collections.abc import Iterable

import numpy as np

MOST = 20


def strongest(values: np.ndarray, always: Iterable[int]) -> list[int]:
    """The places of the MOST largest values and of those that are `always` shown, in their order."""
    if len(values) <= MOST:
        return list(range(len(values)))
    return sorted({*np.argsort(-values, kind="stable")[:MOST].tolist(), *always})
