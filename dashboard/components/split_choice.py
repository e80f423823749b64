"""The choice of a split, with the visitor's own digits beside those of the data set if there are any."""

from collections.abc import Sequence

import streamlit as st

from dashboard.core import session
from dashboard.core.lab import Lab
from dashboard.notation.phrases import MINE


def with_mine(lab: Lab, splits: Sequence[str]) -> list[str]:
    """These splits, and MINE if the visitor has digits that the network shown has classes for."""
    return [*splits, MINE] if len(lab.split(MINE)) else [*splits]


def choose(lab: Lab, splits: Sequence[str], key: str, help: str) -> str:
    """One of these splits, at first the first; nothing is asked where there is no choice."""
    options = with_mine(lab, splits)
    if session.chosen(key) not in options:  # at first, or since the last own digit was deleted
        session.choose(key, options[0])
    if len(options) == 1:
        return options[0]
    chosen = st.segmented_control(
        "Split",
        options,
        required=True,
        key=key,
        label_visibility="collapsed",
        help=f"{help} Mine: the digits you keep on the Draw page.",
    )
    return chosen or options[0]
