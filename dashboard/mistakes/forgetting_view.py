"""The view of the Mistakes page that looks back: which digits were learned late, and which were forgotten again."""

import streamlit as st

from dashboard.charts import CONFIG
from dashboard.components import clickable, digit_images, step_link
from dashboard.core import computed, fragments, scheduler, session
from dashboard.core.lab import Lab
from dashboard.mistakes import forgetting
from dashboard.mistakes.forgetting import CHOICES, LEARNED_LATE, Course
from dashboard.mistakes.forgetting_chart import forgetting_curves
from dashboard.theme import Theme
from nnlib.analysis.forgetting import per_moment

PAGE_SIZES = [16, 32, 64]
DIGIT_SIZE = 92  # pixels of the screen
LOOK = "look_back"


def show(lab: Lab, theme: Theme):
    """The curve of what is learned and forgotten, a gallery, and the history of one digit."""
    st.markdown(
        "Learning is no straight way: at each epoch some digits are read right for the first time, and others, which "
        "had been right, are **forgotten again**. Those that are learned late or forgotten often are the hard ones: "
        "unusual, ambiguous, or wrongly labelled (Toneva and others, 2019, who followed training digits so)."
    )
    if computed.wanted(LOOK):
        _look(lab)

    @fragments.live
    def live():
        found = forgetting.of(lab.timeline.moments, lab.shown.steps)
        if found is None:
            st.info(
                "There is only one look at the digits so far. Press **Epoch** a few times, or **Run**: whenever an "
                "epoch ends, every validation digit is read again."
            )
            return
        st.markdown(forgetting.about(found))
        new, again, lost = per_moment(found.right)
        st.subheader("Learned and forgotten", help="At each look, how many have changed since the look before.")
        st.plotly_chart(
            forgetting_curves(found.names, new, again, lost, theme),
            key="forgetting",
            config=CONFIG,
            alt="How many digits became right and how many were forgotten at each moment",
        )
        st.caption(forgetting.about_curve(found))
        if _gallery(lab, found, theme):
            st.rerun()

    live()
    _offer(lab)
    _one(lab)


def _offer(lab):
    """The button for the moments that nobody has looked at yet: the first batches."""
    unseen = forgetting.unseen(lab.timeline.moments, lab.shown.steps)
    if not unseen:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Look at the first batches too",
            icon=":material/history:",
            key="look_back",
            on_click=computed.want,
            args=(LOOK,),
            disabled=lab.running,
            help="Pause first." if lab.running else "Reads the validation digits with the weights of those moments.",
        )
        n = len(lab.shown.digits.validation)
        st.caption(
            f"{len(unseen)} more moments are kept at which nobody has looked, most of them in the first epoch: "
            f"{len(unseen)} readings of {n:,} digits."
        )


def _look(lab):
    moments = forgetting.unseen(lab.timeline.moments, lab.shown.steps)
    progress = st.progress(0.0, "Looking back …")
    for done in scheduler.in_turns(forgetting.look(lab.trainer, lab.timeline, moments), fragments.notice_click):
        progress.progress(done / len(moments), f"Looking back … {done} of {len(moments)}")
    progress.empty()


def _gallery(lab, found: Course, theme):
    """Whether a digit was clicked."""
    digits = lab.shown.digits
    with st.container(horizontal=True, vertical_alignment="bottom"):
        which = st.segmented_control(
            "Which digits",
            CHOICES,
            default=LEARNED_LATE,
            required=True,
            key="retrospect_which",
            persist_state="session",
            help="Chosen by their history, not by what the network says now alone.",
        )
        size = st.select_slider(
            "At a time",
            PAGE_SIZES,
            value=PAGE_SIZES[0],
            key="retrospect_size",
            persist_state="session",
            width=150,
            help="How many digits to show.",
        )
    choose, meaning = CHOICES[which]
    positions = choose(found)
    if not len(positions):
        st.success(f"No digit is of this kind: {which}.", icon=":material/check:")
        return False
    shown = positions[:size]
    several = len(found) > forgetting.CELLS
    st.caption(
        f"{meaning} {len(shown):,} of {len(positions):,}. Under each its history, look by look: ✓ right, ✗ wrong"
        + (", ± both, where one sign stands for several looks. " if several else ". ")
        + "Click one for the moments."
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
    number, found = session.chosen(_key(lab)), forgetting.of(lab.timeline.moments, lab.shown.steps)
    if number is None or found is None:
        return
    st.subheader(f"Validation digit no. {number:,}")
    st.markdown(forgetting.history(found, number - 1, lab.shown.digits.class_names))
    step_link.to_digit("validation", number)
