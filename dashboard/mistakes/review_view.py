"""The choice of a split, and its Review: everything that the views of the Mistakes page show of it."""

from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard.components import prediction_text, split_choice
from dashboard.core import computed, scheduler
from dashboard.core.lab import Lab
from dashboard.mistakes import commentary
from dashboard.mistakes.misclassified import Mistakes, find
from dashboard.notation.phrases import MINE, digits_of
from nnlib.datasets import Digits, Split
from nnlib.evaluation import Evaluation
from nnlib.metrics import confusion_matrix

VALIDATION, TEST = "validation", "test"
ADVICE = "Keep them for the final evaluation; choose settings by the validation digits."
ABOUT_MINE = "What you drew or uploaded. Once a network has been taught these digits, they no longer test it."
NOT_FINITE = "The outputs of the network are not finite: there is nothing to show."


@dataclass(frozen=True, eq=False)
class Review:
    """One split as the network reads it, computed once per redraw."""

    name: str
    digits: Digits
    split: Split
    evaluation: Evaluation
    position: float  # in epochs
    values: np.ndarray  # (classes, n) probabilities, or scores
    probabilities: bool
    confusion: np.ndarray
    mistakes: Mistakes

    @property
    def finite(self) -> bool:
        """Whether all outputs are: otherwise its guesses say nothing."""
        return bool(np.isfinite(self.values).all())

    @property
    def confidence(self) -> np.ndarray:
        """The probability (or score) of each guess, (n,)."""
        return self.values[self.evaluation.predicted, np.arange(len(self.split))]

    def key(self, name: str) -> str:
        """A widget key of this split of this data set."""
        return f"{name}_{self.name}_{self.digits.n_classes}_{len(self.split)}"


def review(lab: Lab, name: str, *, recent: bool = False) -> Review:
    """Evaluate a split, unless this step is evaluated already. While it trains, `recent` accepts a slightly older
    evaluation."""
    if recent:
        evaluation, position = lab.recent_evaluation(name)
    else:
        with scheduler.TURNSTILE.turn(lambda: None) if lab.running else nullcontext():  # like everything live
            evaluation, position = lab.evaluation(name), lab.shown.position
    return computed.derived("review", (evaluation, position), lambda: _review(lab, name, evaluation, position))


def _review(lab, name, evaluation, position):
    digits, loss = lab.shown.digits, lab.shown.loss
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is reported by the views
        values = loss.class_probabilities(evaluation.scores)
    confusion = confusion_matrix(evaluation.labels, evaluation.predicted, digits.n_classes)
    mistakes = find(evaluation, values)
    return Review(
        name, digits, lab.split(name), evaluation, position, values, loss.gives_probabilities, confusion, mistakes
    )


def choose_split(lab: Lab) -> str:
    """Validation, test or mine; while it trains never test, or every evaluation would be a look at the test digits."""
    with st.container(horizontal=True, vertical_alignment="center"):
        help = "Choose settings by the validation digits. The test digits are for the end: each look is counted."
        name = split_choice.choose(lab, [VALIDATION, TEST], "mistakes_split", help)
        slot, moves = st.empty(), lab.moving or lab.playing
        if not moves:
            _read(lab, name, slot)
        slot.caption(ABOUT_MINE if name == MINE else f"{prediction_text.about_looks(lab.test_looks)} {ADVICE}")
    if name == TEST and moves:
        st.info("These are validation digits. Pause to see the test digits.")
        return VALIDATION
    return name


def _read(lab, name, slot):
    """Evaluate a split, unless this step is evaluated already, in turns with those who train."""
    for share in scheduler.in_turns(lab.evaluating(name), lambda: None):
        if share < 1:
            slot.progress(share, f"Evaluating {digits_of(name, len(lab.split(name)))} …")


def accuracy(of: Review, lab: Lab):
    """How many are misread; while it trains, at which epoch."""
    sentence = commentary.about_accuracy(of.confusion, of.name, lab.shown.steps == 0, invitation(lab))
    when = f" :gray[As of epoch {of.position:.2f}; re-evaluated as often as training allows.]"
    st.markdown(sentence + when * lab.moving)


def invitation(lab: Lab) -> str:
    """To press Run, where that is the next thing to do: not while it runs, nor while an untrained snapshot is shown."""
    return "" if lab.running or lab.trainer.steps else " Press **Run**."
