"""What each pixel of a digit contributed to a score, drawn over the digit."""

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.base import frame
from dashboard.theme import Theme, signed_colorscale
from nnlib.attribution import Attribution

EDGE = 100  # of brightness 0..255: where the digit's outline runs


def contributions(
    found: Attribution, pixels: np.ndarray, image_shape: tuple[int, int], theme: Theme, *, limit: float, height: int
) -> go.Figure:
    """The parts of an attribution as a signed picture, with the outline of the digit (pixels,) of uint8 brightness.
    Hovering tells what a pixel enters as, the slope of the score there, and their product."""
    figure = frame(theme, x="column (pixels)", y="row (pixels)", height=height, showlegend=False)
    rows, columns = image_shape
    figure.add_heatmap(
        z=found.parts.reshape(image_shape),
        customdata=np.stack([found.x, found.gradient], axis=-1).reshape(rows, columns, 2).round(5),
        zmin=-limit,
        zmax=limit,
        colorscale=signed_colorscale(theme),
        showscale=False,  # blue for, orange against, on every page, and hovering gives the number
        hovertemplate="row %{y}, column %{x}<br>enters as %{customdata[0]:.3f} × slope %{customdata[1]:+.3f}"
        "<br>= %{z:+.4f}<extra></extra>",
    )
    figure.add_contour(
        z=pixels.reshape(image_shape),
        contours={"start": EDGE, "end": EDGE, "coloring": "none"},
        line={"color": theme.muted, "width": 1},
        showscale=False,
        hoverinfo="skip",
    )
    figure.update_layout(plot_bgcolor=theme.grid, margin_pad=0)
    figure.update_xaxes(fixedrange=True, constrain="domain", showgrid=False, range=[-0.5, columns - 0.5])
    figure.update_yaxes(fixedrange=True, scaleanchor="x", constrain="domain", showgrid=False, range=[rows - 0.5, -0.5])
    return figure
