"""Doctor: why does my own network not learn?"""

import streamlit as st

from dashboard.core import session
from dashboard.doctor import doctor_view

lab, theme = session.lab(), session.theme()

st.title("Why does my own network not learn?")
st.markdown(
    "If you write such a network yourself, let it save the matrices of one training step. Each is computed again from "
    "those before it, and you see which is the first wrong one, and which mistake makes it so."
)
left, right = st.columns(2, gap="medium")
with left:
    st.subheader("Record one step", help="The lines belong in your own program. It needs NumPy and nothing else.")
    doctor_view.record()
with right:
    st.subheader("Have it examined", help="In the order of computation: forward, from Z1 on, and then backward.")
    found = doctor_view.choose(lab)
    if found:
        doctor_view.tell(found)
if found:
    doctor_view.compare(found, theme)
