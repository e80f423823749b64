"""Fragments: parts of a page that redraw themselves, and when the whole page has to be redrawn instead."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import wraps
from time import perf_counter, sleep

import streamlit as st

from dashboard.core import scheduler, session, streamlit_internals

SENDING = 0.012  # seconds: Streamlit sends every 5 ms, and the browser waits 10 ms for more before it draws


@dataclass
class Drawn:
    """The state the whole page was last drawn for, the function that returns it (`appearance`), and the time, in
    seconds."""

    state: tuple = ()
    appearance: Callable[[], tuple] = tuple
    at: float = 0.0


def remember_drawn(appearance: Callable[[], tuple]):
    """Record the state that the whole page is about to be drawn for, as returned by this function."""
    drawn = session.own(Drawn)
    drawn.appearance, drawn.state, drawn.at = appearance, appearance(), perf_counter()


def is_as_drawn() -> bool:
    """Whether the state is the one the whole page was last drawn for."""
    drawn = session.own(Drawn)
    return drawn.appearance() == drawn.state


def frame_is_due(pace: float) -> bool:
    """Whether the next frame of an animation is due, `pace` seconds after the whole page was drawn."""
    return perf_counter() - session.own(Drawn).at >= pace


def redraw_interval() -> float | None:
    """Seconds between redraws of live fragments, or None while training is paused; for full runs of the script."""
    return scheduler.interval() if session.opened_lab().running else None


def live(body: Callable[[], None]) -> Callable[[], None]:
    """A fragment that redraws itself while the network on display is training."""
    return drawn_anew(body, redraw_interval() if session.opened_lab().moving else None)


def live_with_training(body: Callable[[], None]) -> Callable[[], None]:
    """A fragment that redraws itself while training runs, even if a snapshot is on display."""
    return drawn_anew(body, redraw_interval())


def drawn_anew(body: Callable[[], None], interval: float | None) -> Callable[[], None]:
    """The body as a fragment that runs every `interval` seconds, and after a click in it.

    A click in another fragment may have removed objects that the body uses: the whole page is then redrawn instead.
    """

    @wraps(body)
    def in_turn():
        if not is_as_drawn():
            st.rerun()
        with turn_to_draw():
            body()

    return st.fragment(run_every=interval)(in_turn)


def turn_to_draw() -> AbstractContextManager:
    """The turn to draw: what a click asks for, at once; what is redrawn while this visitor's training runs, like the
    trainings themselves. If Python draws and trains at the same time, passing its lock back and forth takes many times
    as long as either."""
    lab = session.opened_lab()
    urgent = streamlit_internals.by_click() or not lab.running
    # Access to the session state lets Streamlit interrupt. What a click asks for costs no time to train.
    return scheduler.TURNSTILE.turn(session.opened_lab, None if urgent else scheduler.account(lab), urgent)


def send_what_is_drawn():
    """Let what a click has drawn so far go to the browser, which shows it while the rest is drawn."""
    if streamlit_internals.by_click():
        sleep(SENDING)


def notice_click():
    """Let a click interrupt the running script here. Streamlit itself raises for clicks that redraw the whole page;
    for clicks that redraw a fragment it would wait until the running one ends, so this ends it (ClickWaits)."""
    session.opened_lab()  # access to the session state lets Streamlit interrupt
    if streamlit_internals.click_waits():
        raise scheduler.ClickWaits
