"""Names from data as each way to the screen needs them; a browser test shows what arrives."""

import re

import pytest

from dashboard.notation.plain_text import JOINER, markdown, plotly, short, short_ticks

HOSTILE = (
    "a*b", "_a_", "$x$", "![x](http://x)", "<b>", ":red[x]", ":smile:", "[l](x)", "`c`", "# x", "1. x", "~~x~~",
    "a|b", "&amp;", "\\", "www.x.org", "a@b.org", "http://x",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_shows_every_character_and_nothing_else(text):
    escaped = markdown(text)
    assert re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", escaped).replace(JOINER, "") == text
    assert not re.search(r"(?<!\\)(\\\\)*[*_$!<>\[\]()`#~|&]", escaped)  # each is behind a backslash
    assert not re.search(r":\w|:/|@\w|www\\?\.", escaped)


def test_ordinary_names_are_left_alone():
    assert markdown("Ankle boot 7") == plotly("Ankle boot 7") == "Ankle boot 7"


def test_plotly_shows_no_html_placeholders_or_formulas():
    assert plotly("<b>a</b> & b") == "&lt;b&gt;a&lt;/b&gt; &amp; b"
    assert "%{" not in plotly("%{x}") and "$" not in plotly("$x$")


@pytest.mark.parametrize("write", [markdown, plotly])
def test_text_from_right_to_left_is_isolated(write):
    assert write("שלום") == "\u2068שלום\u2069"


def test_shortened_names():
    assert short("x" * 24) == "x" * 24 and short("x" * 25) == "x" * 23 + "…" and short("T-shirt/top", 9) == "T-shirt/…"
    assert short_ticks(("a", "b")) == {}
    assert short_ticks(("a", "<" * 30)) == {"tickvals": ["a", "&lt;" * 30], "ticktext": ["a", "&lt;" * 23 + "…"]}
