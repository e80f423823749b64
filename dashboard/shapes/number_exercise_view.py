"""The exercises with real numbers: the axis of a sum, and one number of dW by hand."""

from functools import partial

import numpy as np
import streamlit as st

from dashboard.core import session
from dashboard.core.lab import Lab
from dashboard.notation.numbers import number
from dashboard.shapes.derivations import applies
from dashboard.shapes.exercise_score import Score
from dashboard.shapes.exercise_view import ANSWER, ask_next, check, verdict
from dashboard.shapes.number_exercises import AXES, FEW, WRITTEN, by_hand, sum_axis
from nnlib.dry_run import DryRun


def axis(lab: Lab, m: int, rows: bool):
    """Ask over which axis a bias gradient is summed."""
    step = _step(lab, min(m, 64))
    score = session.own(Score, "axis")
    question = step and sum_axis(step, score.number, rows)
    if not question:
        return
    score.ask((lab.version, rows, m))
    st.subheader(f"Over which axis is {question.symbol} summed?")
    st.markdown(
        f"{question.of} is `{question.values.shape}`, an image in each {'row' if rows else 'column'}; "
        f"{question.symbol} is a sum over the examples."
    )
    key = ANSWER.format("axis", score.number)
    with st.form("axis_form", border=False):
        help = "The axes of NumPy: axis 0 runs down the rows, axis 1 along the columns."
        st.radio("The sum runs over", list(AXES), index=None, key=key, horizontal=True, help=help)
        check(partial(_take, score, question, key))
    if score.answer is not None:
        verdict(question.judge(score.answer), score.answer)
    ask_next(score, "axis")


def number_by_hand(lab: Lab):
    """Ask for one number of dW."""
    step = _step(lab, FEW)
    if step is None:
        return
    score = session.own(Score, "by_hand")
    score.ask(lab.version)
    question = by_hand(step, score.number)
    st.subheader(f"What is row {question.row + 1}, column {question.column + 1} of {question.symbol}?")
    st.markdown(f"{question.symbol} = dZ Aᵀ, in columns, for a mini-batch of {step.m} digits, without L2.")
    titles = (f"dZ, row {question.row + 1}", f"A, row {question.column + 1}")
    for title, values in zip(titles, (question.gradients, question.inputs), strict=True):
        st.markdown(f"{title}: `[{', '.join(number(each, WRITTEN) for each in values)}]`")
    key = ANSWER.format("by_hand", score.number)
    with st.form("by_hand_form", border=False):
        help = "A row of dZ meets a row of A, which is a column of Aᵀ. Within two per cent is right."
        st.number_input("Your number", value=None, key=key, format="%.5g", width=200, help=help)
        check(partial(_take, score, question, key))
    if score.answer is not None:
        verdict(question.judge(score.answer), number(score.answer))
    ask_next(score, "by_hand")


def _take(score, question, key):
    answer = session.chosen(key)
    if answer is not None:
        score.take(answer, question.judge(answer).right)


def _step(lab: Lab, m: int) -> DryRun | None:
    """A step on the first training digits, unless there is a reason not to, which is told."""
    if lab.moving:
        st.caption("Pause for this exercise: its numbers change with every training step.")
        return None
    train = lab.shown.digits.train.take(min(m, lab.shown.n_examples))
    step = lab.shown.dry_run(train.images, train.labels)
    if not np.isfinite(step.value) or not applies(step):
        st.caption("This exercise needs a network with a finite cross-entropy.")
        return None
    return step
