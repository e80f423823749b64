"""The controls of the One step page: its examples, the convention, the phase, and the button that updates the
network."""

import numpy as np
import streamlit as st

from dashboard.components import split_choice
from dashboard.components.button import button
from dashboard.components.convention_switch import images_in_rows
from dashboard.core import address, session
from dashboard.core.lab import Lab
from dashboard.notation.numbers import number
from dashboard.notation.phrases import MINE, digit_of
from dashboard.step.training_step import BATCH, PHASES, UPDATE, WHAT, Step
from dashboard.step.walkthrough import PACE, Walk

NEXT, ONE = "The next mini-batch", "One digit"
NAMES = {phase: f"{number} {phase}" for number, phase in enumerate(PHASES, 1)}
ALL_AT_ONCE = "all at once"
SPLIT_NAMES = {"train": "training", "validation": "validation", "test": "test", MINE: MINE}
_SOURCE, _PHASE = "step_source", "step_phase"


def source(lab: Lab) -> bool:
    """Widgets for the examples of the step, kept in the address, and the convention; returns whether it is rows."""
    digit = address.digit()
    session.choose(_SOURCE, ONE if digit else NEXT)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.segmented_control(
            "Training step on",
            [NEXT, ONE],
            required=True,
            key=_SOURCE,
            on_change=_choose_source,
            help="The next mini-batch of the training, or one digit of your choice. Links on the Data and Mistakes "
            "pages open a digit here.",
        )
        if digit:
            _choose_digit(lab, *digit)
        return images_in_rows(lab)


def _choose_source():
    address.look_at(("train", 1) if session.chosen(_SOURCE) == ONE else None)


def _choose_digit(lab, split, number):
    size = len(lab.split(split))
    session.choose("step_split", split)
    st.selectbox(
        "Split",
        split_choice.with_mine(lab, [name for name in SPLIT_NAMES if name != MINE]),
        key="step_split",
        format_func=SPLIT_NAMES.__getitem__,
        width=140,
        on_change=lambda: address.look_at((session.chosen("step_split"), 1)),
        help="Validation and test digits are held out: their step can be viewed but not applied. It can for training "
        "digits, and for those of your own that you keep on the Draw page.",
    )
    session.choose("step_number", number)
    st.number_input(
        "Digit no.",
        1,
        size,
        key="step_number",
        width=140,
        on_change=lambda: address.look_at((split, session.chosen("step_number"))),
        help=f"Its number in the split, 1 to {size:,}.",
    )


def what_is_shown(walk: Walk, lab: Lab, step: Step) -> None:
    """Which step this is, and, while training runs, the epoch of its numbers."""
    digit, m = address.digit(), step.dry_run.m
    if digit:
        what = f"{digit_of(SPLIT_NAMES[digit[0]])} no. {digit[1]:,}"
    elif walk.next_batch_is_whole(digit):
        what = f"the next mini-batch, {m:,} digits"
    else:
        what = f"the first {m:,} digits of the next mini-batch of {walk.whole_batch:,}"
    if digit is None and lab.shown.sampler.augmentation:
        what += ", augmented"
    place = f"{lab.architecture} at epoch {walk.epoch:.2f}"
    st.markdown(f"One training step of {place}, on {what}. A dry run on a copy: looking changes nothing.")
    with st.container(horizontal=True, vertical_alignment="center"):
        if lab.moving:
            st.info(
                f"Training is running. These numbers are from epoch {walk.epoch:.2f} and stay until you refresh them.",
                icon=":material/pause_circle:",
            )
            button("Refresh", "step_refresh", "refresh", "Repeat the dry run with the current weights.", walk.refresh)


def navigation(walk: Walk):
    """Buttons for the phases, for slow motion, and for all phases at once."""
    session.choose(_PHASE, ALL_AT_ONCE if walk.whole else walk.phase)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="step_navigation"):
        help = "The previous phase."
        off = walk.phase == BATCH and not walk.whole
        button("Previous", "step_previous", "chevron_left", help, walk.move, -1, disabled=off, shortcut="Left")
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
        help = "The next phase."
        off = walk.phase == UPDATE and not walk.whole
        button("Next", "step_next", "chevron_right", help, walk.move, 1, disabled=off, shortcut="Right")
        if walk.playing:
            button("Stop", "step_stop", "stop", "Stop at this matrix.", walk.stop, shortcut="s")
        else:
            help = f"Show every matrix of the step in turn, {PACE:g} s each."
            button("Slow motion", "step_play", "slow_motion_video", help, walk.play, shortcut="s")
    if not walk.whole:
        st.markdown(f"**{NAMES[walk.phase].capitalize()}.** {WHAT[walk.phase]}")


def _choose_phase(walk):
    chosen = session.chosen(_PHASE)
    if chosen == ALL_AT_ONCE:
        walk.show_whole()
    else:
        walk.go(chosen)


def confirm(walk: Walk, lab: Lab, step: Step):
    """The button that updates the network, with what it does; after the update, the button to the next step."""
    digit, dry_run = address.digit(), step.dry_run
    if walk.taken:
        apart = np.abs(lab.shown.network.parameters - dry_run.after).max()
        equal = f"differ from “after” by at most {number(apart)}" if apart else "equal “after” bit for bit"
        st.success(f"Update applied. The network's weights now {equal}.", icon=":material/check:")
        help = "A dry run of the next step, from the current weights."
        button("Next training step", "step_on", "arrow_forward", help, walk.go_on, type="primary")
        return
    reason = walk.may_take(lab, digit)
    if walk.next_batch_is_whole(digit):
        digits = "digit" if dry_run.m == 1 else "digits"
        what = f"The next training step, on this mini-batch of {dry_run.m:,} {digits}; the counters advance."
    else:
        examples = "this digit" if dry_run.m == 1 else f"these {dry_run.m:,} digits"
        what = f"An extra step on {examples} alone, between two mini-batches; the epoch does not advance."
    if not dry_run.exact:
        masks = dry_run.network.draws_masks  # in another order in blocks
        what += (
            " Training computes this network by faster routines (blocks on several cores, fused convolutions), so its "
            f"result may differ {'slightly: dropout may set other units to 0' if masks else 'in the last digits'}."
        )
    help = "The only button here that changes the weights."
    off = bool(reason)
    button("Update the network", "step_take", "done_all", help, walk.take, lab, digit, type="primary", disabled=off)
    st.caption(reason or what)
