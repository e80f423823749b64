"""One signed number per class, as bars."""

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.base import frame
from dashboard.notation.plain_text import plotlys, short_ticks
from dashboard.theme import Theme


def class_numbers(names: tuple[str, ...], values: np.ndarray, theme: Theme, *, y: str, hover: list[str]) -> go.Figure:
    """One bar per class, orange if negative, blue if positive; `y` is the axis title, `hover` the text of each bar."""
    figure = frame(theme, x="class", y=y, height=260, showlegend=False, bargap=0.25)
    figure.add_bar(
        x=plotlys(names),
        y=values,
        marker={"color": [theme.negative if value < 0 else theme.positive for value in values.tolist()]},
        customdata=hover,
        hovertemplate="%{customdata}<extra></extra>",
    )
    figure.update_xaxes(type="category", showgrid=False, fixedrange=True, **short_ticks(names))
    figure.update_yaxes(zeroline=True, zerolinecolor=theme.muted, zerolinewidth=1, fixedrange=True)
    if not np.nan_to_num(values).any():
        figure.update_yaxes(range=[-1, 1])
    return figure
