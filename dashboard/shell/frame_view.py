"""The looks of the frame around every page, and the sidebar on a narrow screen."""

import json
from pathlib import Path

import streamlit as st

from dashboard.core import session

RETRY = 5.0  # seconds
_FOLDER = Path(__file__).parent
_DRAWER = (_FOLDER / "drawer.js").read_text(encoding="utf-8")
_LEAVING = (_FOLDER / "leaving.js").read_text(encoding="utf-8")


def style():
    """Make the lines at the bottom compact. Takes no place on the page."""
    st.html(_FOLDER / "frame.css")


def turn_away():
    """Where there is no room for this visitor, say only why, and let them in as soon as there is."""
    why = session.why_full()
    if not why:
        return

    @st.fragment(run_every=RETRY)
    def try_again():
        if not session.why_full():
            st.rerun()

    st.set_page_config("Digit Lab")
    st.title("Digit Lab is full")
    st.info(f"{why} As soon as there is room, this page opens by itself.")
    try_again()
    st.stop()


def drawer():
    """Close the sidebar once a page is chosen, where it lies over the page. For the end of the sidebar."""
    st.html(f"<script>{_DRAWER}</script>", unsafe_allow_javascript=True)


def ask_before_leaving(trained: bool):
    """Let the browser ask before it leaves the dashboard, if there is a training to lose. Takes no place."""
    script = f"window.trainingToLose = {json.dumps(trained)};\n{_LEAVING}"
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)
