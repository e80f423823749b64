"""What every layer of each network makes of the digit on the Draw page."""

import streamlit as st

from dashboard.components import layer_outputs
from dashboard.draw.preparation import Step
from dashboard.draw.reader import Reader
from dashboard.theme import Theme


def show(readers: list[Reader], step: Step, theme: Theme, *, readable: bool):
    """The output of every layer for the prepared digit, network beside network; `readable` as in `layer_outputs`."""
    most = layer_outputs.choose_channels([reader.network for reader in readers], "draw_channels")
    st.markdown(layer_outputs.HOW_TO_READ)
    for column, reader in zip(st.columns(len(readers), gap="medium"), readers, strict=True):
        with column:
            st.subheader(reader.title)
            inputs = reader.scaling.apply(reader.inputs(step.image[None])[0])
            key = f"layers_{reader.title.split()[0].lower()}"
            names = reader.class_names
            layer_outputs.show(reader.network, reader.loss, inputs, names, most, theme, readable=readable, key=key)
