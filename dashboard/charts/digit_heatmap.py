"""One digit, large: every pixel a square that tells its number."""

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.base import frame
from dashboard.theme import Theme, ink_colorscale


def enlarged(
    pixels: np.ndarray, image_shape: tuple[int, int], theme: Theme, *, inputs: np.ndarray, height: int = 360
) -> go.Figure:
    """A digit (pixels,) of uint8 brightness, ink on paper; hovering gives the brightness 0..255 of a pixel and the
    number it becomes, `inputs` (pixels,), when it enters the network."""
    figure = frame(theme, x="column (pixels)", y="row (pixels)", height=height)
    figure.add_heatmap(
        z=pixels.reshape(image_shape),
        customdata=inputs.reshape(image_shape),
        zmin=0,
        zmax=255,
        colorscale=ink_colorscale(theme),
        xgap=1,
        ygap=1,
        showscale=False,  # paper is 0 and ink 255 in every picture of a digit, and hovering gives the number
        hovertemplate="row %{y}, column %{x}<br>brightness %{z}<br>enters as %{customdata:.3f}<extra></extra>",
    )
    figure.update_layout(plot_bgcolor=theme.grid, margin_pad=0)  # the ground shows between the pixels, not around them
    figure.update_xaxes(fixedrange=True, constrain="domain", showgrid=False, range=[-0.5, image_shape[1] - 0.5])
    figure.update_yaxes(
        fixedrange=True, scaleanchor="x", constrain="domain", showgrid=False, range=[image_shape[0] - 0.5, -0.5]
    )  # row 0 is at the top
    return figure
