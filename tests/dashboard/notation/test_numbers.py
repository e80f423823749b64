"""Formats of numbers, against values rounded by hand."""

import math

import numpy as np
import pytest

from dashboard.notation.numbers import lined_up, number, percent, signed
from tests.figures import figures


def test_number():
    values = (0, -0.0, 0.012345, -0.5, 0.25, np.float32(0.1), 1.23456, 999.94)
    assert [number(value) for value in values] == ["0", "0", "0.0123", "−0.5", "0.25", "0.1", "1.235", "999.9"]
    assert number(12345) == "1.234·10⁴"  # the 5 is exactly half way: rounded to even
    assert [number(value) for value in (1e-7, -1.234e-5)] == ["1·10⁻⁷", "−1.23·10⁻⁵"]
    assert [number(value) for value in (math.inf, -math.inf, math.nan)] == ["∞", "−∞", "not a number"]
    assert [number(value, 4) for value in (0.234567, 2.302585, 1.5e-6)] == ["0.2346", "2.303", "1.5·10⁻⁶"]


def test_number_is_within_its_rounding_of_the_value():
    for value in np.random.default_rng(0).normal(size=200) * 10.0 ** np.arange(-10, 10).repeat(10):
        assert figures(number(value)) == [pytest.approx(value, rel=5.01e-3)]


def test_signed_and_lined_up():
    assert [signed(value) for value in (0.4, -0.4, 0.0, 2e-9)] == ["+0.4", "−0.4", "0", "+2·10⁻⁹"]
    found = [lined_up(value) for value in (4.4, -2.6, 0.0, 123.4, -0.01234)]
    assert found == ["+4.40", "−2.60", "+0.00", "+123", "−0.0123"]


def test_percent_never_rounds_to_certainty():
    assert [percent(share) for share in (0, 1, 0.5, math.nan)] == ["0 %", "100 %", "50.0 %", "no number"]
    found = [percent(share) for share in (0.0004, 0.0006, 0.9994, 0.9996)]
    assert found == ["< 0.1 %", "0.1 %", "99.9 %", "> 99.9 %"]
