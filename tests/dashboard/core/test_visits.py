"""Who is here, whose session ends if memory runs short, and that what is over is forgotten."""

import gc
import logging
import weakref
from types import SimpleNamespace

import numpy as np
import pytest

from dashboard.core import streamlit_internals, visits
from dashboard.core.lab import Lab
from dashboard.core.limits import MB, Limits
from dashboard.core.visits import Visit, first_to_go
from nnlib.recipes import Recipe


@pytest.fixture(autouse=True)
def nobody_yet(monkeypatch):
    monkeypatch.setattr(visits, "_visits", weakref.WeakKeyDictionary())
    monkeypatch.setattr(visits, "_ended", {})
    monkeypatch.setattr(visits, "_said", {})
    monkeypatch.setattr(streamlit_internals, "session_id", lambda: "mine")
    monkeypatch.setattr(streamlit_internals, "browser", lambda: "")


class FakeLab(SimpleNamespace):
    __hash__ = object.__hash__


def one(name, seen, megabytes=50, running=False):
    return FakeLab(running=running, nbytes=megabytes * MB), Visit(name, seen)


def gone(*everyone):
    visit = first_to_go(everyone)
    return visit and visit.session_id


def test_the_one_idle_longest_goes_first():
    assert gone(one("new", 30), one("old", 10), one("middle", 20)) == "old"


def test_who_trains_goes_after_all_who_are_idle():
    assert gone(one("trains", 10, running=True), one("idle", 20)) == "idle"
    assert gone(one("trains", 10, running=True), one("trains too", 20, running=True)) == "trains"


def test_who_takes_little_stays():
    assert gone(one("small", 10, megabytes=9), one("large", 20, megabytes=60)) == "large"
    assert gone(one("small", 10, megabytes=7), one("small too", 20, megabytes=7)) is None
    assert gone() is None


def test_a_lab_is_here_until_it_is_let_go_of(few):
    lab = Lab(few, Recipe(hidden=(4,)))
    visits.enter(lab)
    assert [each for each, _ in visits.everyone()] == [lab]
    del lab
    gc.collect()
    assert not visits.everyone()


def test_a_lab_counts_its_runs_and_their_snapshots(few):
    lab = Lab(few, Recipe(hidden=(32,), optimizer="adam"))
    weights = 4 * 25_450
    assert lab.nbytes == 4 * weights + lab.timeline.nbytes  # parameters, gradients, two averages
    lab.step()
    present = lab.nbytes
    assert present > 5 * weights  # a snapshot
    lab.reset()
    assert lab.nbytes > present


def test_memory_is_what_the_process_holds():
    before = visits.memory()
    if before is None:
        pytest.skip("this system does not tell")
    block = np.ones(100 * MB, np.uint8)
    assert 90 * MB < visits.memory() - before < 120 * MB
    del block


@pytest.fixture
def memory_is_short(monkeypatch):
    """A limit of 100 MB, of which 120 are in use; returns the sessions ended."""
    ended = []
    monkeypatch.setattr(visits, "LIMITS", Limits(visitors=2, memory=100 * MB))
    monkeypatch.setattr(visits, "memory", lambda: 120 * MB)
    monkeypatch.setattr(streamlit_internals, "end_session", lambda name, give_back: ended.append(name) or True)
    return ended


def test_if_memory_is_short_a_session_ends_and_the_log_and_its_visitor_are_told(
    memory_is_short, monkeypatch, caplog, few
):
    for name, seen in (("away", 1.0), ("active", 2.0)):
        lab = Lab(few, Recipe(hidden=(4,)))
        monkeypatch.setattr(Lab, "nbytes", 50 * MB)
        visits._visits[lab] = Visit(name, seen)
        memory_is_short.append(lab)  # keeps it
    del memory_is_short[2:]
    with caplog.at_level(logging.WARNING):
        visits.look()
    assert memory_is_short[2:] == ["away"]
    assert "DIGIT_LAB_MEMORY" in caplog.text
    monkeypatch.setattr(streamlit_internals, "earlier_session_id", lambda: "away")
    assert "memory" in visits.why_anew()
    monkeypatch.setattr(streamlit_internals, "earlier_session_id", lambda: "another")
    assert "memory" not in visits.why_anew() and visits.why_anew()
    monkeypatch.setattr(streamlit_internals, "earlier_session_id", lambda: "")
    assert visits.why_anew() == ""


def test_while_memory_is_short_nobody_enters(memory_is_short, monkeypatch, caplog):
    assert "memory" in visits.why_full()
    monkeypatch.setattr(visits, "memory", lambda: 90 * MB)
    assert visits.why_full() == ""


def test_the_places_are_counted_and_the_log_is_told_once(memory_is_short, monkeypatch, caplog):
    monkeypatch.setattr(visits, "memory", lambda: None)
    here = [FakeLab(), FakeLab()]
    for lab in here:
        assert visits.why_full() == ""
        visits.enter(lab)
    with caplog.at_level(logging.WARNING):
        assert [bool(visits.why_full()) for _ in range(50)] == [True] * 50
    assert len(caplog.records) == 1 and "DIGIT_LAB_VISITORS" in caplog.text
    here.pop()
    del lab
    assert visits.why_full() == ""


def test_steps_of_all_are_counted():
    here = [FakeLab(trainer=SimpleNamespace(steps=0), running=True, nbytes=0) for _ in range(2)]
    for lab in here:
        visits.enter(lab)
    visits._count_steps()
    here[0].trainer.steps, here[1].trainer.steps = 30, 10
    visits._count_steps()
    assert visits.metrics()["digit_lab_steps_per_second"][0] == 40 / visits.EVERY
    here[0].trainer.steps = 0  # reset
    visits._count_steps()
    assert visits.metrics()["digit_lab_steps_per_second"][0] == 0
    assert visits.metrics()["digit_lab_visitors"][0] == visits.metrics()["digit_lab_training"][0] == 2


@pytest.fixture
def away(monkeypatch):
    """Sessions without a connection, and those ended."""
    sessions, ended = {}, []

    def end(name, give_back):
        ended.append(name)
        for lab, visit in visits.everyone():
            if visit.session_id == name:
                visits._visits.pop(lab)
        return True

    monkeypatch.setattr(streamlit_internals, "away_sessions", lambda: sessions)
    monkeypatch.setattr(streamlit_internals, "end_session", end)
    return sessions, ended


def test_a_closed_page_is_over_and_a_lost_connection_may_come_back(away, monkeypatch):
    sessions, ended = away
    sessions |= {"reloaded": (5.0, True), "closed": (21.0, True), "lost": (200.0, False)}
    visits.look()
    assert ended == ["closed"]
    assert gone(one("trains", 5, running=True), one("lost", 10, running=True), one("new", 20, running=True)) == "lost"


def test_on_a_full_server_who_is_away_for_long_gives_way_and_a_reload_keeps_the_place(away, monkeypatch):
    sessions, ended = away
    monkeypatch.setattr(visits, "LIMITS", Limits(visitors=3, memory=10**6 * MB))
    here = {name: FakeLab() for name in ("mine", "other", "lost")}
    for name, lab in here.items():
        visits._visits[lab] = Visit(name, 0.0, browser=name)
    sessions |= {"mine": (1.0, True), "other": (1.0, True), "lost": (15.0, False)}
    assert visits.why_full() and not ended
    monkeypatch.setattr(streamlit_internals, "browser", lambda: "mine")
    assert not visits.why_full() and ended == ["mine"]
    visits._visits[here["mine"]] = Visit("mine again", 0.0)
    assert visits.why_full()
    sessions["lost"] = (25.0, False)
    assert not visits.why_full() and ended == ["mine", "lost"]
