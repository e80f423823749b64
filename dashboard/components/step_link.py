"""Links from digits, and from numbers computed for a digit, to a training step with it."""

from collections.abc import Collection
from dataclasses import dataclass

import streamlit as st

from dashboard.core import address, session

PAGE = "pages/step.py"


@dataclass
class Wanted:
    """The cell that a link leads to, (matrix symbol, row, column) in the column convention, until it is shown."""

    cell: tuple[str, int, int] | None = None

    def take(self) -> tuple[str, int, int] | None:
        """The cell, given once."""
        cell, self.cell = self.cell, None
        return cell


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


def open_cell(split: str, number: int, symbol: str, row: int, column: int):
    """Go to the One step page with a digit, at a cell of a matrix of the forward pass."""
    session.own(Wanted).cell = symbol, row, column
    session.go_to(PAGE, address.link_to(split, number))
