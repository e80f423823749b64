"""Glossary: every term is listed, found, and leads to a page that exists."""

from pathlib import Path

from dashboard.glossary.terms import TERMS
from tests.pages.content import failures, texts

PAGE = "pages/glossary.py"


def test_terms_are_listed_found_and_lead_to_pages(open_app):
    at = open_app(PAGE)
    assert failures(at) == [] and all(f"**{name}**" in texts(at) for name in TERMS)
    assert all((Path(__file__).parents[2] / "pages" / f"{term.page}.py").exists() for term in TERMS.values())
    at.text_input(key="term").set_value("softMAX").run()
    assert "**Softmax**" in texts(at) and "**Epoch**" not in texts(at)
    at.text_input(key="term").set_value("xyzzy").run()
    assert failures(at) == [] and "**Softmax**" not in texts(at)
