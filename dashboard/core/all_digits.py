"""The data set, read once for all visitors, and other preparations of the process."""

import gc
import threading

import streamlit as st
from threadpoolctl import threadpool_limits

from nnlib.datasets import Digits, load_mnist
from nnlib.picture_files import read_grey

READ_AHEAD_AFTER = 3.0  # seconds after the first visitor


@st.cache_resource(show_spinner="Reading the data …")
def all_digits() -> Digits:
    """The data set, once per process. Also prepares the process for training: one BLAS thread (two are slower at these
    sizes), and everything loaded so far is exempt from garbage collection."""
    threadpool_limits(1)
    digits = load_mnist(decode=read_grey)
    gc.freeze()
    reading_ahead = threading.Timer(READ_AHEAD_AFTER, _read_ahead)
    reading_ahead.daemon = True
    reading_ahead.start()
    return digits


def _read_ahead():
    """Import packages that the first page does not need while the visitor looks at it, so that the next page opens
    faster."""
    import pandas as pd
    import plotly.graph_objects as go

    pd.DataFrame({"nothing": [0]})
    go.Figure().add_scatter(x=[0], y=[0]).add_heatmap(z=[[0]]).add_bar(x=[0]).to_json()
