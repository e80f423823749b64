"""The checks of the Checks page: for each what it means, what was found, and a sign that says so."""

from time import perf_counter
from typing import Literal

import streamlit as st

from dashboard.charts import CONFIG
from dashboard.checks import sanity_checks
from dashboard.checks.overfit_chart import attempt_curve
from dashboard.checks.sanity_checks import FINE, SIGNS, UNSURE, WRONG, Verdict
from dashboard.core import scheduler, session
from dashboard.core.lab import Lab
from dashboard.theme import Theme

LOOK: dict[str, tuple[Literal["green", "gray", "red"], str]] = {  # the colour and the icon of a verdict
    FINE: ("green", ":material/check:"),
    UNSURE: ("gray", ":material/question_mark:"),
    WRONG: ("red", ":material/close:"),
}

ATTEMPT = "attempt"  # to learn a few digits by heart: what is asked for, and kept


def quick(lab: Lab) -> float:
    """The checks that take no time. Returns the seconds of the step that one of them takes."""
    trainer = lab.shown
    left, right = st.columns(2)
    with left:
        _show(
            "The loss before the first step",
            "A network that has learned nothing should guess: a much larger loss says that its first weights are too "
            "large, a smaller one that something gives the answers away.",
            sanity_checks.first_loss(trainer),
        )
        _show(
            "An image without a digit",
            "All pixels are empty, so nothing speaks for any digit: whatever it is sure of here is prejudice.",
            sanity_checks.blank(trainer),
        )
    with right:
        start = perf_counter()
        sizes = sanity_checks.step_sizes(trainer)
        seconds = perf_counter() - start
        _show(
            "How far a step goes",
            "The size of the next update divided by the size of the weights, layer by layer: around 1e-3 is a good "
            "sign, much less learns nothing, much more tears down what is there.",
            sizes,
            "update : weights",
        )
        _show(
            "Units that never answer",
            "A unit whose slope is zero for every digit gets no gradient: it learns nothing any more and only takes "
            "up room.",
            sanity_checks.inactive_share(trainer),
            "inactive units",
        )
    return seconds


def by_heart(lab: Lab, step_seconds: float, theme: Theme):
    """Whether a network of this kind can learn one mini-batch by heart: the cost, the button, the curve."""
    n = min(sanity_checks.BATCH, lab.shown.n_examples)
    speed = lab.examples_per_second
    seconds = sanity_checks.STEPS * (n / speed if speed else step_seconds)
    recipe, attempt = session.kept(ATTEMPT) or (None, None)
    if recipe != lab.recipe:
        attempt = None  # it was one with other settings
    with st.container(border=True):
        _heading("Can it learn a few digits by heart?", attempt and attempt.verdict())
        st.caption(
            "A network that cannot even repeat what it has just been shown has a fault: in its layers, its gradients "
            "or its learning rate. The test is quick, and trains a copy."
        )
        st.markdown(
            f"A copy with the first weights takes up to {sanity_checks.STEPS} steps on the same {n} digits, at the "
            "present learning rate, without dropout, L2 and augmentation: "
            f"**at most about {max(seconds, 0.1):.1f} s**, mostly far less."
        )
        st.button(
            "Try it",
            icon=":material/science:",
            key="learn_by_heart",
            on_click=session.want,
            args=(ATTEMPT,),
            disabled=lab.running,
            help="Pause first." if lab.running else "Nothing of it touches the network in training.",
        )
        if session.wanted(ATTEMPT):
            made = _attempt(lab)
            if made and made.over:  # and not stopped by a click
                session.keep(ATTEMPT, (lab.recipe, made))
                st.rerun()
        if attempt:
            _curve(attempt, theme)


def _attempt(lab):
    progress, attempt = st.progress(0.0, "Learning by heart …"), None
    for attempt in scheduler.in_turns(sanity_checks.learn_by_heart(lab.shown), session.notice_click):
        steps = len(attempt.losses) - 1
        progress.progress(steps / sanity_checks.STEPS, f"Step {steps}: loss {attempt.losses[-1]:.3g}")
    return attempt


def _curve(attempt, theme):
    st.plotly_chart(
        attempt_curve(attempt.losses, attempt.guess, theme),
        key="attempt",
        config=CONFIG,
        alt="The loss while it learns the same digits by heart",
    )
    st.markdown(attempt.verdict().sentence)


def _show(title: str, meaning: str, verdict: Verdict, column: str = ""):
    with st.container(border=True):
        _heading(title, verdict)
        st.caption(meaning)
        st.markdown(verdict.sentence)
        if verdict.layers:
            lines = [f"| {name} | {number} | {SIGNS[found]} {found} |" for name, number, found in verdict.layers]
            st.markdown("\n".join([f"| | {column} | |", "|---|---|---|", *lines]))


def _heading(title, verdict):
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(title, width="content")
        if verdict:
            colour, icon = LOOK[verdict.found]
            st.badge(verdict.found, icon=icon, color=colour)
