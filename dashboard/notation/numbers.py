"""How numbers are written, everywhere on the screen: one function a kind."""

import math

NO_NUMBER = "no number"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float) -> str:
    """Three significant digits, four from 1 on, as short as possible: 0.0123, 12.35, 1.2·10⁻⁵."""
    value = float(value)
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "∞" if value > 0 else "−∞"
    mantissa, _, exponent = (f"{value:.4g}" if abs(value) >= 1 else f"{value:.3g}").partition("e")
    power = f"·10{str(int(exponent)).translate(SUPERSCRIPTS)}" if exponent else ""
    return (mantissa + power).replace("-", "−") if value else "0"


def signed(value: float) -> str:
    """The same with its sign, a plus too."""
    return f"+{number(value)}" if value > 0 else number(value)


def lined_up(value: float) -> str:
    """A signed number of three digits, zeros at its end included: those of a row can be compared at a glance."""
    return (f"{value:+#.3g}" if abs(value) < 100 else f"{value:+.3g}").replace("-", "−")


def percent(share: float) -> str:
    """A share from 0 to 1 as text, never rounded to a certainty that it is not."""
    if math.isnan(share):
        return NO_NUMBER
    if share in (0, 1):
        return f"{100 * share:.0f} %"
    if share < 0.0005:
        return "< 0.1 %"
    if share >= 0.9995:
        return "> 99.9 %"
    return f"{100 * share:.1f} %"
