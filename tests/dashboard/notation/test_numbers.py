"""Formats of numbers, against values rounded by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboard.notation.numbers import digits_that_differ, enough_digits, lined_up, number, percent, rounded, signed
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


NUMBERS = some.floats(-1e3, 1e3).filter(lambda value: value == 0 or abs(value) > 1e-6)


def last_place(text):
    """The value of one unit in the last place of a printed number with at least three significant digits."""
    return 10.0 ** (int(f"{figures(text)[0]:.12e}".partition("e")[2]) - 2)


@given(some.lists(some.tuples(NUMBERS, NUMBERS), min_size=1, max_size=8))
def test_a_sum_of_products_is_right_as_printed(pairs):
    total = math.fsum(a * b for a, b in pairs)
    digits = enough_digits(lambda printed: sum(printed(a) * printed(b) for a, b in pairs), total)
    if digits is None:  # only where nearly everything cancels
        assert abs(total) < 1e-6 * max(abs(a * b) for a, b in pairs)
        return
    terms = [(figures(number(a, digits))[0], figures(number(b, digits))[0]) for a, b in pairs]
    assert math.fsum(a * b for a, b in terms) == pytest.approx(figures(number(total))[0], abs=last_place(number(total)))


@given(some.floats(1e-12, 1 - 1e-12))
def test_a_logarithm_is_right_as_printed(a):
    loss = -math.log(a)
    digits = enough_digits(lambda printed: -math.log(printed(a)), loss)
    if digits is None:  # closer to 1 than any readable number
        assert 1 - a < 1e-8
        return
    printed = -math.log(figures(number(a, digits))[0])
    assert printed == pytest.approx(figures(number(loss))[0], abs=last_place(number(loss)))


def test_enough_digits_by_hand():
    assert enough_digits(lambda printed: printed(0.5) + printed(0.25), 0.75) == 3
    assert enough_digits(lambda printed: printed(0.999868) - 1, -0.000132) == 6
    assert enough_digits(lambda printed: printed(0.1) - printed(0.1), 1e-9) is None
    assert enough_digits(lambda printed: printed(math.nan), math.nan) is None


@given(NUMBERS, some.floats(1e-9, 1e-3))
def test_numbers_that_differ_look_different(value, change):
    after = value * (1 + change) or change
    digits = digits_that_differ(value, after)
    assert number(value, digits) != number(after, digits) or abs(after - value) < 1e-10 * abs(value)
    assert digits_that_differ(value, value) == 3
    assert figures(number(value, digits)) == [pytest.approx(rounded(value, digits))]
