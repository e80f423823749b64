"""Fixtures of the library's tests: few data, so that training takes milliseconds."""

from dataclasses import replace

import numpy as np
import pytest

from nnlib.datasets import Digits, Split


@pytest.fixture(scope="session")
def few(digits):
    """Real digits, but only 300 to train on and 100 of each other split."""
    return replace(digits.take(300), validation=digits.validation.take(100), test=digits.test.take(100))


@pytest.fixture(scope="session")
def numbered():
    """23 examples that can be told apart: in example i only pixel i is lit. Classes 0, 1, 2 in turn."""
    split = Split(np.eye(23, dtype=np.uint8) * 255, np.arange(23, dtype=np.uint8) % 3, np.arange(23, dtype=np.int32))
    return Digits(split, split, split, image_shape=(1, 23), class_names=("a", "b", "c"), name="numbered")
