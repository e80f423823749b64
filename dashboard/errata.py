"""The parts of the Mistakes page: which split, the confusion matrix, the gallery of misread digits, one of them in
detail, and the report per class. All of them show one Review: what the network makes of a split at this moment.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import choosable, descriptions, session, steplink, tiles
from dashboard.charts.digit import enlarged
from dashboard.charts.guess import class_bars
from dashboard.confusion import confusion_html
from dashboard.lab import Lab
from dashboard.mistakes import ORDERS, Mistakes, find
from dashboard.theme import Theme
from nnlib.datasets import Digits, Split
from nnlib.evaluation import Evaluation
from nnlib.metrics import classification_report, confusion_matrix

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
    values: np.ndarray  # (classes, n) probabilities, or scores
    probabilities: bool
    confusion: np.ndarray
    mistakes: Mistakes

    @property
    def split(self) -> Split:
        return getattr(self.digits, self.name)

    def key(self, name: str) -> str:
        """A widget key for this split of this data set only."""
        return f"{name}_{self.name}_{self.digits.n_classes}_{len(self.split)}"


def review(lab: Lab, name: str) -> Review:
    """Read a split, or take the reading of this step that is there already."""
    digits, loss = lab.shown.digits, lab.shown.loss
    evaluation = lab.evaluation(name)
    with np.errstate(
        over="ignore", invalid="ignore"
    ):  # weights without bound give numbers that are none, and it is said
        values = loss.class_probabilities(evaluation.scores)
    confusion = confusion_matrix(evaluation.labels, evaluation.predicted, digits.n_classes)
    return Review(name, digits, evaluation, values, loss.gives_probabilities, confusion, find(evaluation, values))


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
        moves = lab.moving or lab.playing
        if name == TEST and not moves:
            lab.evaluation(TEST)
        st.caption(f"{descriptions.about_looks(lab.test_looks)} {ADVICE}")
    if name == TEST and moves:
        st.info("These are validation digits. Pause to see the test digits: each look at them counts.")
        return VALIDATION
    return name


def of_when(lab: Lab):
    """While it trains, say of when it is what stands below and is not drawn anew."""
    if lab.moving:
        st.caption(f"From here on: the network of epoch {lab.shown.position:.2f}. Pause to bring it up to date.")


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
    choosable.show(html, choices, lambda choice: _choose_cell(of, choice), key="confusion", chosen=now)
    st.caption(f"{descriptions.about_confusion(of.confusion, names)} Click a cell to see its digits.")


def _filter(of):
    """Truth and guess that the gallery is restricted to; None is any."""
    chosen = (session.chosen(of.key(name), ANY) for name in ("truth", "guess"))
    return tuple(None if k == ANY else k for k in chosen)


def _choose_cell(of, choice):
    again = tuple(choice) == _filter(of)
    for name, k in zip(("truth", "guess"), choice, strict=True):
        session.choose(of.key(name), ANY if again or k is None else k)


def gallery(of: Review, theme: Theme):
    """The misread digits, sorted and filtered; a click on one shows it in `one_digit`."""
    if not len(of.mistakes):
        st.success(f"Not one mistake among {len(of.split):,} {of.name} digits.", icon=":material/check:")
        return
    chosen = _filtered(of)
    if not len(chosen):
        st.success("No digit is misread in this way.", icon=":material/check:")
        return
    shown = _page(of, chosen)
    names = of.digits.class_names
    captions = [descriptions.caption(shown, place, names, of.probabilities) for place in range(len(shown))]
    html = tiles.digit_figures(
        of.split.images[shown.positions], of.digits.image_shape, captions, theme, size=DIGIT_SIZE
    )
    numbers = (shown.positions + 1).tolist()
    key = of.key("mistake")
    if choosable.show(
        html, numbers, lambda number: session.choose(key, number), "mistakes_gallery", session.chosen(key)
    ):
        st.rerun()  # what shows it stands outside of the part that is redrawn while it trains


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


def one_digit(of: Review, lab: Lab, theme: Theme):
    """One digit of the split, large, and what the network makes of it."""
    first = of.mistakes.in_order(next(iter(ORDERS))).positions[:1]
    number = st.number_input(
        f"The {of.name} digit no.",
        1,
        len(of.split),
        value=None,
        key=of.key("mistake"),
        persist_state="session",
        width=240,
        placeholder="the surest mistake",
        help="Its place in the split, counted from 1, misread or not. Empty: the mistake it is surest of. A click in "
        "the gallery chooses too.",
    )
    position = number - 1 if number else int(first[0]) if len(first) else 0
    image, evaluation = of.split.images[position], of.evaluation
    truth, guess = int(evaluation.labels[position]), int(evaluation.predicted[position])
    values, names = of.values[:, position], of.digits.class_names
    left, right = st.columns(2)
    with left:
        st.plotly_chart(
            enlarged(image, of.digits.image_shape, theme, inputs=lab.shown.scaling.apply(image)),
            key="mistake_enlarged",
            config=PLAIN,
            alt=f"A {names[truth]}, enlarged",
        )
    with right:
        st.plotly_chart(
            class_bars(values, truth, guess, names, theme, probabilities=of.probabilities),
            key="mistake_probabilities",
            config=PLAIN,
            alt="Bars: what the network gives to each class",
        )
    sentence = descriptions.about_guess(
        values, truth, guess, float(evaluation.losses[position]), names, of.probabilities
    )
    st.caption(f"{of.name.capitalize()} digit no. {position + 1:,}. {sentence}")
    steplink.to_digit(of.name, position + 1)


def report(of: Review):
    """Precision, recall and F1 of every class, and their averages."""
    scores = classification_report(of.confusion)
    rows = [
        {"class": name, "precision": 100 * p, "recall": 100 * r, "F1": 100 * f, "digits": int(n)}
        for name, p, r, f, n in zip(
            of.digits.class_names, scores.precision, scores.recall, scores.f1, scores.support, strict=True
        )
    ]
    total = int(scores.support.sum())
    for name, mean in (("mean of the classes", scores.macro), ("mean weighted by digits", scores.weighted)):
        rows.append(
            {
                "class": name,
                "precision": 100 * mean.precision,
                "recall": 100 * mean.recall,
                "F1": 100 * mean.f1,
                "digits": total,
            }
        )

    def share(label, help):
        return st.column_config.NumberColumn(label, help=help, format="%.1f %%")

    st.dataframe(
        pd.DataFrame(rows),
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
    st.caption(descriptions.about_report(of.confusion, of.digits.class_names))
