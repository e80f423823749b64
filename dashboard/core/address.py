"""The address shown by the browser: all settings, the speed of a run, and the digit of the page One step.

It is written as the settings change, each change a step in the browser's history; Back and Forward are followed. An
address that means the present settings stays as it was found.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import streamlit as st

from dashboard.core import query_params, session, streamlit_internals
from nnlib.datasets import DatasetError
from nnlib.recipes import RecipeError


@dataclass
class Address:
    """(split, number from 1) of the digit shown in One step, None for the next mini-batch; the query that the browser
    should show; the one it was last told; the digits ever written into it; and the question that Answers opens."""

    digit: tuple[str, int] | None = None
    query: dict[str, str] | None = None
    told: dict[str, str] | None = None
    digits: set[str] = field(default_factory=set)
    question: str = ""


def follow():
    """Adopt the settings of the address that Back or Forward led to, and the question and the digit that a link did, if
    there is one; then bring the address up to date."""
    requests = streamlit_internals.browser_requests()
    history, link = map(_parsed, (requests.take_history(), requests.take_link()))
    if history is not None:
        _return_to(history)
    if link is not None:
        ask(link.get(query_params.QUESTION, ""))
        if query_params.DIGIT in link:
            _adopt_digit(link)
    write()


def write():
    """Bring the address up to date with the settings and the chosen digit."""
    address, found = session.own(Address), st.query_params.to_dict()
    if address.query is None:
        address.query = address.told = found
        address.question = found.get(query_params.QUESTION, "")
    _read_digit(found)
    wanted = _wanted()
    if _meaning(address.query) != _meaning(wanted):
        address.query = wanted
    address.digits.add(wanted.get(query_params.DIGIT, ""))
    # What was found may be what the browser showed before it was told of another.
    if not address.query == address.told == found:
        st.query_params.from_dict(address.query)
        address.told = address.query


def _return_to(query):
    lab, address = session.opened_lab(), session.own(Address)
    with suppress(RecipeError, DatasetError):  # of other data: the present settings stay, and are written again
        lab.return_to(query_params.from_query(query)[0])
    lab.pace.speed = query_params.speed_from_query(query)[0]
    _adopt_digit(query)
    address.question = query.get(query_params.QUESTION, "")
    address.query = address.told = query


def _read_digit(query):
    """Adopt a digit that is in the address and was never written by us; drop one that the present data do not
    contain."""
    address = session.own(Address)
    if query.get(query_params.DIGIT, "") not in address.digits | {""}:
        _adopt_digit(query)
    elif address.digit and address.digit[1] > _sizes()[address.digit[0]]:
        address.digit = None


def _adopt_digit(query):
    session.own(Address).digit, problem = query_params.digit_from_query(query, _sizes())
    session.add_problems([problem] * bool(problem))


def _sizes():
    return {name: len(session.opened_lab().split(name)) for name in query_params.SPLITS}


def digit() -> tuple[str, int] | None:
    """(split, number from 1) of the digit shown in One step; None for the next mini-batch."""
    return session.own(Address).digit


def look_at(chosen: tuple[str, int] | None):
    """Show a training step for this digit, or, for None, for the next mini-batch."""
    session.own(Address).digit = chosen


def question() -> str:
    """The name of the question that Answers opens, if any."""
    return session.own(Address).question


def ask(question: str):
    """Let Answers open a question, or none."""
    session.own(Address).question = question


def link_to(split: str, number: int) -> dict[str, str]:
    """The query parameters of a link to this digit, with the present settings."""
    return _settings() | query_params.digit_to_query(split, number)


def _settings():
    lab = session.opened_lab()
    return query_params.to_query(lab.recipe) | query_params.speed_to_query(lab.pace.speed)


def _wanted():
    shown = digit()
    asked = {query_params.QUESTION: question()} if question() else {}
    return _settings() | (query_params.digit_to_query(*shown) if shown else {}) | asked


def _meaning(query):
    """What makes it worth another entry in the browser's history; a question left behind does not."""
    return query_params.from_query(query)[0], query_params.speed_from_query(query)[0], query.get(query_params.DIGIT)


def _parsed(text):
    return None if text is None else dict(parse_qsl(text, keep_blank_values=True))
