"""Formats of numbers, against values rounded by hand."""

import math

import numpy as np
import pytest

from dashboard.notation.numbers import lined_up, number, percent, signed
from tests.figures import figures


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (0.012345, "0.0123"),
        (-0.5, "−0.5"),
        (0.25, "0.25"),
        (1.23456, "1.235"),
        (999.94, "999.9"),
        (12345, "1.234·10⁴"),  # the 5 is exactly half way: rounded to even
        (1e-7, "1·10⁻⁷"),
        (-1.234e-5, "−1.23·10⁻⁵"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "not a number"),
        (np.float32(0.1), "0.1"),
    ],
)
def test_number(value, text):
    assert number(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.234567, "0.2346"), (2.302585, "2.303"), (1.5e-6, "1.5·10⁻⁶")])
def test_number_with_four_digits(value, text):
    assert number(value, 4) == text


def test_number_is_within_its_rounding_of_the_value():
    for value in np.random.default_rng(0).normal(size=200) * 10.0 ** np.arange(-10, 10).repeat(10):
        assert figures(number(value)) == [pytest.approx(value, rel=5.01e-3)]


@pytest.mark.parametrize(("value", "text"), [(0.4, "+0.4"), (-0.4, "−0.4"), (0.0, "0"), (2e-9, "+2·10⁻⁹")])
def test_signed(value, text):
    assert signed(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(4.4, "+4.40"), (-2.6, "−2.60"), (0.0, "+0.00"), (123.4, "+123"), (-0.01234, "−0.0123")]
)
def test_lined_up(value, text):
    assert lined_up(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (1, "100 %"),
        (0.5, "50.0 %"),
        (0.0004, "< 0.1 %"),
        (0.0006, "0.1 %"),
        (0.9994, "99.9 %"),
        (0.9996, "> 99.9 %"),
        (math.nan, "no number"),
    ],
)
def test_percent_never_rounds_to_certainty(share, text):
    assert percent(share) == text
