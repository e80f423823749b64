"""What many tests share."""

import pytest
from threadpoolctl import threadpool_limits

from nnlib.datasets import DATA_FOLDER, load_mnist


@pytest.fixture(scope="session", autouse=True)
def one_blas_thread():
    """As the dashboard and the command line have it: two only wait for each other, above all on a busy machine."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def digits():
    """MNIST, loaded once; whatever NNLIB_DATA says outside, the tests are about the data of this project."""
    return load_mnist(DATA_FOLDER)
