"""The note over everything that stands still while the network trains."""

import streamlit as st

from dashboard.core.lab import Lab


def pause_note(lab: Lab, position: float):
    """While it trains, say at which epoch (`position`) the network was that stands below. The container is permanent,
    so nothing below shifts."""
    with st.container():
        if lab.moving:
            st.caption(f"Below: the network at epoch {position:.2f}. Pause to update.")
