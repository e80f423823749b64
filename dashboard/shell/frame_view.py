"""The looks of the frame around every page, and the sidebar on a narrow screen."""

from pathlib import Path

import streamlit as st

_FOLDER = Path(__file__).parent
_DRAWER = (_FOLDER / "drawer.js").read_text(encoding="utf-8")


def style():
    """Make the lines at the bottom compact. Takes no place on the page."""
    st.html(_FOLDER / "frame.css")


def drawer():
    """Close the sidebar once a page is chosen, where it lies over the page. For the end of the sidebar."""
    st.html(f"<script>{_DRAWER}</script>", unsafe_allow_javascript=True)
