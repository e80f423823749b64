"""Digit Lab: the page map, the sidebar that all pages share, and the tick that trains."""

import streamlit as st

from dashboard import engine, panels, session, tiles

lab = session.lab()
# An icon by name would be fetched from the internet.
st.set_page_config(
    "Digit Lab", page_icon=tiles.digit_icon(lab.digits.train.images[0], lab.digits.image_shape), layout="wide"
)
session.write_address()  # before the navigation: then a page change is one step in the browser's history, not two
page = st.navigation(
    [
        st.Page("pages/train.py", title="Train", icon=":material/show_chart:", default=True),
        st.Page("pages/data.py", title="Data", icon=":material/grid_view:"),
        st.Page("pages/shapes.py", title="Shapes", icon=":material/data_array:"),
        st.Page("pages/weights.py", title="Weights", icon=":material/blur_on:"),
        st.Page("pages/mistakes.py", title="Mistakes", icon=":material/rule:"),
    ],
    position="top",
)
with st.sidebar:
    panels.settings(lab)
panels.announce(lab)


with st.bottom:  # it grows upwards, so that a warning never moves what one is looking at
    panels.warnings(lab)
    panels.controls(lab)
page.run()


@st.fragment(run_every=session.redraw_interval())
def tick():
    """Train for a moment, wherever the visitor is, and say where it stands. What ends a run redraws the whole page."""
    before = lab.running, panels.trouble(lab)
    engine.tick(lab, session.notice_clicks)
    st.caption(panels.state_line(lab))
    if before != (lab.running, panels.trouble(lab)):
        st.rerun()


with st.bottom:
    tick()
