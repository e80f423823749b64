"""Text that comes from data, such as the name of a class or of a file, written so that it is shown as it is: nothing in
it is formatted, fetched, or linked. Each way to the screen has its own function, used where the text is put in.
"""

import re
import unicodedata
from collections.abc import Sequence

JOINER = "\u2060"  # is not seen, and keeps apart what would be a link, an icon or an emoji
SHORT = 24  # characters beside a bar or on a button
ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"


def markdown(text: str) -> str:
    """As part of a Markdown text of Streamlit, or of a label that may hold Markdown."""
    apart = re.sub(r"([:@]|\bwww)(?=\S)", rf"\1{JOINER}", _isolated(text))
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", apart)


def markdowns(texts: Sequence[str]) -> tuple[str, ...]:
    """The same of several texts."""
    return tuple(map(markdown, texts))


def plotly(text: str) -> str:
    """As part of a label or a hover text of Plotly, which knows some HTML, %{placeholders} and $formulas$."""
    escaped = _isolated(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("$", "&#36;").replace("%{", "%" + JOINER + "{")


def plotlys(texts: Sequence[str]) -> list[str]:
    """The same of several texts."""
    return list(map(plotly, texts))


def short_ticks(names: Sequence[str]) -> dict[str, list[str]]:
    """The ticks of an axis with these names as its categories, if some of them are long."""
    if max(map(len, names), default=0) <= SHORT:
        return {}
    return {"tickvals": plotlys(names), "ticktext": plotlys([short(name) for name in names])}


def short(text: str, most: int = SHORT) -> str:
    """At most so many characters, the rest as an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _isolated(text: str) -> str:
    """Text with letters written from right to left does not turn round what stands beside it."""
    return f"{ISOLATE}{text}{END_OF_ISOLATE}" if any(map(_from_right, text)) else text


def _from_right(character: str) -> bool:
    return unicodedata.bidirectional(character) in ("R", "AL")
