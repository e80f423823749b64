"""Bugs: what does one wrong line do?"""

import streamlit as st

from dashboard.bugs import experiment_view, hunt_view
from dashboard.components.choice import choice
from dashboard.core import session

BESIDE, BLIND = "Beside a sound network", "Blind"

lab, theme = session.lab(), session.theme()

st.title("What does one wrong line do?")
st.markdown(
    "Classic mistakes in the code of a neural network, each one line of the code that runs here. See what one does "
    "beside a sound network, or find out blind which one is in yours."
)
help = "Beside a sound network: choose a bug, predict, compare. Blind: a bug is hidden in your network."
mode = choice("Mode", [BESIDE, BLIND], "bugs_mode", help, default=BLIND if lab.bug else BESIDE)
with st.container(key=f"bugs_{mode}"):
    if mode == BESIDE:
        experiment_view.show(lab, theme)
    else:
        hunt_view.show(lab)
