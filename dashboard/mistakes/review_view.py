"""The parts of the Mistakes page that count: which split, the confusion matrix, the gallery of misread digits, and the
report per class. All of them show one Review: what the network makes of a split at this moment.
"""

from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard.components import prediction_text
from dashboard.core import computed, scheduler
from dashboard.core.lab import Lab
from dashboard.mistakes import commentary
from dashboard.mistakes.misclassified import Mistakes, find
from nnlib.datasets import Digits, Split
from nnlib.evaluation import Evaluation
from nnlib.metrics import confusion_matrix

VALIDATION, TEST = "validation", "test"
ADVICE = "Keep them for the final word: choose settings by the validation digits."
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
    return computed.derived("review", (evaluation, position), lambda: _review(lab, name, evaluation, position))


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
        slot.caption(f"{prediction_text.about_looks(lab.test_looks)} {ADVICE}")
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
    sentence = commentary.about_accuracy(of.confusion, of.name, untrained=lab.shown.steps == 0)
    when = f" :gray[So it was at epoch {of.position:.2f}: it is read anew as often as its training leaves time for.]"
    st.markdown(sentence + when * lab.moving)


def of_when(of: Review, lab: Lab):
    """While it trains, say of when what stands below is, which is not drawn anew."""
    with st.container():
        if lab.moving:
            st.caption(f"From here on: the network of epoch {of.position:.2f}. Pause to bring it up to date.")
