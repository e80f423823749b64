from concurrent.futures import ThreadPoolExecutor

import numpy as np

from nnlib.scratch import scratch


def test_it_has_the_shape_and_kind_asked_for_and_is_reused():
    first = scratch("a test", (3, 4), np.float64)
    assert first.shape == (3, 4) and first.dtype == np.float64
    assert np.shares_memory(first, scratch("a test", (2, 5), np.float64))  # smaller fits into what is there
    assert scratch("a test", (5, 5), np.float64).shape == (5, 5)


def test_two_purposes_two_kinds_and_two_threads_share_nothing():
    one = scratch("one", (4,))
    others = [scratch("other", (4,)), scratch("one", (4,), np.float64)]
    with ThreadPoolExecutor(1) as pool:
        others.append(pool.submit(scratch, "one", (4,)).result())
    assert not any(np.shares_memory(one, other) for other in others)
