"""Chart of the loss while a network overfits one mini-batch."""

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.base import frame
from dashboard.theme import Theme


def attempt_curve(losses: list[float], guess: float, theme: Theme) -> go.Figure:
    """The loss before each step, and the loss of guessing as a dotted line."""
    figure = frame(theme, x="steps on the same mini-batch", y="loss (nats per digit)", height=280, showlegend=False)
    figure.add_scatter(
        x=np.arange(len(losses)),
        y=np.array(losses, np.float32),
        mode="lines",
        line={"color": theme.train, "width": 2.5},
        hovertemplate="step %{x}: loss %{y:.4g}<extra></extra>",
    )
    figure.add_hline(
        guess,
        line={"dash": "dot", "color": theme.muted, "width": 1},
        annotation={"text": f"guessing: {guess:.3f}", "font": {"color": theme.muted, "size": 12}},
    )
    figure.update_yaxes(rangemode="tozero")
    return figure
