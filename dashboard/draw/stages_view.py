"""The stages of the preparation, with a switch for each that can be off."""

import streamlit as st

from dashboard.core import session
from dashboard.draw import answer_view, strip
from dashboard.draw.preparation import OPTIONAL, SHORT, Step
from dashboard.draw.reader import Reader
from dashboard.theme import Theme

KEY = "stages_on"


def switches():
    """A switch for each stage that can be off."""
    st.pills(
        "Stages",
        OPTIONAL,
        selection_mode="multi",
        default=OPTIONAL,
        format_func=SHORT.__getitem__,
        key=KEY,
        persist_state="session",
        help="What is switched off is left out, for the answer too. Try it: train the network, draw a 7 and switch off "
        "“Centred”. The stages are those that LeCun and others describe for MNIST.",
    )


def off() -> list[str]:
    """The stages that are switched off."""
    on = session.chosen(KEY, OPTIONAL)
    return [name for name in OPTIONAL if name not in on]


def about_left_out(off: list[str]) -> str:
    """Which stages are off."""
    return f"Prepared without: {', '.join(SHORT[name].lower() for name in off)}."


def show(steps: list[Step], readers: list[Reader], theme: Theme):
    """The strip of pictures with the answers below each."""
    st.html(strip.html(steps, readers, answer_view.answers(readers, steps), theme))
    st.caption(
        "Below each picture: the answer if the digit were prepared only up to there, then stretched to the size of the "
        "network’s images. The last one is the answer above."
    )
