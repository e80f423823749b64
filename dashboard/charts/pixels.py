"""How bright the pixels are, as stored and as the network receives them."""

import math

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.base import frame
from dashboard.theme import Theme
from nnlib.scaling import Scaling

NONE = 0.5  # where no pixels at all are drawn: a logarithmic axis has no zero


def pixel_histogram(counts: np.ndarray, theme: Theme, scaling: Scaling | None = None) -> go.Figure:
    """How many pixels have each brightness 0..255, `counts` (256,), on a logarithmic axis; with a Scaling, how many
    have each number that it makes of them."""
    brightness = np.arange(len(counts))
    values = brightness if scaling is None else scaling.factor * brightness + scaling.offset
    title = "brightness as stored" if scaling is None else "input of the network, after scaling"
    figure = frame(theme, x=title, y="pixels (logarithmic)", height=280, showlegend=False)
    figure.add_scatter(  # one outline: 256 bars are 256 shapes for the browser
        x=values,
        y=np.maximum(counts, NONE),
        customdata=np.stack([counts, 100 * counts / counts.sum(), brightness], axis=1),
        mode="lines",
        line={"color": theme.train, "width": 1, "shape": "hvh"},
        fill="tozeroy",
        hovertemplate=("%{x}" if scaling is None else "%{x:.4f}, stored as %{customdata[2]:d}")
        + ": %{customdata[0]:,} pixels, %{customdata[1]:.3g} %<extra></extra>",
    )
    top = math.ceil(math.log10(max(counts.max(), 10)))
    figure.update_yaxes(type="log", range=[math.log10(NONE), top], dtick=1, exponentformat="SI")
    margin = 0.01 * (values[-1] - values[0])
    figure.update_xaxes(range=[values[0] - margin, values[-1] + margin])
    return figure
