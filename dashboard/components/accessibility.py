"""What Streamlit's own page lacks for keyboards, screen readers and weak eyes: a link to the buttons that train before
all else, a name of its own for each button called "Help", and readable text on a bright button.
"""

from pathlib import Path

import streamlit as st

from dashboard.charts.lines import frame_colours
from dashboard.theme import Theme

_SOURCE = Path(__file__).with_suffix("")
_improve = st.components.v2.component(
    "accessibility",
    css=_SOURCE.with_suffix(".css").read_text(encoding="utf-8"),
    js=_SOURCE.with_suffix(".js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def improve(theme: Theme):
    """Improve all pages; called once in every run."""
    _improve(key="accessibility", data=frame_colours(theme))
