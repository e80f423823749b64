"""Phrases that many sentences share."""

from collections.abc import Iterable


def times(n: int) -> str:
    """`once`, `twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(n, f"{n:,} times")


def listed(parts: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    *before, end = parts
    return f"{', '.join(before)} {last} {end}" if before else end
