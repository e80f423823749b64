"""The confusion matrix and the gallery of misclassified digits."""

from typing import Any

import numpy as np
import streamlit as st

from dashboard.components import clickable, digit_images
from dashboard.components.choice import choice, how_many
from dashboard.core import session
from dashboard.mistakes import commentary
from dashboard.mistakes.confusion_matrix import confusion_html
from dashboard.mistakes.misclassified import ORDERS
from dashboard.mistakes.review_view import Review
from dashboard.notation.phrases import counted, digits_of
from dashboard.notation.plain_text import markdowns
from dashboard.theme import Theme

ANY, COUNTS = "any", "counts"
PAGE_SIZES = [15, 30, 60, 120]
DIGIT_SIZE = 72  # pixels of the screen


def confusion(of: Review, theme: Theme):
    """The confusion matrix. A click on a cell filters the gallery by truth and guess; a second one lifts it."""
    unit = choice(
        "Numbers in the cells",
        [COUNTS, "% of the true class"],
        "confusion_unit",
        "Counts, or per cent of the digits of the true class, that is, of the row.",
        label_visibility="collapsed",
    )
    names, now = of.digits.class_names, _filter(of)
    html, choices = confusion_html(of.confusion, names, theme, per_cent=unit != COUNTS)
    clickable.show(html, choices, lambda choice: _choose_cell(of, choice), key="confusion", chosen=now)
    click = " Click a cell to see its digits." if len(of.mistakes) else ""
    st.caption(f"{commentary.about_confusion(of.confusion, markdowns(names))}{click}")


def _filter(of):
    """The truth and the guess that the gallery shows; None is any."""
    chosen = (session.chosen(of.key(name), ANY) for name in ("truth", "guess"))
    return tuple(None if k == ANY else k for k in chosen)


def _choose_cell(of, choice):
    again = tuple(choice) == _filter(of)
    for name, k in zip(("truth", "guess"), choice, strict=True):
        session.choose(of.key(name), ANY if again or k is None else k)


def gallery(of: Review, theme: Theme):
    """The misclassified digits, sorted and filtered; a click selects one."""
    if not len(of.mistakes):
        st.success(f"No errors among {digits_of(of.name, len(of.split))}.", icon=":material/check:")
        _least_sure(of, theme)
        return
    chosen = _filtered(of)
    if not len(chosen):
        st.success("No errors of this kind.", icon=":material/check:")
        return
    shown = _page(of, chosen)
    names = of.digits.class_names
    captions = [commentary.misclassified_caption(shown, place, names, of.probabilities) for place in range(len(shown))]
    if to_click(of, theme, shown.positions, captions, "mistakes_gallery"):
        st.rerun()  # its details are outside the part that is redrawn while it trains


def _least_sure(of, theme):
    st.caption("The least confident guesses, least confident first. Click one to see it below.")
    shown = np.argsort(of.confidence, kind="stable")[: PAGE_SIZES[0]]
    if to_click(of, theme, shown, captions(of, shown), "mistakes_gallery"):
        st.rerun()


def captions(of: Review, positions: np.ndarray) -> list[str]:
    """The captions of digits, right or wrong, by their positions."""
    three = (each[positions].tolist() for each in (of.evaluation.predicted, of.evaluation.labels, of.confidence))
    return [
        commentary.caption(guess, truth, confidence, of.digits.class_names, of.probabilities)
        for guess, truth, confidence in zip(*three, strict=True)
    ]


def to_click(of: Review, theme: Theme, positions: np.ndarray, captions: list[str], key: str) -> bool:
    """Digits of the split, of which a click selects one. Returns whether there was a click."""
    html = digit_images.digit_figures(
        of.split.images[positions], of.digits.image_shape, captions, theme, size=DIGIT_SIZE
    )
    numbers, chosen = (positions + 1).tolist(), of.key("mistake")
    return clickable.show(html, numbers, lambda number: session.choose(chosen, number), key, session.chosen(chosen))


def _filtered(of):
    names = [ANY, *range(of.digits.n_classes)]
    options: dict[str, Any] = {
        "options": names,
        "format_func": lambda k: ANY if k == ANY else of.digits.class_names[k],
        "persist_state": "session",
        "width": 110,
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox("Truth", key=of.key("truth"), help="Show only this true class.", **options)
        st.selectbox("Guess", key=of.key("guess"), help="Show only this guess.", **options)
        help = "Confidence is the probability or score of the wrong guess. The loss is per example."
        order = choice("Sort by", ORDERS, "mistakes_order", help)
    return of.mistakes.between(*_filter(of)).in_order(order)


def _page(of, chosen):
    with st.container(horizontal=True, vertical_alignment="bottom"):
        size = how_many("Per page", PAGE_SIZES, "mistakes_page_size", "Digits per page.", default=15)
        pages = -(-len(chosen) // size)
        page = st.pagination(pages, key="mistakes_page", max_visible_pages=5) if pages > 1 else 1
    start = (min(page, pages) - 1) * size
    shown = chosen.take(slice(start, start + size))
    many = f"{start + 1:,} to {start + len(shown):,}" if len(shown) > 1 else f"No. {start + 1:,}"
    part = f"{many} of {len(chosen):,}" if pages > 1 else counted(len(chosen), "digit")
    st.caption(f"Guess ✗ → truth ✓, confidence, loss. {part}. Click one to see it below.")
    return shown
