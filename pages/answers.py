"""Answers: what do others ask?"""

import streamlit as st

from dashboard.answers import answers_view
from dashboard.core import session

lab = session.lab()

st.title("What do others ask?")
st.markdown(
    "Twenty-five questions about exactly such a network, with numbers computed from a network of 16 hidden units on "
    "these digits, untrained."
)
answers_view.answers(lab)
