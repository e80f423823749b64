"""Dividing examples so that every part has equally many of each class, as far as the data allow."""

import numpy as np
from numpy.typing import NDArray


def divide(labels: NDArray, share: int, rng: np.random.Generator) -> tuple[NDArray, NDArray]:
    """Positions of the examples kept and of those held out, one in `share`, each in balanced order.

    A class gives at most half of its examples; the others make up for any shortfall.
    """
    order, place = balanced_order(labels, rng)
    may_leave = place < np.bincount(labels)[labels[order]] // 2
    held_out = order[may_leave][: len(labels) // share]
    kept = np.setdiff1d(np.arange(len(labels)), held_out, assume_unique=True)
    return kept[balanced_order(labels[kept], rng)[0]], held_out


def balanced_order(labels: NDArray, rng: np.random.Generator) -> tuple[NDArray, NDArray]:
    """A random order of the examples in rounds of one of each class, and the place of each within its class.

    The order is random within a class and drawn anew within each round, so the classes never come in a fixed cycle.
    """
    shuffled = rng.permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    counts = np.bincount(labels)
    place = np.arange(len(labels)) - np.repeat(np.cumsum(counts) - counts, counts)
    order = np.lexsort((rng.random(len(labels)), place))
    return by_class[order], place[order]
