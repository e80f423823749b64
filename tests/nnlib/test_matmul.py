"""A product in pieces against the plain one: only the order of the additions may differ."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from nnlib import matmul
from nnlib.matmul import product, rows_at_once

SHAPES = [(128, 784, 64), (10, 784, 240), (512, 784, 128), (97, 784, 300), (128, 64, 784), (784, 128, 64), (1, 15, 32)]


@pytest.fixture(params=[True, False], ids=["short way", "no short way"])
def short_way(request, monkeypatch):
    """With and without OpenBLAS kernels for small products."""
    monkeypatch.setattr(matmul, "_small_products_are_special", lambda: request.param)
    rows_at_once.cache_clear()
    yield request.param
    rows_at_once.cache_clear()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("transposed", ["neither", "left", "right"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_product_is_the_same_in_pieces(short_way, shape, transposed, dtype):
    rows, inner, columns = shape
    random = np.random.default_rng(1)
    A = random.random((inner, rows)).T if transposed == "left" else random.random((rows, inner))
    B = random.random((columns, inner)).T if transposed == "right" else random.random((inner, columns))
    out = np.full((rows, columns), np.nan, dtype)
    assert product(A.astype(dtype, order="K"), B.astype(dtype, order="K"), out) is out
    np.testing.assert_allclose(out, A @ B, rtol=1e-4 if dtype == np.float32 else 1e-12)


@pytest.mark.parametrize("contiguous", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_pieces_are_equal_and_small_enough(short_way, shape, contiguous):
    rows, inner, columns = shape
    piece = rows_at_once(rows, inner, columns, contiguous)
    assert rows % piece == 0
    if not short_way:
        assert piece == rows
    if piece < rows:
        assert piece >= matmul.FEWEST_ROWS
        assert piece * inner * columns <= matmul.MULTIPLICATIONS
        assert contiguous or piece * columns <= matmul.RESULTS_IF_TRANSPOSED


def test_the_batches_of_the_recipes_go_in_pieces(monkeypatch):
    monkeypatch.setattr(matmul, "_small_products_are_special", lambda: True)
    rows_at_once.cache_clear()
    assert rows_at_once(128, 784, 64, False) == 16  # Z = W A at batch size 64
    assert rows_at_once(10, 784, 240, False) == 5  # in the blocks of a full batch
    assert rows_at_once(97, 784, 64, False) == 97  # a prime number of rows cannot be cut evenly
    rows_at_once.cache_clear()


def test_the_running_kernels_are_asked_for_and_only_those_with_avx512_multiply_small_matrices_in_place(monkeypatch):
    running = [each["architecture"] for each in threadpool_info() if "numpy.libs" in each["filepath"]]
    assert [matmul._kernels()] == running or not running  # another NumPy than that of PyPI, or another system
    monkeypatch.setattr(matmul, "_kernels", lambda: "Haswell")
    assert not matmul._small_products_are_special.__wrapped__()
