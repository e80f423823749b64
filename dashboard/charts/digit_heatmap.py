"""One enlarged digit whose pixels show their values on hovering."""

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.base import frame
from dashboard.theme import Theme, ink_colorscale


def enlarged(
    pixels: np.ndarray, image_shape: tuple[int, int], theme: Theme, *, inputs: np.ndarray, height: int = 360
) -> go.Figure:
    """A digit (pixels,) of uint8 brightness, ink on paper. Hovering shows a pixel's brightness 0..255 and the network
    input it becomes, from `inputs` (pixels,)."""
    figure = frame(theme, x="column (pixels)", y="row (pixels)", height=height)
    figure.add_heatmap(
        z=pixels.reshape(image_shape),
        customdata=inputs.reshape(image_shape),
        zmin=0,
        zmax=255,
        colorscale=ink_colorscale(theme),
        xgap=1,
        ygap=1,
        showscale=False,
        hovertemplate="row %{y}, column %{x}<br>brightness %{z}<br>input %{customdata:.3f}<extra></extra>",
    )
    figure.update_layout(plot_bgcolor=theme.grid, margin_pad=0)  # the background shows between the pixels only
    figure.update_xaxes(fixedrange=True, constrain="domain", showgrid=False, range=[-0.5, image_shape[1] - 0.5])
    figure.update_yaxes(
        fixedrange=True, scaleanchor="x", constrain="domain", showgrid=False, range=[image_shape[0] - 0.5, -0.5]
    )  # row 0 is at the top
    return figure
