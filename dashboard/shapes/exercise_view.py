"""The exercises of the Shapes page: one question after another about the network in training."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from dashboard.components.button import button
from dashboard.core import session
from dashboard.notation import formulas
from dashboard.notation.formulas import plain
from dashboard.shapes import exercises
from dashboard.shapes.exercise_score import Score
from dashboard.shapes.exercises import Verdict
from dashboard.shapes.matrix_inventory import Inventory

ANSWER = "{}_answer_{}"  # exercise, number of the question
LARGEST = 1_000_000_000


def missing_shape(inventory: Inventory):
    """Ask for the rows and columns of a matrix."""
    score = _score("shape", inventory)
    question = exercises.missing_shape(inventory, score.number)
    name = plain(question.matrix.symbol)
    st.subheader(f"What is the shape of {name}?")
    st.markdown(f"{name}: {question.matrix.meaning}. The other shapes in the formula determine it.")
    st.latex(question.latex)
    keys = [ANSWER.format("shape", score.number) + part for part in ("_rows", "_columns")]
    with st.form("shape_form", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        for label, key in zip(("Rows", "Columns"), keys, strict=True):
            st.number_input(
                label, 1, LARGEST, value=None, key=key, width=140, help=f"The number of {label.lower()} of {name}."
            )
        check(partial(_take_shape, score, question, keys))
    if score.answer:
        rows, columns = score.answer
        verdict(question.judge(score.answer), f"`({rows}, {columns})`")
    ask_next(score, "shape")


def _take_shape(score, question, keys):
    shape = tuple(session.chosen(key) for key in keys)
    if all(shape):
        score.take(shape, question.judge(shape).right)


def missing_transpose(inventory: Inventory):
    """Ask which factors of a product in the backward pass are transposed."""
    score = _score("transpose", inventory)
    question = exercises.missing_transpose(inventory, score.number)
    st.subheader("Which transpose is missing?")
    st.markdown(
        f"{plain(question.matrix.symbol)}: {question.matrix.meaning}. The factors are shown as they are stored. Which "
        "of them must be transposed, so that the product exists and has the right shape?"
    )
    st.latex(question.latex)
    key = ANSWER.format("transpose", score.number)
    choices = question.choices
    with st.form("transpose_form", border=False):
        st.radio(
            "The product is",
            range(len(choices)),
            index=None,
            format_func=lambda i: f"${formulas.latex(choices[i])}$",
            key=key,
            horizontal=True,
            help="ᵀ marks a transposed matrix: its rows become columns.",
        )
        check(partial(_take_transpose, score, question, key))
    if score.answer is not None and score.answer < len(choices):
        verdict(question.judge(choices[score.answer]), f"${formulas.latex(choices[score.answer])}$")
    ask_next(score, "transpose")


def _take_transpose(score, question, key):
    choice = session.chosen(key)
    if choice is not None:
        score.take(choice, question.judge(question.choices[choice]).right)


def _score(exercise, inventory) -> Score:
    score = session.own(Score, exercise)
    score.ask((inventory.rows, tuple(inventory.shapes.items())))
    return score


def check(take: Callable[[], None]):
    """The button that takes the answer of a form."""
    st.form_submit_button("Check", icon=":material/done_all:", on_click=take, help="Only the first try counts.")


def verdict(found: Verdict, answer: str):
    """Whether the answer is right, and why."""
    if found.right:
        st.success(f"Correct: {answer}. {found.why}", icon=":material/check:")
    else:
        st.error(f"Wrong: {answer}. {found.why} Try again, or go on.", icon=":material/close:")


def ask_next(score: Score, exercise: str):
    """The button to the next question, and the score."""
    with st.container(horizontal=True, vertical_alignment="center"):
        help = "Another matrix of this network. Skipped questions do not count."
        button("Next question", f"next_{exercise}", "skip_next", help, score.next)
        st.caption(f"{score.right} of {score.asked} right at the first try." if score.asked else "No answers yet.")
