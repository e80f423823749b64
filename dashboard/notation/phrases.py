"""Phrases that many sentences share."""

from collections.abc import Iterable

MINE = "mine"  # the visitor's own digits, beside the splits of the data set


def times(n: int) -> str:
    """`once`, `twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(n, f"{n:,} times")


def counted(n: int, noun: str) -> str:
    """`1 column`, `2 columns`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def capitalized(text: str) -> str:
    """With a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def with_article(name: str) -> str:
    """`a 7`, `an 8`, `an ankle boot`: the name of a class after its indefinite article, as it is spoken."""
    number_with_vowel = name.startswith("8") or name in ("11", "18")
    letter_with_vowel = name.upper() in tuple("AEFHILMNORSX")
    word_with_vowel = len(name) > 1 and name[0].lower() in "aeiou"
    return f"{'an' if number_with_vowel or letter_with_vowel or word_with_vowel else 'a'} {name}"


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
