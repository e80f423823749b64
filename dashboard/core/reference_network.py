"""The trained network that comes with Digit Lab, loaded once for all visitors."""

from functools import lru_cache

from nnlib.datasets import DATA_FOLDER
from nnlib.storage import SavedNetwork, load

FILE = DATA_FOLDER / "reference-cnn.npz"


@lru_cache
def reference_network() -> SavedNetwork:
    """Raises FileNotFoundError without the file."""
    return load(FILE)
