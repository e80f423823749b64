"""Missions: where do I begin?"""

import streamlit as st

from dashboard.core import session
from dashboard.learn import learn_view

lab = session.lab()

st.title("Where do I begin?")
st.markdown(
    "Short missions on the real pages: you predict, do it, and see why it came out as it did. A panel at the bottom "
    "leads you from step to step."
)
learn_view.standing()
learn_view.path(lab)
learn_view.forget()
