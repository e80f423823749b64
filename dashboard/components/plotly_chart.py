"""Plotly charts, all with the same configuration."""

import plotly.graph_objects as go
import streamlit as st

from dashboard.charts import CONFIG


def show(figure: go.Figure, *, key: str, alt: str):
    """The figure, and `alt` for those who cannot see it."""
    st.plotly_chart(figure, key=key, config=CONFIG, alt=alt)
