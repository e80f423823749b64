"""Teach it: fine-tuning on the visitor's own digits, and what the network then knows and has forgotten."""

from contextlib import closing

import streamlit as st

from dashboard.components import line_chart
from dashboard.components.button import button
from dashboard.components.choice import choice
from dashboard.core import computed, fragments, scheduler
from dashboard.core.lab import Lab
from dashboard.draw import teaching
from dashboard.draw.teaching import BATCH, SHARES, STEPS, Teaching
from dashboard.draw.teaching_chart import teaching_curves
from dashboard.notation.numbers import percent
from dashboard.notation.phrases import MINE, counted
from dashboard.theme import Theme

TEACHING = "teaching"  # wanted, and kept
NOTICEABLE = 0.5  # seconds: anything longer says so before
TOO_LARGE = " This network is too large to keep it as it is, too."
RATES = {"the same": 1.0, "a tenth": 0.1}


def show(lab: Lab, theme: Theme):
    """How to teach it, the button, and the outcome."""
    st.subheader(
        "Teach it my digits",
        help="Fine-tuning: training goes on from what was learned before, on few examples. It happens on a branch of "
        "the time machine: choose another one there to go back.",
    )
    if not len(lab.split(MINE)):
        st.caption("Keep some digits first, of classes that this network reads.")
        return
    share, steps, rate = _choose()
    learning_rate = lab.shown.learning_rate * RATES[rate]
    st.caption(_about(lab, share, steps, learning_rate))
    off = "Pause first." if lab.running else "Repair the network first." if lab.diverged and not lab.cursor else ""
    help = off or "Training goes on from the network shown, on a branch of the time machine."
    button("Teach", "teach", "school", help, computed.want, TEACHING, disabled=bool(off), type="primary")
    made = computed.kept(TEACHING)
    if computed.wanted(TEACHING) and not off:
        made = Teaching(lab, share, steps, learning_rate)
        computed.keep(TEACHING, made)
        _do(made, made.work())
        st.rerun()
    if made and made.shown:
        if made.unfinished:  # a click interrupted it
            _do(made, made.finish())
        _outcome(made, theme)


def _choose():
    """The share of training digits in per cent, the number of steps, and which learning rate."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        share = st.select_slider(
            "Training digits mixed in (%)",
            SHARES,
            50,
            key="teach_share",
            persist_state="session",
            width=240,
            help=f"Of the {BATCH} digits in each step; the others are yours. At 0 it learns from yours alone.",
        )
        steps = st.select_slider(
            "Steps", STEPS, 100, key="teach_steps", persist_state="session", width=180, help="Updates of the weights."
        )
        rate = choice(
            "Learning rate",
            RATES,
            default="a tenth",
            key="teach_rate",
            help="That of the settings, without its schedule, or a tenth of it: smaller steps forget less.",
        )
    return share, steps, rate


def _about(lab, share, steps, learning_rate):
    """What pressing the button will do."""
    n, theirs = len(lab.split(MINE)), BATCH * share // 100
    times = steps * (BATCH - theirs) / n
    seen = "less than once" if times < 1 else f"about {counted(round(times), 'time')}"
    seconds = teaching.expected_seconds(lab, steps)
    cost = f" Takes about {seconds:.1f} s." if seconds > NOTICEABLE else ""
    return (
        f"{steps:,} steps, each on {BATCH - theirs} digits of yours and {theirs} training digits, at the learning rate "
        f"{learning_rate:.3g}. It sees {'yours' if n == 1 else 'each of yours'} {seen}."
        f"{cost}{'' if lab.room_for_branch else TOO_LARGE}"
    )


def _outcome(made, theme):
    """What it reads before and after, and on the way."""
    st.markdown(teaching.table(made))
    st.markdown(teaching.about(made))
    if len(made.curve) > 1:
        chart = teaching_curves(made.curve, theme)
        line_chart.show(chart, key="teaching", alt="Accuracy on validation digits and on mine, by step")
        st.caption(f"On the way: the first {made.n_sample:,} validation digits, and yours.")


def _do(made, work):
    """Do it in slices, until it is done or a click ends it."""
    place = st.empty()
    with place.container():
        progress = st.progress(made.done / made.steps, "Teaching …")
        button("Stop", "teach_stop", "stop", "Keeps what it has learned so far.", _nothing)
    with closing(work):
        for share in scheduler.in_turns(work, fragments.notice_click):
            progress.progress(share, _progress(made))
    place.empty()


def _nothing():
    """A click anywhere ends it."""


def _progress(made):
    told = f"Step {made.done:,} of {made.steps:,}"
    if not made.curve:
        return told
    _, validation, own = made.curve[-1]
    return f"{told}. It reads {percent(validation)} of validation digits, {percent(own)} of yours."
