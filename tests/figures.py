"""Reading the numbers in a text."""

import re

_NUMBER = re.compile(r"[+−-]?\d+(?:,\d{3})*(?:\.\d+)?(?:·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?")
_ASCII = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789", ",")


def figures(text: str) -> list[float]:
    """The numbers in a text, in order: `4,704 of −1.5·10⁻⁷` -> [4704, -1.5e-7]."""
    return [float(found.group().replace("·10", "e").translate(_ASCII)) for found in _NUMBER.finditer(text)]
