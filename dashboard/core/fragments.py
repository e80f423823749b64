"""Fragments: the parts of a page that are drawn anew by themselves, and when the whole page has to be instead."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from time import perf_counter

import streamlit as st

from dashboard.core import scheduler, session, streamlit_internals


@dataclass
class Drawn:
    """What the whole page was last drawn for, what tells the same of now, and when it was drawn, in seconds."""

    state: tuple = ()
    appearance: Callable[[], tuple] = tuple
    at: float = 0.0


def remember_drawn(appearance: Callable[[], tuple]):
    """Note what the whole page is about to be drawn for: what this function returns."""
    drawn = session.own(Drawn)
    drawn.appearance, drawn.state, drawn.at = appearance, appearance(), perf_counter()


def is_as_drawn() -> bool:
    """Whether all that the whole page was last drawn for is as it was."""
    drawn = session.own(Drawn)
    return drawn.appearance() == drawn.state


def frame_is_due(pace: float) -> bool:
    """Whether it is time for the next picture of an animation: the whole page was drawn so many seconds ago."""
    return perf_counter() - session.own(Drawn).at >= pace


def redraw_interval() -> float | None:
    """Seconds between redraws of what is live, or None while nothing moves; to be read in a full run of the script."""
    return scheduler.interval() if session.opened_lab().running else None


def live(body: Callable[[], None]) -> Callable[[], None]:
    """A fragment that draws itself anew while what is shown moves on; nothing else of the page does."""
    return drawn_anew(body, redraw_interval() if session.opened_lab().moving else None)


def live_with_training(body: Callable[[], None]) -> Callable[[], None]:
    """A fragment that draws itself anew while training runs, even where the past is shown."""
    return drawn_anew(body, redraw_interval())


def drawn_anew(body: Callable[[], None], interval: float | None) -> Callable[[], None]:
    """The body as a fragment that is run every so many seconds, or after a click in it.

    The body may hold what is gone by then, where a click in another fragment came first: the whole page is then drawn
    anew instead.

    While its visitor trains it waits for a turn like those who train: where Python draws for one and trains for another
    at the same time, passing its lock to and fro takes many times as long as either.
    """

    @wraps(body)
    def in_turn():
        if not is_as_drawn():
            st.rerun()
        if session.opened_lab().running:
            with scheduler.TURNSTILE.turn(session.opened_lab):  # touching the session's state lets Streamlit interrupt
                body()
        else:
            body()

    return st.fragment(run_every=interval)(in_turn)


def notice_click():
    """A place where a click interrupts what runs. Streamlit raises here for those that draw the whole page; for those
    that draw a fragment it would wait until the running one has ended, which this ends."""
    session.opened_lab()  # touching the session's state lets Streamlit interrupt
    if streamlit_internals.click_waits():
        raise scheduler.ClickWaits
