"""Checks: is it healthy?"""

import streamlit as st

from dashboard.checks import checks_view
from dashboard.core import session

lab, theme = session.lab(), session.theme()

st.title("Is it healthy?")
st.markdown(
    "A network can be broken and still learn a little. These checks find most of what goes wrong before hours are "
    "spent on it: :material/check: fine, :material/question_mark: look closer, :material/close: not as it should be. "
    "They run on copies; nothing is trained by looking."
)
with st.container():
    if lab.moving:
        st.caption(f"The network of epoch {lab.shown.position:.2f}. Pause to bring the checks up to date.")
seconds = checks_view.quick(lab)
checks_view.by_heart(lab, seconds, theme)
