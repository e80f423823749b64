"""The time machine: one line on every page, with the cursor over the snapshots of the training."""

import streamlit as st

from dashboard.components.button import button
from dashboard.core import fragments, session
from dashboard.core.lab import Lab
from dashboard.shell import timeline_text

PACE = 0.3  # seconds from snapshot to snapshot, if drawing takes no longer
SELDOM = 4  # redraws of the pages for each redraw of the cursor, while it only follows the training
NOW = "now"
WHAT = (
    "The time machine: a snapshot of the network is taken after each epoch and, in the first epoch, after 1, 2, 4, 8, "
    "… mini-batches. Move the cursor, and every page shows the network as it was then. All settings keep their values."
)
BRANCH = "Starts a new branch of the training from this snapshot, paused. The branch you leave is kept."


def line(lab: Lab):
    """The cursor and its buttons; it moves by itself during training and while an animation plays."""

    def cursor():
        if lab.playing and fragments.frame_is_due(PACE):
            lab.advance()
            st.rerun()
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="time_machine"):
            _cursor(lab)

    interval = fragments.redraw_interval()
    fragments.drawn_anew(cursor, PACE / 3 if lab.playing else interval and SELDOM * interval)()


def _cursor(lab):
    places = _places(lab)
    if places:
        _slider(lab, places)
    _seen(lab, places)
    if places:
        _buttons(lab)
    _branches(lab)


def _places(lab):
    """{name: snapshot} of the past, in order of time; the present is not among them."""
    timeline, present, places = lab.timeline, lab.timeline.at(lab.trainer), {}
    snapshots = [snapshot for snapshot in timeline.snapshots if snapshot is not present]
    if lab.cursor and lab.cursor not in snapshots:
        snapshots.insert(len(timeline.until(lab.cursor)), lab.cursor)
    for snapshot in snapshots:
        name = timeline_text.place_in_time(snapshot)
        while name in places:  # weights changed by hand: no step lies between
            name += ", changed"
        places[name] = snapshot
    return places


def _slider(lab, places):
    place = next((name for name, snapshot in places.items() if snapshot is lab.cursor), NOW)
    key = session.key_for("snapshot", place)
    st.select_slider(
        "Time machine",
        [*places, NOW],
        value=place,
        key=key,
        on_change=_move,
        args=(lab, places, key),
        label_visibility="collapsed",
    )


def _seen(lab, places):
    """What the pages show, or what will stand here."""
    help = f"{WHAT} {timeline_text.about_timeline(lab.timeline)}"
    with st.container(key="seen_past" if lab.cursor else "seen_now" if places else "seen_empty"):
        if lab.cursor:
            st.markdown(timeline_text.about_the_past(lab.cursor), help=help)
        else:
            st.caption("You see the present" if places else _empty(lab), help=help)


def _buttons(lab):
    _play(lab)
    button("Now", "cursor_now", "update", "Back to the present.", lab.look_at_present, disabled=lab.cursor is None)
    if lab.diverged and lab.last_finite:
        help = (
            f"Shows {timeline_text.place_in_time(lab.last_finite)}, the last snapshot with finite weights. "
            "“Continue from here” then trains on from it."
        )
        off = lab.cursor is lab.last_finite
        button("Last finite weights", "cursor_finite", "healing", help, lab.look_at, lab.last_finite, disabled=off)
    help, off = BRANCH if lab.cursor else "Move the cursor to a snapshot first.", lab.cursor is None
    button("Continue from here", "cursor_continue", "fork_right", help, lab.continue_from_here, disabled=off)


def _empty(lab):
    if lab.trainer.steps and not lab.timeline.snapshots:
        return "This network is too large to keep a snapshot of it."
    return "Time machine: snapshots of the training will appear here."


def _move(lab, places, key):
    if not session.is_latest("snapshot", key):
        return
    snapshot = places.get(session.chosen(key))
    if snapshot is None:
        lab.look_at_present()
    else:
        lab.look_at(snapshot)


def _play(lab):
    if lab.playing:
        button("Stop", "cursor_stop", "stop", "Stay at this snapshot.", lab.halt)
        return
    help = "Plays all snapshots on every page, from the cursor, or else from the start, up to now."
    button("Play", "cursor_play", "play_circle", help, lab.play)


def _branches(lab):
    names = {each.number: each.name for each in lab.branches}
    if len(names) < 2:
        return
    key, numbers = session.key_for("branch", lab.branch.number), list(names)

    def choose():
        if session.is_latest("branch", key):
            lab.choose_branch(session.chosen(key))

    st.selectbox(
        "Branch",
        numbers,
        index=numbers.index(lab.branch.number),
        key=key,
        format_func=lambda number: names.get(number, ""),  # it may be gone
        on_change=choose,
        label_visibility="collapsed",
        width=170,
        help="Switches to another branch of the training: its newest state with its own settings, paused.",
    )


def marks(lab: Lab) -> dict:
    """What the learning curves show besides the present branch: the other branches, earlier runs, and where the cursor
    is."""
    branches = {f"branch {each.number}": each.history for each in lab.branches if each is not lab.branch}
    runs = {name: run.trainer.history for name, run in lab.earlier_runs.items() if run.comparable(lab.trainer)}
    return {"branches": branches, "earlier": runs, "here": lab.cursor and lab.cursor.position}
