"""One bug, chosen in the open: what it will do is predicted, then seen beside the sound network."""

from functools import partial

import streamlit as st

from dashboard.bugs.bug_text import LEVELS, SYMPTOM_TEXTS, fastest
from dashboard.bugs.curves import accuracy_curves, loss_curves
from dashboard.bugs.findings import Findings, finding, table
from dashboard.components import line_chart
from dashboard.components.button import button
from dashboard.core import computed, fragments, scheduler
from dashboard.core.lab import Lab
from dashboard.theme import Theme
from nnlib.bugs.bug import Bug
from nnlib.bugs.catalogue import BUGS
from nnlib.bugs.experiment import SMALL

RUN, TRAINING = "bug experiment", "Training both …"


def show(lab: Lab, theme: Theme):
    """The choice, the prediction, the experiment."""
    name = st.selectbox(
        "Bug",
        list(BUGS),
        key="bug",
        persist_state="session",
        format_func=lambda name: f"{BUGS[name].title} ({LEVELS[BUGS[name].difficulty]})",
        help="Each is one wrong line in the code that trains. How hard it is to find by its symptoms is in brackets.",
    )
    bug = BUGS[name]
    predicted = st.radio(
        "What will the curves show?",
        list(SYMPTOM_TEXTS),
        None,
        format_func=SYMPTOM_TEXTS.__getitem__,
        key=f"bug_prediction_{name}",
        persist_state="session",
        help="Choose before you run it. A wrong prediction teaches more than none.",
    )
    found = computed.kept(RUN, (name, lab.digits))
    help = "Pause first." if lab.running else "First say what you expect." if predicted is None else _cost(bug)
    disabled = lab.running or predicted is None
    button("Run both", "run_bug", "science", help, computed.want, RUN, type="primary", disabled=disabled)
    if computed.wanted(RUN):
        found = _run(bug, lab)
        if found:  # not stopped by a click
            computed.keep(RUN, found, (name, lab.digits))
    if found:
        _compared(bug, found, predicted, theme)


def _cost(bug):
    settings = "".join(f", {setting.replace('_', ' ')} {value}" for setting, value in bug.settings.items())
    return (
        f"Trains two small networks, {SMALL.hidden[0]} hidden units on {SMALL.training_size:,} digits for "
        f"{SMALL.epochs} epochs, with the same seed and the same mini-batches{settings}: a second or two. Your network "
        "stays as it is."
    )


def _run(bug, lab):
    progress = st.progress(0.0, TRAINING)
    tell = partial(progress.progress, text=TRAINING)
    found = scheduler.finish(finding(bug, lab.digits), fragments.notice_click, tell=tell)
    progress.empty()
    return found


def _compared(bug: Bug, found: Findings, predicted: str | None, theme: Theme):
    if predicted is not None:
        right = predicted == found.symptom
        said = f"You expected: {SYMPTOM_TEXTS[predicted].lower()}."
        (st.success if right else st.info)(f"**{SYMPTOM_TEXTS[found.symptom]}.** {'As you said.' if right else said}")
    loss, accuracy = st.columns(2, gap="medium")
    with loss:
        st.subheader("Loss", help="Of the mini-batches, each point the mean of five.")
        line_chart.show(loss_curves(found.experiment, theme), key="bug_loss", alt="The loss of both networks")
    with accuracy:
        st.subheader("Accuracy", help="Of the validation digits, after every epoch.")
        alt = "The validation accuracy of both networks"
        line_chart.show(accuracy_curves(found.experiment, theme), key="bug_accuracy", alt=alt)
    differing = found.differing
    st.subheader("Where they differ", help="Measured on both networks. Numbers within a tenth count as the same.")
    if differing:
        st.markdown(table(differing))
    st.caption(
        f"{len(found.readings) - len(differing)} of {len(found.readings)} readings are the same for both. "
        f"{_about_check(bug)}"
    )
    explain(bug)


def _about_check(bug):
    if bug.wrong_gradient:
        return "This bug makes the gradient wrong, so a gradient check finds it."
    return "The gradient is that of the loss as computed, so a gradient check cannot find this bug."


def explain(bug: Bug):
    """The wrong line beside the right one, why it is wrong, and what shows it."""
    place, wrong, right = bug.line
    left, other = st.columns(2, gap="medium")
    with left:
        st.subheader("The line that is wrong", help=f"In {place}, as it ran.")
        _lines(wrong)
    with other:
        st.subheader("The line that is right", help=f"In {place}, as it runs in every other network here.")
        _lines(right)
    st.markdown(f"{bug.why} {fastest(bug)}")


def _lines(text):
    if text:
        st.code(text, language="python", wrap_lines=True)
    else:
        st.caption("There is none: the line on the other side has no counterpart.")
