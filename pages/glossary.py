"""Glossary: what does that word mean?"""

import streamlit as st

from dashboard.core import session
from dashboard.glossary import glossary_view

session.lab()

st.title("What does that word mean?")
st.markdown("Each term as the pages use it, and the page on which it can be seen.")
glossary_view.terms()
