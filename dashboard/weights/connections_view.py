"""What one unit listens to, and who listens to it."""

from typing import Any

import numpy as np
import streamlit as st

from dashboard.charts import CONFIG
from dashboard.components import heatmap_grid
from dashboard.components.layer_units import Units
from dashboard.theme import Theme, signed_limit
from dashboard.weights import commentary
from dashboard.weights import weight_charts as charts

VOICES = 6  # units pictured for, and as many against


def enlarged(layer: Units, unit: int, values: np.ndarray, *, limit: float, theme: Theme, readable: bool):
    """One unit as a large picture, or, if it has many kernels, all of these as small ones, one an input channel."""
    look: dict[str, Any] = {"limit": limit, "theme": theme, "readable": readable, "key": "unit"}
    if layer.channels == 1:
        heatmap_grid.show(layer, [unit], values, **look)
        return
    st.caption(f"Its kernel for each of the {layer.channels} channels of the layer before.")
    kernels = layer.kernels(values[unit])
    heatmap_grid.show(kernels, range(len(kernels)), kernels.values, **look)


def incoming(layer: Units, unit: int, theme: Theme):
    """The weights of a unit that listens to other units."""
    name = layer.name(unit)
    st.subheader(
        f"What {name} listens to",
        help=f"Its weights, one for each {layer.source}. They say how that unit's output counts, not how a pixel does.",
    )
    figure = charts.connection_bars(layer.input_names, layer.incoming(unit), theme, ends=layer.source)
    st.plotly_chart(figure, key="incoming", config=CONFIG, alt=f"Bars: what {name} makes of its inputs")
    st.caption(commentary.about_incoming(layer, unit))


def voices(layer: Units, unit: int, preceding: Units, values: np.ndarray, theme: Theme, *, readable: bool):
    """The units that speak loudest for and against this one, painted with their `values`, if these see the pixels."""
    weights = layer.incoming(unit)
    if not preceding.sees_pixels or len(preceding) != len(weights):
        return
    limit, order = signed_limit(values), np.argsort(-weights, kind="stable")
    for word, which in (
        ("for", [i for i in order[:VOICES] if weights[i] > 0]),
        ("against", [i for i in order[::-1][:VOICES] if weights[i] < 0]),
    ):
        if which:
            st.markdown(f"Loudest **{word}** {layer.name(unit)} speak these units of layer {preceding.number}:")
            heatmap_grid.show(preceding, which, values, limit, theme, readable=readable, key=f"voices_{word}")


def outgoing(layer: Units, unit: int, theme: Theme):
    """The weights with which the next layer listens to a unit."""
    name, values = layer.name(unit), layer.outgoing(unit)
    st.subheader(
        f"Who listens to {name}",
        help="Its outgoing weights, one in each unit of the next layer; times its output, that is what it adds there.",
    )
    if values is not None and layer.following is not None:
        figure = charts.connection_bars(layer.following.names, values, theme, ends=layer.following.role)
        st.plotly_chart(figure, key="outgoing", config=CONFIG, alt=f"Bars: what the next layer makes of {name}")
    st.caption(commentary.about_outgoing(layer, unit))


def distribution(layer: Units, theme: Theme):
    """All weights of the layer, now and at the moment compared with."""
    st.subheader(
        f"All weights of layer {layer.number}",
        help="How many of the layer's weights lie where. Training pulls some of them away from zero: the tails grow.",
    )
    figure = charts.weight_histogram(layer.W, layer.start, theme, then=layer.then)
    st.plotly_chart(
        figure, key="distribution", config=CONFIG, alt=f"Distribution of the layer's weights now and {layer.then}"
    )
    st.caption(commentary.about_spread(layer))
