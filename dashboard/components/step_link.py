"""Links from digits to a training step with them."""

from collections.abc import Collection

import streamlit as st

from dashboard.core import address

PAGE = "pages/step.py"


def to_digit(split: str, number: int, label: str = "Go through one training step with this digit"):
    """A link to the One step page with a digit, given by its split and its number in it, from 1."""
    st.page_link(
        PAGE,
        label=label,
        icon=":material/footprint:",
        query_params=address.link_to(split, number),
        help="Opens the One step page: every number of forward, loss, backward and update for this digit.",
    )


def to_chosen(number: int | None, shown: Collection[int], invitation: str):
    """Below a gallery of validation digits: the link for the chosen one if it is shown, else the invitation."""
    if number is not None and number in shown:
        st.caption(f"Chosen: validation digit no. {number:,}.")
        to_digit("validation", number)
    else:
        st.caption(invitation)
