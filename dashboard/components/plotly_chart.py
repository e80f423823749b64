"""Plotly charts, all with the same configuration."""

import plotly.graph_objects as go
import streamlit as st

CONFIG = {"displayModeBar": False}  # it would cover the legend on a phone; dragging zooms, a double click resets


def show(figure: go.Figure, *, key: str, alt: str):
    """The figure, and `alt` for those who cannot see it."""
    st.plotly_chart(figure, key=key, config=CONFIG, alt=alt)
