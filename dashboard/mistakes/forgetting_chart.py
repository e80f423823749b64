"""Chart of the digits learned and forgotten at each snapshot of a training."""

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.base import frame
from dashboard.theme import Theme

NONE = 0.5  # where zero stands on the logarithmic axis
LABELS = 8  # at most so many snapshots are named on the axis
TICKS = [1, 10, 100, 1000, 10_000]


def forgetting_curves(
    names: list[str], new: np.ndarray, again: np.ndarray, lost: np.ndarray, theme: Theme
) -> go.Figure:
    """The digits right for the first time, right again, and forgotten, at each snapshot (snapshots,), on a logarithmic
    axis with a place for zero."""
    figure = frame(theme, x="snapshot", y="validation digits (log scale)", height=320)
    for name, counts, colour, symbol, dash in (
        ("right for the first time", new, theme.train, "circle", "solid"),
        ("right again", again, theme.right, "diamond", "dot"),
        ("forgotten", lost, theme.wrong, "x", "solid"),
    ):
        figure.add_scatter(
            x=list(range(len(names))),
            y=np.maximum(counts, NONE).astype(np.float32),
            customdata=counts,
            text=names,
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2, "dash": dash},
            marker={"symbol": symbol, "size": 7},
            hovertemplate=f"%{{text}}: %{{customdata:,}} {name}<extra></extra>",
        )
    most = max(int(counts.max()) for counts in (new, again, lost))
    shown = [tick for tick in TICKS if tick <= 2 * most]
    named = range(0, len(names), -(-len(names) // LABELS))
    figure.update_xaxes(tickvals=list(named), ticktext=[names[k] for k in named], fixedrange=True)
    figure.update_yaxes(
        type="log",
        range=np.log10([0.7 * NONE, 1.5 * max(most, 1)]).tolist(),
        tickvals=[NONE, *shown],
        ticktext=["0", *(f"{tick:,}" for tick in shown)],
        fixedrange=True,
    )
    return figure
