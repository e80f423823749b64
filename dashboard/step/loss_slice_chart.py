"""The loss as a function of one weight, with the tangent given by its gradient."""

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.base import frame
from dashboard.step.gradient_check import WeightCheck
from dashboard.theme import Theme


def loss_along(checked: WeightCheck, after: float, name: str, theme: Theme) -> go.Figure:
    """The loss around the checked weight, its tangent there, and a mark at `after`, the value of the weight after the
    update."""
    weight, offsets, losses = checked.weight, checked.offsets, checked.losses
    figure = frame(theme, x=f"value of {name}", y="loss of this batch", height=300)
    figure.add_scatter(
        x=weight + offsets, y=losses, name="loss", line={"color": theme.train, "width": 3, "shape": "spline"}
    )
    spread = float(np.ptp(losses)) or 1.0
    low, high = float(losses.min()) - 0.25 * spread, float(losses.max()) + 0.25 * spread
    tangent = checked.loss + checked.analytic * offsets
    inside = (tangent >= low) & (tangent <= high)
    figure.add_scatter(
        x=(weight + offsets)[inside],
        y=tangent[inside],
        name="tangent",
        mode="lines",
        line={"color": theme.validation, "width": 2, "dash": "dash"},
    )
    figure.add_scatter(
        x=[weight],
        y=[checked.loss],
        name="now",
        mode="markers",
        marker={"color": theme.ink, "size": 10, "symbol": "circle"},
    )
    figure.add_scatter(
        x=[after],
        y=[float(np.interp(after - weight, offsets, losses))],
        name="after updating this weight alone",
        mode="markers",
        marker={"color": theme.right, "size": 10, "symbol": "diamond"},
    )
    figure.update_xaxes(fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    return figure
