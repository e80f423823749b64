"""The parts of the Mistakes page that count: which split, the confusion matrix, the gallery of misread digits, and the
report per class. All of them show one Review: what the network makes of a split at this moment.
"""

from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.components import clickable, digit_images
from dashboard.core import scheduler, session
from dashboard.core.lab import Lab
from dashboard.data import commentary as descriptions
from dashboard.mistakes import commentary
from dashboard.mistakes.confusion_matrix import confusion_html
from dashboard.mistakes.misclassified import ORDERS, Mistakes, find, report_rows
from dashboard.theme import Theme
from nnlib.datasets import Digits, Split
from nnlib.evaluation import Evaluation
from nnlib.metrics import confusion_matrix

VALIDATION, TEST = "validation", "test"
ADVICE = "Keep them for the final word: choose settings by the validation digits."
ANY = "any"
PAGE_SIZES = [15, 30, 60, 120]
DIGIT_SIZE = 72  # pixels of the screen
PLAIN = {"displayModeBar": False}  # nothing to zoom: all there is fits


@dataclass(frozen=True, eq=False)
class Review:
    """One split as the network reads it: everything the parts of the page need, computed once per redraw."""

    name: str
    digits: Digits
    evaluation: Evaluation
    position: float  # epochs done by then
    values: np.ndarray  # (classes, n) probabilities, or scores
    probabilities: bool
    confusion: np.ndarray
    mistakes: Mistakes

    @property
    def split(self) -> Split:
        return getattr(self.digits, self.name)

    @property
    def confidence(self) -> np.ndarray:
        """What each guess got, (n,)."""
        return self.values[self.evaluation.predicted, np.arange(len(self.split))]

    def key(self, name: str) -> str:
        """A widget key for this split of this data set only."""
        return f"{name}_{self.name}_{self.digits.n_classes}_{len(self.split)}"


def review(lab: Lab, name: str, *, recent: bool = False) -> Review:
    """Read a split, or take the reading of this step that is there already; if a `recent` one will do, a little older
    one while it trains."""
    if recent:
        evaluation, position = lab.recent_evaluation(name)
    else:
        evaluation, position = _evaluation(lab, name), lab.shown.position
    return session.derived("review", (evaluation, position), lambda: _review(lab, name, evaluation, position))


def _evaluation(lab, name):
    """While it trains, in a turn of its own like whatever is live."""
    with scheduler.TURNSTILE.turn(lambda: None) if lab.running else nullcontext():
        return lab.evaluation(name)


def _review(lab, name, evaluation, position):
    digits, loss = lab.shown.digits, lab.shown.loss
    with np.errstate(
        over="ignore", invalid="ignore"
    ):  # weights without bound give numbers that are none, and it is said
        values = loss.class_probabilities(evaluation.scores)
    confusion = confusion_matrix(evaluation.labels, evaluation.predicted, digits.n_classes)
    mistakes = find(evaluation, values)
    return Review(name, digits, evaluation, position, values, loss.gives_probabilities, confusion, mistakes)


def choose_split(lab: Lab) -> str:
    """Validation or test. While it trains always validation: the test digits would be looked at again and again."""
    with st.container(horizontal=True, vertical_alignment="center"):
        name = st.segmented_control(
            "Split",
            [VALIDATION, TEST],
            default=VALIDATION,
            required=True,
            key="mistakes_split",
            label_visibility="collapsed",
            help="Validation digits guide your choices. The test digits are for the final word: each look is counted.",
        )
        slot, moves = st.empty(), lab.moving or lab.playing
        if not moves:
            _read(lab, name, slot)
        slot.caption(f"{descriptions.about_looks(lab.test_looks)} {ADVICE}")
    if name == TEST and moves:
        st.info("These are validation digits. Pause to see the test digits: each look at them counts.")
        return VALIDATION
    return name


def _read(lab, name, slot):
    """Evaluate a split, unless that has been done at this step, in turns with those who train."""
    n = len(getattr(lab.shown.digits, name))
    for share in scheduler.in_turns(lab.evaluating(name), lambda: None):
        if share < 1:
            slot.progress(share, f"Reading {n:,} {name} digits …")


def accuracy(of: Review, lab: Lab):
    """How many are misread; while it trains, of when that is, which need not be now."""
    sentence = descriptions.about_accuracy(of.confusion, of.name, untrained=lab.shown.steps == 0)
    when = f" :gray[So it was at epoch {of.position:.2f}: it is read anew as often as its training leaves time for.]"
    st.markdown(sentence + when * lab.moving)


def of_when(of: Review, lab: Lab):
    """While it trains, say of when what stands below is, which is not drawn anew."""
    with st.container():
        if lab.moving:
            st.caption(f"From here on: the network of epoch {of.position:.2f}. Pause to bring it up to date.")


def confusion(of: Review, theme: Theme):
    """The confusion matrix. A click on a cell filters the gallery by truth and guess, another one lifts the filter."""
    unit = st.segmented_control(
        "Numbers in the cells",
        ["digits", "% of the truth"],
        default="digits",
        required=True,
        key="confusion_unit",
        persist_state="session",
        label_visibility="collapsed",
        help="Counts, or per cent of all digits of the true class: of a row.",
    )
    names, now = of.digits.class_names, _filter(of)
    html, choices = confusion_html(of.confusion, names, theme, per_cent=unit != "digits")
    clickable.show(html, choices, lambda choice: _choose_cell(of, choice), key="confusion", chosen=now)
    click = " Click a cell to see its digits." if len(of.mistakes) else ""
    st.caption(f"{descriptions.about_confusion(of.confusion, names)}{click}")


def _filter(of):
    """Truth and guess that the gallery is restricted to; None is any."""
    chosen = (session.chosen(of.key(name), ANY) for name in ("truth", "guess"))
    return tuple(None if k == ANY else k for k in chosen)


def _choose_cell(of, choice):
    again = tuple(choice) == _filter(of)
    for name, k in zip(("truth", "guess"), choice, strict=True):
        session.choose(of.key(name), ANY if again or k is None else k)


def gallery(of: Review, theme: Theme):
    """The misread digits, sorted and filtered; a click on one shows it close up."""
    if not len(of.mistakes):
        st.success(f"Not one mistake among {len(of.split):,} {of.name} digits.", icon=":material/check:")
        _least_sure(of, theme)
        return
    chosen = _filtered(of)
    if not len(chosen):
        st.success("No digit is misread in this way.", icon=":material/check:")
        return
    shown = _page(of, chosen)
    names = of.digits.class_names
    captions = [descriptions.caption(shown, place, names, of.probabilities) for place in range(len(shown))]
    if to_click(of, theme, shown.positions, captions, "mistakes_gallery"):
        st.rerun()  # what shows it stands outside of the part that is redrawn while it trains


def _least_sure(of, theme):
    st.caption("These it is least sure of, the least sure first: click one to see it below.")
    shown = np.argsort(of.confidence, kind="stable")[: PAGE_SIZES[0]]
    if to_click(of, theme, shown, captions(of, shown), "mistakes_gallery"):
        st.rerun()


def captions(of: Review, positions: np.ndarray) -> list[str]:
    """What is said under digits of which one looks at the guess, right or wrong."""
    three = (each[positions].tolist() for each in (of.evaluation.predicted, of.evaluation.labels, of.confidence))
    return [descriptions.caption(*each, of.digits.class_names, of.probabilities) for each in zip(*three, strict=True)]


def to_click(of: Review, theme: Theme, positions: np.ndarray, captions: list[str], key: str) -> bool:
    """Digits of the split, of which a click chooses one; whether there was a click."""
    html = digit_images.digit_figures(
        of.split.images[positions], of.digits.image_shape, captions, theme, size=DIGIT_SIZE
    )
    numbers, chosen = (positions + 1).tolist(), of.key("mistake")
    return clickable.show(html, numbers, lambda number: session.choose(chosen, number), key, session.chosen(chosen))


def _filtered(of):
    names = [ANY, *range(of.digits.n_classes)]
    options = {
        "options": names,
        "format_func": lambda k: ANY if k == ANY else of.digits.class_names[k],
        "persist_state": "session",
        "width": 110,
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox("Truth", key=of.key("truth"), help="Only digits that are this.", **options)
        st.selectbox("Guess", key=of.key("guess"), help="Only digits that were read as this.", **options)
        order = st.segmented_control(
            "Sort by",
            ORDERS,
            default=next(iter(ORDERS)),
            required=True,
            key="mistakes_order",
            persist_state="session",
            help="How sure it was: what it gave to its wrong guess. The loss looks at what the truth got instead.",
        )
    return of.mistakes.between(*_filter(of)).in_order(order)


def _page(of, chosen):
    with st.container(horizontal=True, vertical_alignment="bottom"):
        size = st.select_slider(
            "At a time",
            PAGE_SIZES,
            value=15,
            key="mistakes_page_size",
            persist_state="session",
            width=150,
            help="How many misread digits to show at a time.",
        )
        pages = -(-len(chosen) // size)
        page = st.pagination(pages, key="mistakes_page", max_visible_pages=5) if pages > 1 else 1
    start = (min(page, pages) - 1) * size
    shown = chosen.take(slice(start, start + size))
    st.caption(
        f"Guess ✗ → truth ✓, how sure it was, the loss. {start + 1:,} to {start + len(shown):,} of {len(chosen):,}: "
        "click one to see it below."
    )
    return shown


def report(of: Review, lab: Lab):
    """Precision, recall and F1 of every class, and their averages; as a file too."""
    st.subheader(
        "How good is it, class by class?",
        help="The counts of the confusion matrix, condensed into one line per class.",
    )
    names = of.digits.class_names
    st.markdown(commentary.about_worst(of.confusion, names))
    table = pd.DataFrame(report_rows(of.confusion, names))

    def share(label, help):
        return st.column_config.NumberColumn(label, help=help, format="%.1f %%")

    st.dataframe(
        table.assign(**{score: 100 * table[score] for score in ("precision", "recall", "F1")}),
        hide_index=True,
        key="report",
        height="content",
        column_config={
            "class": st.column_config.TextColumn("class", pinned=True, width=170),
            "precision": share("precision", "Of all digits it calls this, the share that are this."),
            "recall": share("recall", "Of all digits that are this, the share that it calls this."),
            "F1": share("F1", "The harmonic mean of precision and recall: high only if both are."),
            "digits": st.column_config.NumberColumn(
                "digits", help="Support: how many are of this class.", format="localized"
            ),
        },
    )
    st.caption(descriptions.about_report(of.confusion, names))
    st.download_button(
        "Download the report (CSV)",
        table.to_csv(index=False),
        file_name=f"report-{lab.recipe.name}-{of.name}-epoch-{lab.shown.position:.2f}.csv",
        mime="text/csv",
        icon=":material/download:",
        key="download_report",
        on_click="ignore",
        help="The same table as a file: shares from 0 to 1, with all their digits.",
    )
