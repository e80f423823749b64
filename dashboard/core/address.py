"""The address that the browser shows: all settings, and the digit that a training step is shown for."""

from dataclasses import dataclass

import streamlit as st

from dashboard.core import query_params, session


@dataclass
class ShownDigit:
    """(split, number from 1) of the digit that a training step is shown for, None for the next mini-batch; and as what
    it stands in the address by our own hand."""

    digit: tuple[str, int] | None = None
    written: str | None = None


def write():
    """Bring the address up to date with the settings and the chosen digit."""
    _read_digit()
    shown = session.own(ShownDigit)
    wanted = query_params.to_query(session.opened_lab().recipe)
    if shown.digit:
        wanted |= query_params.digit_to_query(*shown.digit)
    shown.written = wanted.get(query_params.DIGIT)
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def _read_digit():
    """Take over a digit that somebody else has written into the address: a link; and let go of one that the present
    data do not have."""
    query, shown = st.query_params.to_dict(), session.own(ShownDigit)
    splits = {name: len(getattr(session.opened_lab().trainer.digits, name)) for name in query_params.SPLITS}
    if query.get(query_params.DIGIT) not in (None, shown.written):
        shown.digit, problem = query_params.digit_from_query(query, splits)
        session.add_problems([problem] * bool(problem))
    elif shown.digit and shown.digit[1] > splits[shown.digit[0]]:
        shown.digit = None


def digit() -> tuple[str, int] | None:
    """(split, number from 1) of the digit that a training step is shown for; None: for the next mini-batch."""
    return session.own(ShownDigit).digit


def look_at(chosen: tuple[str, int] | None):
    """Show a training step for this digit from now on, or, for None, for the next mini-batch."""
    session.own(ShownDigit).digit = chosen


def link_to(split: str, number: int) -> dict[str, str]:
    """The address, after the page, that leads there with a digit and with all settings as they are."""
    return query_params.to_query(session.opened_lab().recipe) | query_params.digit_to_query(split, number)
