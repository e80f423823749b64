"""What the tests of the dashboard's core share."""

from dataclasses import replace

import pytest


@pytest.fixture(scope="session")
def few(digits):
    """Real digits, but only 300 to train on and 100 of each other split, so that a training takes milliseconds."""
    return replace(digits.take(300), validation=digits.validation.take(100), test=digits.test.take(100))
