"""Histogram of the pixels' brightness, as stored and as the network receives it."""

import math

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.base import frame
from dashboard.theme import Theme
from nnlib.scaling import Scaling

NONE = 0.5  # stands for a count of zero, which a logarithmic axis lacks


def pixel_histogram(counts: np.ndarray, theme: Theme, scaling: Scaling) -> go.Figure:
    """The number of pixels of each brightness 0..255, `counts` (256,), on a logarithmic axis. The lower axis is the
    brightness as stored, the upper one as the network receives it: scaling only changes the labels."""
    brightness = np.arange(len(counts))
    inputs = scaling.factor * brightness + scaling.offset
    figure = frame(theme, x="brightness as stored", y="pixels (logarithmic)", height=300, showlegend=False)
    figure.update_layout(margin_t=48, xaxis2={**figure.layout.xaxis.to_plotly_json(), "overlaying": "x", "side": "top"})
    figure.add_scatter(  # one outline: 256 bars are 256 shapes for the browser
        x=brightness,
        y=np.maximum(counts, NONE),
        customdata=np.stack([counts, 100 * counts / counts.sum(), inputs], axis=1),
        mode="lines",
        line={"color": theme.train, "width": 1, "shape": "hvh"},
        fill="tozeroy",
        hovertemplate="%{x}, received as %{customdata[2]:.4f}: %{customdata[0]:,} pixels, %{customdata[1]:.3g} %"
        "<extra></extra>",
    )
    figure.add_scatter(x=inputs[[0, -1]], y=[NONE, NONE], xaxis="x2", mode="none", hoverinfo="skip")  # shows the axis
    top = math.ceil(math.log10(max(counts.max(), 10)))
    figure.update_yaxes(type="log", range=[math.log10(NONE), top], dtick=1, exponentformat="SI")
    for name, ends in (("xaxis", brightness[[0, -1]]), ("xaxis2", inputs[[0, -1]])):
        margin = 0.01 * (ends[1] - ends[0])
        figure.update_layout({name: {"range": [ends[0] - margin, ends[1] + margin]}})
    figure.update_layout(xaxis2={"title": {"text": "input of the network, after scaling"}, "showgrid": False})
    return figure
