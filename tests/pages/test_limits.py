"""What a visitor sees where a limit acts, and that messages past the page change nothing."""

import math
from types import SimpleNamespace

import pytest

from dashboard.components import clickable
from dashboard.core import session, setting_widgets, streamlit_internals, visits


def test_without_room_the_page_says_why_and_opens_once_there_is_some(open_app, monkeypatch):
    monkeypatch.setattr(visits, "why_full", lambda: "All 30 places on this server are taken.")
    at = open_app(hidden="16", examples="640")
    assert not at.exception and "lab" not in at.session_state
    assert [each.value for each in at.title] == ["Digit Lab is full"] and "30 places" in at.info[0].value
    monkeypatch.setattr(visits, "why_full", lambda: "")
    at.run()
    assert at.session_state["lab"].recipe.hidden == (16,) and "full" not in at.title[0].value
    monkeypatch.setattr(visits, "why_full", lambda: "All places are taken.")
    at.run()  # who is here stays
    assert not at.exception and "full" not in at.title[0].value


@pytest.mark.parametrize("earlier", ["", "a session that is over"])
def test_who_comes_back_to_a_new_network_is_told(open_app, monkeypatch, earlier):
    monkeypatch.setattr(streamlit_internals, "earlier_session_id", lambda: earlier)
    at = open_app(hidden="16", examples="640")
    assert bool(session_problems(at)) is bool(earlier)


def session_problems(at):
    return [each.value for each in at.caption if "new network with the same settings" in each.value]


def test_a_value_that_no_widget_offers_changes_nothing(open_app, monkeypatch):
    at = open_app(hidden="16", examples="640")
    lab = at.session_state["lab"]
    recipe, trainer, speed = lab.recipe, lab.trainer, lab.pace.speed
    monkeypatch.setattr(session, "opened_lab", lambda: lab)
    said = []
    monkeypatch.setattr(setting_widgets.st, "toast", lambda text, **_: said.append(text))
    monkeypatch.setattr(setting_widgets.address, "write", lambda: None)
    for value in (4000, 10**9, -3, 0, 1.5, "8", None, [16], math.nan):
        monkeypatch.setattr(session, "chosen", lambda key, value=value: value)
        setting_widgets.apply_units(0)
        assert "Nothing has changed" in said.pop()
    for value in ("nonsense", "", None, -1, math.nan, True):
        monkeypatch.setattr(session, "chosen", lambda key, value=value: value)
        for apply in (setting_widgets.choose_recipe, setting_widgets.choose_optimizer, setting_widgets.choose_speed):
            apply()
        for field in ("activation", "dropout", "seed"):
            setting_widgets.apply_setting(field)
    assert lab.recipe == recipe and lab.trainer is trainer and lab.pace.speed == speed


@pytest.mark.parametrize(
    ("choices", "choice", "accepted"),
    [
        ([3, 5], 5, True),
        ([3, 5], 7, True),  # one that was there when it was clicked
        ([3, 5], "5", False),
        ([3, 5], [["a", None]], False),
        ([3, 5], None, False),
        ([(0, 1), (2, 3)], [2, 3], True),
        ([(0, 1), (2, 3)], [2], False),
        ([(0, 1), (2, 3)], [2, {}], False),
    ],
)
def test_a_click_on_something_of_another_kind_is_ignored(monkeypatch, choices, choice, accepted):
    chosen = []

    def component(on_choice_change, **_):
        on_choice_change()
        return SimpleNamespace(choice=None)

    monkeypatch.setattr(clickable, "_component", component)
    monkeypatch.setattr(session, "chosen", lambda key: {"choice": choice})
    clickable.show("", choices, chosen.append, "key")
    assert chosen == [choice] * accepted
