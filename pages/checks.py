"""Checks: is it healthy?"""

import streamlit as st

from dashboard.checks import checks_view
from dashboard.components.pause_note import pause_note
from dashboard.core import session

lab, theme = session.lab(), session.theme()

st.title("Is it healthy?")
st.markdown(
    "A broken network can still learn a little. These checks catch common faults early: :material/check: fine, "
    ":material/question_mark: look closer, :material/close: problem. They run on copies and train nothing."
)
pause_note(lab, lab.shown.position)
seconds = checks_view.quick(lab)
checks_view.overfit(lab, seconds, theme)
