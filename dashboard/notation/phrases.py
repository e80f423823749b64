"""Phrases that many sentences share."""

from collections.abc import Iterable

MINE = "mine"  # the visitor's own digits, beside the splits of the data set


def times(n: int) -> str:
    """`once`, `twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(n, f"{n:,} times")


def counted(n: int, noun: str) -> str:
    """`1 column`, `2 columns`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def listed(parts: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    *before, end = parts
    return f"{', '.join(before)} {last} {end}" if before else end


def digit_of(split: str) -> str:
    """`validation digit`, `your digit`: before its number."""
    return "your digit" if split == MINE else f"{split} digit"


def digits_of(split: str, n: int | str) -> str:
    """`5,000 validation digits`, `1 digit of yours`; also for a phrase that ends with such a number."""
    count, noun = (n, "digits") if isinstance(n, str) else (f"{n:,}", "digit" if n == 1 else "digits")
    return f"{count} {noun} of yours" if split == MINE else f"{count} {split} {noun}"
