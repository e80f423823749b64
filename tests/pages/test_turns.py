"""Whose turn it is to draw, when others train: a click comes first, what is redrawn by the clock waits its turn."""

import pytest

from dashboard.core import scheduler, streamlit_internals


@pytest.fixture
def asked(monkeypatch):
    """For every turn that was asked for: whether it was urgent."""
    turns = []

    class Watched(scheduler.Turnstile):
        def turn(self, while_waiting, account=None, urgent=False):
            turns.append(urgent)
            return super().turn(while_waiting, account, urgent)

    monkeypatch.setattr(scheduler, "TURNSTILE", Watched())
    return turns


def test_what_a_click_asks_for_is_urgent_and_a_redraw_by_the_clock_is_not(open_app, click, asked, monkeypatch):
    at = open_app(hidden="16", examples="640")
    click(at, "run")
    assert asked and all(asked)
    monkeypatch.setattr(streamlit_internals, "by_click", lambda: False)  # a timer
    asked.clear()
    at.run()
    assert asked and not any(asked) and at.session_state["lab"].running
    at.session_state["lab"].pause()
    asked.clear()
    at.run()
    assert asked and all(asked), "who does not train takes nobody's turn by looking"
