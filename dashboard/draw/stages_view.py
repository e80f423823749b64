"""The stages of the preparation, with a switch for each that can be off."""

import streamlit as st

from dashboard.draw import strip
from dashboard.draw.preparation import OPTIONAL, SHORT, Step
from dashboard.draw.reader import Answer, Reader
from dashboard.theme import Theme

KEY = "stages_on"


def choose_off() -> list[str]:
    """The switches; the stages that are off."""
    on = st.pills(
        "Stages",
        OPTIONAL,
        selection_mode="multi",
        default=OPTIONAL,
        format_func=SHORT.__getitem__,
        key=KEY,
        persist_state="session",
        help="What is switched off is left out. Try it: with a digit drawn in a corner, switch off “Centred”.",
    )
    return [name for name in OPTIONAL if name not in on]


def show(steps: list[Step], readers: list[Reader], answers: list[list[Answer]], off: list[str], theme: Theme):
    """The strip of pictures with the answers below each."""
    st.html(strip.html(steps, readers, answers, theme))
    st.caption(
        "Below each picture: the answer if the digit were prepared only up to there, then stretched to the size of the "
        "network’s images. The last one is the answer above."
        + (f" Left out: {', '.join(SHORT[name].lower() for name in off)}." if off else "")
    )
