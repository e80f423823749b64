"""The way from any digit on any page to a training step on it."""

from collections.abc import Collection

import streamlit as st

from dashboard.core import session

PAGE = "pages/step.py"


def to_digit(split: str, number: int, label: str = "Go through one training step with this digit"):
    """A link to the page One step with a digit: its split, and its place in it, counted from 1."""
    st.page_link(
        PAGE,
        label=label,
        icon=":material/footprint:",
        query_params=session.link_to(split, number),
        help="Forward, loss, backward, update: every number of it, phase by phase, on the page One step.",
    )


def to_chosen(number: int | None, shown: Collection[int], invitation: str):
    """Under galleries of validation digits: the link for the one that is chosen, if it is shown; else the invitation to
    choose one."""
    if number is not None and number in shown:
        st.caption(f"Chosen: validation digit no. {number:,}.")
        to_digit("validation", number)
    else:
        st.caption(invitation)
