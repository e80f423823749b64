"""The address shown by the browser: all settings, the speed of a run, and the digit of the page One step."""

from dataclasses import dataclass

import streamlit as st

from dashboard.core import query_params, session


@dataclass
class ShownDigit:
    """(split, number from 1) of the digit shown in One step, None for the next mini-batch; `written` is its text that
    we last wrote into the address."""

    digit: tuple[str, int] | None = None
    written: str | None = None


def write():
    """Bring the address up to date with the settings and the chosen digit."""
    _read_digit()
    shown = session.own(ShownDigit)
    wanted = _settings()
    if shown.digit:
        wanted |= query_params.digit_to_query(*shown.digit)
    shown.written = wanted.get(query_params.DIGIT)
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def _read_digit():
    """Adopt a digit that a link has put into the address; drop one that the present data do not contain."""
    query, shown = st.query_params.to_dict(), session.own(ShownDigit)
    splits = {name: len(session.opened_lab().split(name)) for name in query_params.SPLITS}
    if query.get(query_params.DIGIT) not in (None, shown.written):
        shown.digit, problem = query_params.digit_from_query(query, splits)
        session.add_problems([problem] * bool(problem))
    elif shown.digit and shown.digit[1] > splits[shown.digit[0]]:
        shown.digit = None


def digit() -> tuple[str, int] | None:
    """(split, number from 1) of the digit shown in One step; None for the next mini-batch."""
    return session.own(ShownDigit).digit


def look_at(chosen: tuple[str, int] | None):
    """Show a training step for this digit, or, for None, for the next mini-batch."""
    session.own(ShownDigit).digit = chosen


def link_to(split: str, number: int) -> dict[str, str]:
    """The query parameters of a link to this digit, with the present settings."""
    return _settings() | query_params.digit_to_query(split, number)


def _settings():
    lab = session.opened_lab()
    return query_params.to_query(lab.recipe) | query_params.speed_to_query(lab.pace.speed)
