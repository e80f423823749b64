from types import SimpleNamespace

import pytest

from dashboard.core import computed, session


@pytest.fixture(autouse=True)
def one_visitor(monkeypatch):
    monkeypatch.setattr(session, "st", SimpleNamespace(session_state={}))


def test_a_derived_result_is_made_anew_only_when_what_it_is_of_has_changed():
    made = []

    def twice(x):
        return computed.derived("twice", (x,), lambda: made.append(x) or 2 * x)

    assert [twice(1), twice(1), twice(2), twice(1)] == [2, 2, 4, 2]
    assert made == [1, 2, 1]  # only the last one is kept


def test_of_every_name_the_last_result_is_kept_with_what_it_is_of():
    assert computed.kept("maps") is None and computed.kept("maps", of=1) is None
    computed.keep("maps", "drawn", of=1)
    computed.keep("other", "another")
    assert computed.kept("maps", of=1) == "drawn" and computed.kept("maps", of=2) is None
    computed.keep("maps", "drawn again", of=2)
    assert computed.kept("maps", of=1) is None and computed.kept("maps", of=2) == "drawn again"
    assert computed.kept("other") == "another"


def test_what_is_asked_for_is_said_once():
    computed.want("maps")
    assert not computed.wanted("other")
    assert computed.wanted("maps") and not computed.wanted("maps")


def test_every_visitor_has_one_object_of_a_class_and_name():
    one = session.own(list, "first")
    assert session.own(list, "first") is one is not session.own(list, "second")
    session.st.session_state = {}
    assert session.own(list, "first") is not one
