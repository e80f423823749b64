"""The trained network that comes with Digit Lab, loaded once for all visitors."""

from functools import lru_cache

from nnlib.storage import REFERENCE, SavedNetwork, load


@lru_cache
def reference_network() -> SavedNetwork:
    """Raises FileNotFoundError without the file."""
    return load(REFERENCE)
