"""Histograms of a layer's weights, and single connections as bars."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.base import frame
from dashboard.notation.plain_text import plotlys, short_ticks
from dashboard.theme import Theme

BINS = 61  # odd, so that zero has a bin of its own
STRONGEST = 24  # of more connections only so many are drawn


def weight_histogram(now: np.ndarray, start: np.ndarray, theme: Theme, *, then: str = "at the start") -> go.Figure:
    """Histograms of the weights now (filled) and `then` (outline), in the same bins."""
    reach = max(_reach(now), _reach(start))
    edges = np.linspace(-reach, reach, BINS + 1)
    middles = (edges[:-1] + edges[1:]) / 2
    figure = frame(theme, x="weight", y="number of weights", height=300, hovermode="x unified")
    for name, weights, look in (
        ("as shown", now, {"fill": "tozeroy", "line": {"color": theme.train, "width": 1.5, "shape": "hvh"}}),
        (then, start, {"line": {"color": theme.validation, "width": 1.5, "dash": "dot", "shape": "hvh"}}),
    ):
        finite = weights[np.isfinite(weights)]
        counts = np.histogram(finite, BINS, (-reach, reach))[0].astype(np.int32)  # given edges would be slower
        figure.add_scatter(x=middles, y=counts, name=name, mode="lines", hovertemplate="%{y:,}", **look)
    figure.update_xaxes(range=[-reach, reach], hoverformat="+.3f")
    figure.update_yaxes(rangemode="tozero")
    return figure


def connection_bars(names: Sequence[str], weights: np.ndarray, theme: Theme, *, ends: str) -> go.Figure:
    """One bar per connection, orange if negative, blue if positive, in the given order; of more than STRONGEST only
    the strongest, the most positive first. `ends` says what the names are ("class", "unit of layer 2")."""
    title = ends
    if len(weights) > STRONGEST:
        title = f"{ends} ({STRONGEST} strongest of {len(weights)})"
        kept = strongest(weights, STRONGEST)
        names, weights = [names[i] for i in kept], weights[kept]
    reach = 1.1 * _reach(weights)
    figure = frame(theme, x=title, y="weight", height=300, showlegend=False, bargap=0.25)
    figure.add_bar(
        x=plotlys(names),
        y=weights,
        marker={"color": [theme.positive if weight > 0 else theme.negative for weight in weights.tolist()]},
        hovertemplate=f"{ends} %{{x}}: %{{y:+.3g}}<extra></extra>",
    )
    figure.update_xaxes(type="category", showgrid=False, **short_ticks(names))
    figure.update_yaxes(range=[-reach, reach], zeroline=True, zerolinecolor=theme.muted, zerolinewidth=1)
    return figure


def _reach(weights):
    """The size of the largest finite weight; 1 if all are zero."""
    return float(np.abs(weights[np.isfinite(weights)]).max(initial=0.0)) or 1.0


def strongest(weights: np.ndarray, n: int) -> np.ndarray:
    """Positions of the n weights furthest from zero, the most positive first."""
    kept = np.argsort(-np.abs(weights), kind="stable")[:n]
    return kept[np.argsort(-weights[kept], kind="stable")]
