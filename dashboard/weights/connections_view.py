"""The weights into and out of one unit, and all weights of its layer."""

import numpy as np
import streamlit as st

from dashboard.components import heatmap_grid, plotly_chart
from dashboard.components.layer_units import Units
from dashboard.theme import Theme, signed_limit
from dashboard.weights import commentary
from dashboard.weights import weight_charts as charts

STRONGEST = 6  # inputs shown with positive weights, and as many with negative ones


def enlarged(layer: Units, unit: int, values: np.ndarray, *, limit: float, theme: Theme, readable: bool):
    """One unit as a large picture; if it has several kernels, a small picture of each, one per input channel."""
    if layer.channels == 1:
        heatmap_grid.show(layer, [unit], values, limit, theme, readable=readable, key="unit")
        return
    st.caption(f"Its kernels, one for each of the {layer.channels} input channels.")
    kernels = layer.kernels(values[unit])
    heatmap_grid.show(kernels, range(len(kernels)), kernels.values, limit, theme, readable=readable, key="unit")


def connections(layer: Units, unit: int, theme: Theme):
    """The weights into the unit, if its inputs are units, and out of it."""
    if layer.number > 1 and layer.channels == 1:
        _incoming(layer, unit, theme)
    if layer.following:
        _outgoing(layer, unit, theme)


def _incoming(layer, unit, theme):
    name = layer.name(unit)
    st.subheader(
        f"Weights into {layer.said(unit)}",
        help=f"One for each {layer.source}; each multiplies the output of that unit.",
    )
    figure = charts.connection_bars(layer.input_names, layer.incoming(unit), theme, ends=layer.source)
    plotly_chart.show(figure, key="incoming", alt=f"Bars: the weights into {name}")
    st.caption(commentary.about_incoming(layer, unit))


def strongest_inputs(layer: Units, unit: int, preceding: Units, values: np.ndarray, theme: Theme, *, readable: bool):
    """The inputs with the largest positive and negative weights, pictured by their `values` if they see the pixels."""
    weights = layer.incoming(unit)
    if not preceding.sees_pixels or len(preceding) != len(weights):
        return
    limit, order = signed_limit(values), np.argsort(-weights, kind="stable")
    for key, sign, which in (
        ("voices_for", "positive", [i for i in order[:STRONGEST] if weights[i] > 0]),
        ("voices_against", "negative", [i for i in order[::-1][:STRONGEST] if weights[i] < 0]),
    ):
        if which:
            into = f"weights into {layer.said(unit)}"
            st.markdown(f"Units of layer {preceding.number} with the largest **{sign}** {into}:")
            heatmap_grid.show(preceding, which, values, limit, theme, readable=readable, key=key)


def _outgoing(layer, unit, theme):
    name, values = layer.name(unit), layer.outgoing(unit)
    st.subheader(
        f"Weights out of {layer.said(unit)}",
        help="One for each unit of the next layer; times the output of this unit, it is what that unit receives.",
    )
    if values is not None and layer.following is not None:
        figure = charts.connection_bars(layer.following.names, values, theme, ends=layer.following.role)
        plotly_chart.show(figure, key="outgoing", alt=f"Bars: the weights out of {name}")
    st.caption(commentary.about_outgoing(layer, unit))


def distribution(layer: Units, theme: Theme):
    """Histograms of all weights of the layer, now and in the snapshot compared with."""
    st.subheader(
        f"Weight distribution of layer {layer.number}",
        help="Histogram of all weights of the layer. Training usually pulls some of them away from zero.",
    )
    figure = charts.weight_histogram(layer.W, layer.start, theme, then=layer.then)
    alt = f"Histogram of the layer's weights now and {layer.then}"
    plotly_chart.show(figure, key="distribution", alt=alt)
    st.caption(commentary.about_spread(layer))
