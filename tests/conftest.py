"""What many tests share."""

import pytest

from nnlib.datasets import DATA_FOLDER, load_mnist


@pytest.fixture(scope="session")
def digits():
    """MNIST, loaded once; whatever NNLIB_DATA says outside, the tests are about the data of this project."""
    return load_mnist(DATA_FOLDER)
