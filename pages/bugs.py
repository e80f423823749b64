"""Bugs: what does one wrong line do?"""

import streamlit as st

from dashboard.bugs import experiment_view, hunt_view
from dashboard.components.choice import choice
from dashboard.core import session

OPEN, BLIND = "Open", "Blind"

lab, theme = session.lab(), session.theme()

st.title("What does one wrong line do?")
st.markdown(
    "Classic mistakes in the code of a neural network, each one line of the code that runs here. In the open, see what "
    "one does beside the sound network; blind, find out which one is in your network."
)
help = "Open: choose a bug, predict, compare. Blind: a bug is hidden in your network."
mode = choice("Mode", [OPEN, BLIND], "bugs_mode", help, default=BLIND if lab.bug else OPEN)
with st.container(key=f"bugs_{mode}"):
    if mode == OPEN:
        experiment_view.show(lab, theme)
    else:
        hunt_view.show(lab)
