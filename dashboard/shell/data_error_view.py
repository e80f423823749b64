"""The only page there is while the data set of the server cannot be read."""

from typing import NoReturn

import streamlit as st

from dashboard.components.button import button
from dashboard.notation.plain_text import markdown
from nnlib.datasets import DatasetError


def show(error: DatasetError) -> NoReturn:
    """What is wrong with which file, and what to do; ends the run. Every run reads the data again."""
    st.set_page_config("Digit Lab")
    st.title("The data cannot be read")
    st.error(f"{markdown(str(error))}.", icon=":material/error:")
    st.markdown(
        "The environment variable `NNLIB_DATA` of the server names the data set; without it, MNIST is read from the "
        "folder `data` of this project. The forms it may have are described in `data/README.md`. Once the file is in "
        "order, the page works again; the server need not be started anew."
    )
    button("Try again", "try_again", "refresh", "Reads the data once more.", lambda: None)
    st.stop()
