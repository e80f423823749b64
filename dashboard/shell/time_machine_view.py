"""The time machine on the screen: the cursor along the training in the sidebar, and the line that says on every page
that the past is shown.
"""

import streamlit as st

from dashboard.core import session
from dashboard.core.lab import Lab
from dashboard.shell import timeline_text
from nnlib.timeline import RULE

PACE = 0.3  # seconds from moment to moment, if drawing them is as quick
SELDOM = 4  # redraws of the pages until one of the cursor, while it only follows the training
LINE = 510  # pixels
NOW = "now"
WHAT = (
    "Snapshots of the network are taken after each epoch and, in the first one, after 1, 2, 4, 8, … mini-batches. Move "
    "the cursor, and every page shows the network as it was then. Learning rate, batch size and whatever else can "
    "change while training stay as they are set below."
)
BEGINS = "Begins another branch of the training at the moment you see, paused, so that Run goes on from there: "


def sidebar(lab: Lab):
    """The cursor, and what can be done with it; it moves by itself while training runs or an animation plays."""

    def cursor():
        if lab.playing and session.frame_is_due(PACE):
            lab.advance()
            st.rerun()
        _cursor(lab)

    interval = session.redraw_interval()
    session.drawn_anew(cursor, PACE / 3 if lab.playing else interval and SELDOM * interval)()


def _cursor(lab):
    st.markdown("**Time machine**", help=WHAT)
    places = _places(lab)
    if places:
        _slider(lab, places)
        _buttons(lab)
    else:
        st.caption(_empty(lab))
    _branches(lab)
    if places:
        st.caption(timeline_text.about_timeline(lab.timeline, RULE))


def _places(lab):
    """{name: moment} of the past, in order of time; the present is not among them."""
    timeline, present, places = lab.timeline, lab.timeline.at(lab.trainer), {}
    moments = [moment for moment in timeline.moments if moment is not present]
    if lab.cursor and lab.cursor not in moments:
        moments.insert(len(timeline.until(lab.cursor)), lab.cursor)
    for moment in moments:
        name = timeline_text.place_in_time(moment)
        while name in places:  # a change by hand is no step
            name += ", changed"
        places[name] = moment
    return places


def _slider(lab, places):
    place = next((name for name, moment in places.items() if moment is lab.cursor), NOW)
    key = session.key_for("moment", place)
    st.select_slider(
        "Show the network of",
        [*places, NOW],
        value=place,
        key=key,
        on_change=_move,
        args=(lab, places, key),
        help="Every page shows the network as it was at this moment. Arrow keys move the cursor by one.",
    )


def _buttons(lab):
    with st.container(horizontal=True, gap="small"):
        _play(lab)
        st.button(
            "Now",
            key="cursor_now",
            icon=":material/update:",
            on_click=lab.look_at_present,
            disabled=lab.cursor is None,
            help="Back to the present.",
        )
    if lab.diverged and lab.last_finite:
        st.button(
            "Back to the last finite weights",
            key="cursor_finite",
            icon=":material/healing:",
            on_click=lab.look_at,
            args=(lab.last_finite,),
            disabled=lab.cursor is lab.last_finite,
            help=f"Look at {timeline_text.place_in_time(lab.last_finite)}, where all weights were finite numbers. "
            "Nothing is lost by looking; “Continue from here” then goes on from there.",
        )
    st.button(
        "Continue from here",
        key="cursor_continue",
        icon=":material/fork_right:",
        on_click=lab.continue_from_here,
        disabled=lab.cursor is None,
        help=BEGINS + "with the same settings it takes the very same steps again. What came after stays, as a branch "
        "of its own."
        if lab.cursor
        else "Move the cursor to an earlier moment first.",
    )


def _empty(lab):
    if lab.trainer.steps and not lab.timeline.moments:
        return "This network is too large: not even one snapshot of it fits into the memory for them."
    return "Press **Run** below: the moments of the training are kept, and here you can go back to each of them."


def _move(lab, places, key):
    if not session.is_latest("moment", key):
        return
    moment = places.get(session.chosen(key))
    if moment is None:
        lab.look_at_present()
    else:
        lab.look_at(moment)


def _play(lab):
    if lab.playing:
        st.button("Stop", key="cursor_stop", icon=":material/stop:", on_click=lab.halt, help="Stay at this moment.")
        return
    st.button(
        "Play",
        key="cursor_play",
        icon=":material/play_circle:",
        on_click=lab.play,
        help="Show one moment after the other on every page, from the cursor, or else from the beginning, up to now.",
    )


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
        format_func=names.get,  # type: ignore[arg-type]  # the branch may be gone
        on_change=choose,
        help="The ways this training has gone. Choosing one makes it the present, where it was left, paused, with the "
        "settings it had.",
    )


def line(lab: Lab):
    """On every page, while the past is shown: of when it is, where the training stands, and the ways out."""
    if lab.cursor is None:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small", key="past"):

        @session.live_with_training
        def where():
            st.markdown(timeline_text.about_the_past(lab.cursor, lab.trainer, lab.running))

        with st.container(width=LINE):  # so wide that on a telephone the buttons stand below it
            where()
        st.button(
            "Back to the present",
            key="past_now",
            type="tertiary",
            icon=":material/update:",
            on_click=lab.look_at_present,
            help="Show the network as it stands.",
        )
        st.button(
            "Continue from here",
            key="past_continue",
            type="tertiary",
            icon=":material/fork_right:",
            on_click=lab.continue_from_here,
            help=BEGINS + "the way it has gone stays, to compare with and to choose again.",
        )


def marks(lab: Lab) -> dict:
    """What the curves of the whole run show of other times: the branches that were left, and where the cursor is."""
    branches = {f"branch {each.number}": each.history for each in lab.branches if each is not lab.branch}
    return {"branches": branches, "here": lab.cursor and lab.cursor.position}
