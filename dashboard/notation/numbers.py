"""How numbers are written on every page: one function per format."""

import math
from collections.abc import Callable, Mapping
from functools import partial
from string import Formatter

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


MOST_DIGITS = 12  # in a line of arithmetic


def minus(text: str) -> str:
    """A formatted number with a minus sign in place of a hyphen."""
    return text.replace("-", "−")


def number(value: float, digits: int = 3) -> str:
    """`digits` significant digits, at least four from 1 on, without trailing zeros: 0.0123, 12.35, 1.2·10⁻⁵."""
    value = float(value)
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "∞" if value > 0 else "−∞"
    mantissa, _, exponent = f"{value:.{_significant(value, digits)}g}".partition("e")
    power = f"·10{str(int(exponent)).translate(SUPERSCRIPTS)}" if exponent else ""
    return minus(mantissa + power) if value else "0"


def _significant(value: float, digits: int) -> int:
    return max(digits, 4) if abs(value) >= 1 else digits


def rounded(value: float, digits: int = 3) -> float:
    """The value that `number` prints."""
    return float(f"{value:.{_significant(value, digits)}g}")


def enough_digits(left: Callable[[Callable[[float], float]], float], right: float, digits: int = 3) -> int | None:
    """The fewest significant digits, at least `digits`, for the numbers on the left of a line of arithmetic, so that
    it is right as printed: their result is that of `number(right, digits)`, within little more than its rounding.

    `left(printed)` computes the left side from its numbers, each passed through `printed`. None if even MOST_DIGITS are
    too few, or if a number is not finite.
    """
    if not math.isfinite(right):
        return None
    last = 10.0 ** (math.floor(math.log10(abs(right))) + 1 - _significant(right, digits)) if right else 0.0
    shown = rounded(right, digits)
    for more in range(digits, MOST_DIGITS + 1):
        try:
            result = left(partial(rounded, digits=more))
        except (ValueError, ZeroDivisionError, OverflowError):  # as printed, the line has no result
            continue
        if abs(result - shown) <= 0.6 * last:
            return more
    return None


def digits_that_differ(before: float, after: float, digits: int = 3) -> int:
    """The fewest significant digits, at least `digits`, with which two different numbers look different."""
    same = (
        more for more in range(digits, MOST_DIGITS) if before == after or number(before, more) != number(after, more)
    )
    return next(same, MOST_DIGITS)


def signed(value: float) -> str:
    """`number` with an explicit sign."""
    return f"+{number(value)}" if value > 0 else number(value)


def lined_up(value: float) -> str:
    """A signed number of three significant digits, trailing zeros included, so that a row of them lines up."""
    return minus(f"{value:+#.3g}" if abs(value) < 100 else f"{value:+.3g}")


def percent(share: float) -> str:
    """A share from 0 to 1 in percent; never rounded to 0 % or 100 %."""
    if math.isnan(share):
        return "no number"
    if share in (0, 1):
        return f"{100 * share:.0f} %"
    if share < 0.0005:
        return "< 0.1 %"
    if share >= 0.9995:
        return "> 99.9 %"
    return f"{100 * share:.1f} %"


FORMATS: dict[str, Callable[[float], str]] = {"percent": percent, "number": number, "count": lambda n: f"{n:,.0f}"}


class _Numbers(Formatter):
    def format_field(self, value: float, format_spec: str) -> str:
        return FORMATS[format_spec](value)


def told(text: str, numbers: Mapping[str, float]) -> str:
    """The text with its numbers, each by its name and how it is written: {accuracy:percent}."""
    return _Numbers().vformat(text, (), numbers)
