"""The checks of the Checks page: for each, what it means, what was found, and a badge with the verdict."""

from time import perf_counter
from typing import Literal

import streamlit as st

from dashboard.checks.overfit_chart import attempt_curve
from dashboard.components import plotly_chart, sanity_checks
from dashboard.components.button import button
from dashboard.components.sanity_checks import FINE, SIGNS, UNKNOWN, UNSURE, WRONG, Verdict
from dashboard.core import computed, fragments, scheduler
from dashboard.core.lab import Lab
from dashboard.theme import Theme

LOOK: dict[str, tuple[Literal["green", "gray", "red"], str]] = {  # the colour and the icon of a verdict
    FINE: ("green", ":material/check:"),
    UNSURE: ("gray", ":material/question_mark:"),
    WRONG: ("red", ":material/close:"),
    UNKNOWN: ("gray", ":material/remove:"),
}

ATTEMPT = "attempt"  # at overfitting: wanted, and kept


def quick(lab: Lab) -> float:
    """The fast checks. Returns the seconds that one training step took."""
    trainer = lab.shown
    left, right = st.columns(2)
    with left:
        _show(
            "Loss at initialisation",
            "A network that has learned nothing should only guess. A much larger loss: the initial weights are too "
            "large. A smaller one: something gives the labels away.",
            sanity_checks.first_loss(trainer),
        )
        _show(
            "Blank image",
            "All pixels are empty, so nothing favours any class: confidence here is bias.",
            sanity_checks.blank(trainer),
        )
        _show(
            "Spread of the weighted sums",
            "The standard deviation of all sums Z of a layer in one mini-batch, before → after batch normalisation, if "
            "there is one. Near 0 all digits look alike; far above 1 sigmoid and tanh saturate.",
            sanity_checks.spread(trainer),
            "spread",
        )
    with right:
        start = perf_counter()
        sizes = sanity_checks.step_sizes(trainer)
        seconds = perf_counter() - start
        _show(
            "Update-to-weight ratio",
            "The size (root mean square) of an update divided by that of the weights, for each layer. About 1e-3 is a "
            "good sign: far less learns nothing, far more destroys what was learned.",
            sizes,
            "update : weights",
        )
        _show(
            "Dead units",
            "A unit whose derivative is zero for every digit gets no gradient and stops learning.",
            sanity_checks.inactive_share(trainer),
            "dead units",
        )
    return seconds


def overfit(lab: Lab, step_seconds: float, theme: Theme):
    """Whether such a network can overfit one mini-batch: the cost, the button, the curve."""
    n = min(sanity_checks.BATCH, lab.shown.n_examples)
    speed = lab.examples_per_second
    seconds = sanity_checks.STEPS * (n / speed if speed else step_seconds)
    attempt = computed.kept(ATTEMPT, lab.recipe)
    with st.container(border=True):
        _heading("Overfit one mini-batch", attempt and attempt.verdict())
        st.caption("A network that cannot memorise a few digits has a fault in its layers, gradients or settings.")
        st.markdown(
            f"A new copy with the initial weights takes up to {sanity_checks.STEPS} steps on the same mini-batch, "
            f"{n} digits, at the learning rate {lab.shown.learning_rate:g}, without dropout, L2 or augmentation: "
            f"**at most about {max(seconds, 0.1):.1f} s**, usually far less."
        )
        help = "Pause first." if lab.running else "The network in training stays as it is."
        button("Try it", "learn_by_heart", "science", help, computed.want, ATTEMPT, disabled=lab.running)
        if computed.wanted(ATTEMPT):
            made = _attempt(lab)
            if made and made.over:  # not stopped by a click
                computed.keep(ATTEMPT, made, lab.recipe)
                st.rerun()
        if attempt:
            figure = attempt_curve(attempt.losses, attempt.guess, theme)
            plotly_chart.show(figure, key="attempt", alt="The loss while it overfits one mini-batch")
            st.markdown(attempt.verdict().sentence)


def _attempt(lab):
    progress, attempt = st.progress(0.0, "Overfitting …"), None
    for attempt in scheduler.in_turns(sanity_checks.learn_by_heart(lab.shown), fragments.notice_click):
        steps = len(attempt.losses) - 1
        progress.progress(steps / sanity_checks.STEPS, f"Step {steps}: loss {attempt.losses[-1]:.3g}")
    return attempt


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
