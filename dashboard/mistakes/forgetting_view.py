"""Forgetting: which digits were learned late, and which were forgotten again."""

import streamlit as st

from dashboard.components import clickable, digit_images, plotly_chart, step_link
from dashboard.components.button import button
from dashboard.components.choice import choice, how_many
from dashboard.core import computed, fragments, scheduler, session
from dashboard.core.lab import Lab
from dashboard.mistakes import forgetting
from dashboard.mistakes.forgetting import CHOICES, Predictions
from dashboard.mistakes.forgetting_chart import forgetting_curves
from dashboard.notation.plain_text import markdowns
from dashboard.theme import Theme
from nnlib.analysis.forgetting import per_snapshot

PAGE_SIZES = [16, 32, 64]
DIGIT_SIZE = 92  # pixels of the screen
LOOK = "look_back"


def show(lab: Lab, theme: Theme):
    """The curves of learned and forgotten digits, a gallery, and the history of one digit."""
    st.markdown(
        "Learning is not a straight line: as some digits are learned, others are **forgotten**. Those learned late or "
        "forgotten often tend to be unusual, ambiguous or mislabelled (Toneva et al., 2019, on training examples)."
    )
    if computed.wanted(LOOK):
        _look(lab)

    @fragments.live
    def live():
        found = forgetting.of(lab.timeline.snapshots, lab.shown.steps)
        if found is None:
            st.info(
                "This needs at least two evaluated snapshots: every epoch ends with one."
                + ("" if lab.running or lab.cursor else " Press **Epoch** a few times, or **Run**.")
            )
            return
        st.markdown(forgetting.about(found))
        new, again, lost = per_snapshot(found.right)
        st.subheader("Forgetting", help="At each snapshot, how many digits have changed since the one before.")
        figure = forgetting_curves(found.names, new, again, lost, theme)
        plotly_chart.show(figure, key="forgetting", alt="Digits learned and forgotten at each snapshot")
        st.caption(forgetting.about_curve(found))
        if _gallery(lab, found, theme):
            st.rerun()

    live()
    _offer(lab)
    _one(lab)


def _offer(lab):
    """The button for the snapshots that are not evaluated yet: the first mini-batches."""
    pending = forgetting.unevaluated(lab.timeline.snapshots, lab.shown.steps)
    if not pending:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        label = "Include the first mini-batches"
        help = "Pause first." if lab.running else "Reads the validation digits with the weights of these snapshots."
        button(label, "look_back", "history", help, computed.want, LOOK, disabled=lab.running)
        n = len(lab.shown.digits.validation)
        more = "1 more snapshot" if len(pending) == 1 else f"{len(pending)} more snapshots"
        st.caption(f"{more}, not evaluated yet: {n:,} digits each.")


def _look(lab):
    snapshots = forgetting.unevaluated(lab.timeline.snapshots, lab.shown.steps)
    progress = st.progress(0.0, "Evaluating snapshots …")
    for _ in scheduler.in_turns(forgetting.look(lab.trainer, lab.timeline, snapshots), fragments.notice_click):
        done = sum(each.evaluation is not None for each in snapshots)
        progress.progress(done / len(snapshots), f"Evaluating snapshots … {done} of {len(snapshots)}")
    progress.empty()


def _gallery(lab, found: Predictions, theme):
    """Returns whether a digit was clicked."""
    digits = lab.shown.digits
    with st.container(horizontal=True, vertical_alignment="bottom"):
        help = "Chosen by all their predictions, not only the last."
        which = choice("Which digits", CHOICES, "retrospect_which", help)
        size = how_many("At most", PAGE_SIZES, "retrospect_size", "Digits shown.", default=PAGE_SIZES[0])
    choose, meaning = CHOICES[which]
    positions = choose(found)
    if not len(positions):
        st.success(f"No digits of this kind: {which}.", icon=":material/check:")
        return False
    shown = positions[:size]
    several = len(found) > forgetting.CELLS
    st.caption(
        f"{meaning} {len(shown):,} of {len(positions):,}. Under each, its history: ✓ right, ✗ wrong"
        + (", ± mixed, as a sign covers several snapshots. " if several else ". ")
        + "Click one for details."
    )
    right = found.right
    html = digit_images.digit_figures(
        digits.validation.images[shown],
        digits.image_shape,
        [forgetting.caption(found, digit, digits.class_names) for digit in shown],
        theme,
        size=DIGIT_SIZE,
        in_a_row=8,
        under=[forgetting.strip(right[:, digit], theme) for digit in shown],
    )
    key = _key(lab)
    return clickable.show(
        html, (shown + 1).tolist(), lambda number: session.choose(key, number), "retrospect", session.chosen(key)
    )


def _key(lab):
    return f"retrospect_digit_{len(lab.shown.digits.validation)}"


def _one(lab):
    number, found = session.chosen(_key(lab)), forgetting.of(lab.timeline.snapshots, lab.shown.steps)
    if number is None or found is None:
        return
    st.subheader(f"Validation digit no. {number:,}")
    st.markdown(forgetting.history(found, number - 1, markdowns(lab.shown.digits.class_names)))
    step_link.to_digit("validation", number)
