"""How bright the pixels are, as stored and as the network receives them."""

import math

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.base import frame
from dashboard.theme import Theme
from nnlib.scaling import Scaling


def pixel_histogram(counts: np.ndarray, theme: Theme, scaling: Scaling | None = None) -> go.Figure:
    """How many pixels have each brightness 0..255, `counts` (256,), on a logarithmic axis; with a Scaling, how many
    have each number that it makes of them."""
    brightness = np.arange(len(counts))
    values = brightness if scaling is None else scaling.factor * brightness + scaling.offset
    title = "brightness as stored" if scaling is None else "input of the network, after scaling"
    figure = frame(theme, x=title, y="pixels (logarithmic)", height=280, bargap=0)
    figure.add_bar(
        x=values,
        y=counts,
        customdata=np.stack([100 * counts / counts.sum(), brightness], axis=1),
        marker={"color": theme.train, "line": {"width": 0}},
        hovertemplate=("%{x}" if scaling is None else "%{x:.4f}, stored as %{customdata[1]:d}")
        + ": %{y:,} pixels, %{customdata[0]:.3g} %<extra></extra>",
    )
    top = math.ceil(math.log10(max(counts.max(), 10)))
    figure.update_yaxes(type="log", range=[0, top], dtick=1, exponentformat="SI")
    margin = 0.01 * (values[-1] - values[0])
    figure.update_xaxes(range=[values[0] - margin, values[-1] + margin])
    return figure
