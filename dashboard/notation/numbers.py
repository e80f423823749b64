"""How numbers are written on every page: one function per format."""

import math

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def minus(text: str) -> str:
    """A formatted number with a minus sign in place of a hyphen."""
    return text.replace("-", "−")


def number(value: float, digits: int = 3) -> str:
    """`digits` significant digits, at least four from 1 on, without trailing zeros: 0.0123, 12.35, 1.2·10⁻⁵."""
    value = float(value)
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "∞" if value > 0 else "−∞"
    mantissa, _, exponent = f"{value:.{max(digits, 4) if abs(value) >= 1 else digits}g}".partition("e")
    power = f"·10{str(int(exponent)).translate(SUPERSCRIPTS)}" if exponent else ""
    return minus(mantissa + power) if value else "0"


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
