"""The controls of the One step page: which step, in columns or in rows, which phase, and taking it."""

import streamlit as st

from dashboard.components.convention_switch import images_in_rows
from dashboard.core import session
from dashboard.core.lab import Lab
from dashboard.step.training_step import BATCH, PHASES, UPDATE, WHAT, Step
from dashboard.step.walkthrough import PACE, Walk

NEXT, ONE = "The next mini-batch", "One digit"
NAMES = {phase: f"{number} {phase}" for number, phase in enumerate(PHASES, 1)}
ALL_AT_ONCE = "all at once"
SPLITS = ("train", "validation", "test")
SPLIT_NAMES = {"train": "training", "validation": "validation", "test": "test"}
_SOURCE, _PHASE = "step_source", "step_phase"


def source(lab: Lab) -> bool:
    """Choose what the step is shown for; the choice stands in the address. Returns whether examples stand in rows."""
    digit = session.digit()
    session.choose(_SOURCE, ONE if digit else NEXT)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.segmented_control(
            "A step on",
            [NEXT, ONE],
            required=True,
            key=_SOURCE,
            on_change=_choose_source,
            help="The mini-batch that the training takes next, or a single digit of your choice. From the pages Data "
            "and Mistakes a link leads here with a digit.",
        )
        if digit:
            _choose_digit(lab, *digit)
        rows = images_in_rows(lab)
    return rows


def _choose_source():
    session.look_at(("train", 1) if session.chosen(_SOURCE) == ONE else None)


def _choose_digit(lab, split, number):
    sizes = {name: len(getattr(lab.shown.digits, name)) for name in SPLITS}
    session.choose("step_split", split)
    st.selectbox(
        "of the digits for",
        SPLITS,
        key="step_split",
        format_func=SPLIT_NAMES.__getitem__,
        width=140,
        on_change=lambda: session.look_at((session.chosen("step_split"), 1)),
        help="Training digits can be learned from. Validation and test digits are held back: their step can be looked "
        "at, not taken.",
    )
    session.choose("step_number", number)
    st.number_input(
        "Digit no.",
        1,
        sizes[split],
        key="step_number",
        width=140,
        on_change=lambda: session.look_at((split, session.chosen("step_number"))),
        help=f"Its place in the split, from 1 to {sizes[split]:,}.",
    )


def what_is_shown(walk: Walk, lab: Lab, step: Step) -> None:
    """Which step this is, and whether the numbers are those of this moment."""
    digit, m = session.digit(), step.rehearsal.m
    if digit:
        what = f"{SPLIT_NAMES[digit[0]]} digit no. {digit[1]:,} alone"
    elif walk.next_batch_is_whole(digit):
        what = f"the next mini-batch, {m:,} digits"
    else:
        what = f"the first {m:,} digits of the next mini-batch of {walk.whole_batch:,}"
    if digit is None and lab.shown.augmentation:
        what += ", each moved as augmentation moves it"
    place = f"{lab.architecture} at epoch {walk.epoch:.2f}"
    st.markdown(f"One training step of {place}, on {what}. It is rehearsed on a copy: looking changes nothing.")
    with st.container(horizontal=True, vertical_alignment="center"):
        if lab.moving:
            st.info(
                f"Training goes on. These are the numbers of epoch {walk.epoch:.2f} and stay until you refresh them.",
                icon=":material/pause_circle:",
            )
            st.button(
                "Refresh",
                key="step_refresh",
                icon=":material/refresh:",
                on_click=walk.refresh,
                help="Rehearse the step again with the weights as they are now.",
            )


def navigation(walk: Walk):
    """Previous, the five phases, next; slow motion; or all at once."""
    session.choose(_PHASE, ALL_AT_ONCE if walk.whole else walk.phase)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="step_navigation"):
        st.button(
            "Previous",
            key="step_previous",
            icon=":material/chevron_left:",
            on_click=walk.move,
            args=(-1,),
            disabled=walk.phase == BATCH and not walk.whole,
            shortcut="Left",
            help="The phase before. Key: ←",
        )
        st.segmented_control(
            "Phase",
            [*PHASES, ALL_AT_ONCE],
            required=True,
            key=_PHASE,
            format_func=lambda phase: NAMES.get(phase, phase),
            on_change=_choose_phase,
            args=(walk,),
            label_visibility="collapsed",
            help="The five phases of a training step, in order.",
        )
        st.button(
            "Next",
            key="step_next",
            icon=":material/chevron_right:",
            on_click=walk.move,
            args=(1,),
            disabled=walk.phase == UPDATE and not walk.whole,
            shortcut="Right",
            help="The next phase. Key: →",
        )
        _slow_motion(walk)
    if not walk.whole:
        st.markdown(f"**{NAMES[walk.phase].capitalize()}.** {WHAT[walk.phase]}")


def _slow_motion(walk):
    if walk.playing:
        st.button(
            "Stop",
            key="step_stop",
            icon=":material/stop:",
            on_click=walk.stop,
            shortcut="s",
            help="Stop at this matrix. Key: S",
        )
    else:
        st.button(
            "Slow motion",
            key="step_play",
            icon=":material/slow_motion_video:",
            on_click=walk.play,
            shortcut="s",
            help=f"Walk through the whole step by itself, matrix by matrix, {PACE:g} s each. Key: S",
        )


def _choose_phase(walk):
    chosen = session.chosen(_PHASE)
    if chosen == ALL_AT_ONCE:
        walk.show_whole()
    else:
        walk.go(chosen)


def confirm(walk: Walk, lab: Lab, step: Step):
    """The button that takes the step, with what exactly it takes; afterwards, the way on."""
    digit, rehearsal = session.digit(), step.rehearsal
    if walk.taken:
        same = bool((lab.shown.network.parameters == rehearsal.after).all())
        said = (
            "bit for bit those that stand under “after”" if same else "those that stand under “after”, but for rounding"
        )
        st.success(f"Taken. The network's weights are now {said}.", icon=":material/check:")
        st.button(
            "On to the next step",
            key="step_on",
            type="primary",
            icon=":material/arrow_forward:",
            on_click=walk.go_on,
            help="Rehearse another step, from the weights as they are now.",
        )
        return
    reason = walk.may_take(lab, digit)
    if walk.next_batch_is_whole(digit):
        what = f"The trainer takes its own next step, on this mini-batch of {rehearsal.m:,}: batch and epoch count on."
    else:
        whom = "this one digit" if rehearsal.m == 1 else f"these {rehearsal.m:,} digits"
        what = f"An extra step on {whom} alone, between two mini-batches: the epoch stays where it is."
    if not reason and not rehearsal.exact:
        what += (
            " In training this network takes short cuts (blocks on several cores, convolutions in one go), so its "
            "numbers may differ from these in the last digits."
        )
    st.button(
        "Update the network",
        key="step_take",
        type="primary",
        icon=":material/done_all:",
        on_click=walk.take,
        args=(lab, digit),
        disabled=bool(reason),
        help="Only this changes the weights.",
    )
    st.caption(reason or what)
