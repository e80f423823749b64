"""Fast matrix products for dense layers: a large product in pieces that OpenBLAS multiplies without packing.

OpenBLAS copies ("packs") both matrices into an order of its own before it multiplies. In a mini-batch a packed weight
is used only m times, so packing is a considerable part of the work. On processors with AVX-512 OpenBLAS has kernels
that read the matrices in place, but uses them for small products only. Cut into pieces of a few rows, a large product
becomes many small ones; the result is equal up to rounding. Measured on one thread of an AMD EPYC:

    128 x 784 times 784 x 64 (transposed, as in Z = W A):   120 us in pieces of 16 rows, 154 us in one
    128 x 64 times 64 x 784 (dW = dZ Aᵀ):                   119 us in pieces of 112 rows, 134 us in one
    10 x 784 times 784 x 240 (transposed):                   45 us in pieces of 5 rows, 136 us in one

BLAS then does not use a second core; `Trainer.threads` shares blocks of examples instead.
"""

import ctypes
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

# OpenBLAS, kernel/x86_64/sgemm_small_kernel_permit_skylakex.c
MULTIPLICATIONS = 1_000_000
RESULTS_IF_TRANSPOSED = 1_200
KERNELS = ("SkylakeX", "Cooperlake", "SapphireRapids")  # those that use AVX-512
FEWEST_ROWS = 4  # with fewer, the pieces cost more than they save


def product(A: NDArray, B: NDArray, out: NDArray) -> NDArray:
    """out = A B for A (rows, inner), B (inner, columns), and out (rows, columns) contiguous. Returns out."""
    if out.size <= RESULTS_IF_TRANSPOSED and A.size * B.shape[1] <= MULTIPLICATIONS:
        return A.dot(B, out=out)
    (rows, inner), columns = A.shape, B.shape[1]
    piece = rows_at_once(rows, inner, columns, B.flags.c_contiguous)
    if piece == rows:
        return A.dot(B, out=out)
    np.matmul(A.reshape(-1, piece, inner), B, out=out.reshape(-1, piece, columns))
    return out


@lru_cache(maxsize=256)
def rows_at_once(rows: int, inner: int, columns: int, contiguous: bool) -> int:
    """Rows of A in a piece; all of them where cutting does not pay. A transposed B is not `contiguous`."""
    if not _small_products_are_special():
        return rows
    most = MULTIPLICATIONS // (inner * columns)
    if not contiguous:
        most = min(most, RESULTS_IF_TRANSPOSED // columns)
    largest = next((size for size in range(min(most, rows), 0, -1) if rows % size == 0), 0)
    return largest if largest >= FEWEST_ROWS else rows


@lru_cache(maxsize=1)
def _small_products_are_special() -> bool:
    settings = np.show_config(mode="dicts")
    vectors = settings["SIMD Extensions"]
    return (
        "openblas" in settings["Build Dependencies"]["blas"]["name"]
        and not {"AVX512_SKX", "X86_V4"}.isdisjoint(vectors["baseline"] + vectors["found"])
        and _kernels() in ("", *KERNELS)
    )


def _kernels() -> str:
    """What OpenBLAS calls the kernels it runs, which an environment variable may have chosen for an older processor;
    empty where it cannot be asked."""
    try:
        name = ctypes.CDLL(np.linalg._umath_linalg.__file__)["scipy_openblas_get_corename64_"]
    except (AttributeError, OSError):
        return ""
    name.restype = ctypes.c_char_p
    return name().decode()
