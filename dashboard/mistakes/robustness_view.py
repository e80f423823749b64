"""Robustness: the accuracy on more and more corrupted digits."""

import math

import streamlit as st

from dashboard.components import plotly_chart
from dashboard.components.button import button
from dashboard.core import computed, fragments, scheduler
from dashboard.core.lab import Lab
from dashboard.mistakes import robustness_runs
from dashboard.mistakes.review_view import NOT_FINITE, invitation
from dashboard.mistakes.robustness_chart import robustness_figure
from dashboard.mistakes.robustness_runs import Trial
from dashboard.theme import Theme
from nnlib.analysis.corruptions import CORRUPTIONS
from nnlib.analysis.robustness import measure, readings

SAMPLE = 1_000  # validation digits behind each point
KEPT = "robustness"


def show(lab: Lab, theme: Theme):
    """The question, the button with its cost, and the curves or, before them, the corrupted digits alone."""
    shown = lab.shown
    n = min(SAMPLE, len(shown.digits.validation))
    st.markdown(
        "The digits of the data set are centred, upright and clean. You can still read one that is shifted, rotated or "
        "written with another pen. **Can the network?** It reads the same validation digits under stronger and "
        "stronger corruption."
    )
    if not math.isfinite(shown.evaluate(shown.digits.validation.take(1)).loss):
        st.info(NOT_FINITE)
        return
    _ask(lab, n)
    if computed.wanted(KEPT):
        made = _measure(lab, n)
        if made:
            computed.keep(KEPT, robustness_runs.add(_kept(lab), made))
            st.rerun()  # so that everything above knows of it
    kept = _kept(lab)
    now, before = [*kept, None, None][:2]
    with st.container():
        if not lab.shown.steps:
            st.info(robustness_runs.about_untrained(now, invitation(lab)))
        if now:
            _of_when(lab, now)
        else:
            press = "Pause, then press" if lab.running else "Press"
            st.info(f"{press} **Measure** to plot its accuracy on digits such as those below.")
    _charts(lab, n, now, before, theme)
    _advice(lab, now, before)


def _ask(lab, n):
    seconds = lab.reading_seconds(readings() * n)
    with st.container(horizontal=True, vertical_alignment="center"):
        help = "Pause first." if lab.running else "The network stays as it is."
        button("Measure", "measure_robustness", "straighten", help, computed.want, KEPT, disabled=lab.running)
        st.caption(
            f"Reads {n:,} validation digits {readings()} times, "
            + ("in less than a second." if seconds < 1 else f"in about {seconds:.0f} s.")
        )


def _measure(lab, n):
    """The Trial, or None if a click ended it."""
    shown = lab.shown
    progress, found = st.progress(0.0, "Reading corrupted digits …"), None
    for found in scheduler.in_turns(measure(shown.workers, shown.digits, n), fragments.notice_click):
        progress.progress(found.share, f"Reading corrupted digits … {100 * found.share:.0f} %")
    if not found or not found.over:
        return None
    recipe = lab.recipe
    return Trial(shown.network.fingerprint, _data(lab), lab.architecture, shown.position, recipe.augmentation, found)


def _data(lab):
    digits = lab.shown.digits
    return f"{digits.digest} {digits.class_names} {digits.image_shape}"


def _kept(lab):
    """The measurements on the present data, newest first."""
    return [trial for trial in computed.kept(KEPT) or [] if trial.data == _data(lab)]


def _of_when(lab, now):
    if now.fingerprint == lab.shown.network.fingerprint:
        st.caption(f"This network: {now.name}. {robustness_runs.about_error(now)}")
    else:
        st.warning(
            f"These curves belong to {now.name}, not to this network: {lab.architecture}, epoch "
            f"{lab.shown.position:.2f}. {'Pause, then press' if lab.running else 'Press'} **Measure** to compare.",
            icon=":material/history:",
        )


def _charts(lab, n, now, before, theme):
    digits = lab.shown.digits
    positions = robustness_runs.shown_digits(digits.validation, n, now)
    columns = [*st.columns(2, gap="medium"), *st.columns(2, gap="medium")]
    for column, (name, kind) in zip(columns, CORRUPTIONS.items(), strict=True):
        with column:
            st.subheader(kind.title, help=robustness_runs.HOW[name])
            figure = robustness_figure(
                name, kind, digits, positions, theme, now and now.robustness, before and before.robustness
            )
            alt = f"Accuracy against {name}, above some digits with more and more of it"
            plotly_chart.show(figure, key=f"robustness_{name}", alt=alt)
            found = f"{robustness_runs.about(name, now)} " if now else ""
            st.caption(found + robustness_runs.LESSONS[name])


def _advice(lab, now, before):
    if now and before:
        st.markdown(robustness_runs.about_comparison(now, before))
    st.markdown(robustness_runs.ADVICE[bool(lab.recipe.augmentation)])
    st.page_link("pages/data.py", label="See what augmentation does to a digit", icon=":material/grid_view:")
