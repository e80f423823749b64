"""What all charts have in common: their frame, and how long series are thinned."""

import numpy as np
import plotly.graph_objects as go

from dashboard.theme import Theme

POINTS = 400  # per series: more are drawn no better, and cost time at every redraw
CONFIG = {"displayModeBar": False}  # on a telephone it lies over the legend; dragging zooms, a double click goes back


def layout(theme: Theme, *, x: str, y: str, height: int = 320) -> dict:
    """What all charts share, as Plotly's plain values: axis names (units included) in the colours of a theme."""

    def axis(name):
        title = {"text": name, "font": {"size": 13}}
        return {"title": title, "gridcolor": theme.grid, "zeroline": False, "linecolor": theme.grid}

    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 28, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": theme.ink, "size": 13},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "hoverlabel": {"bgcolor": theme.panel, "font": {"color": theme.ink}, "bordercolor": theme.grid},
        "xaxis": axis(x),
        "yaxis": axis(y),
    }


def frame(theme: Theme, *, x: str, y: str, height: int = 320, **more) -> go.Figure:
    """An empty figure with this layout, and `more` as `update_layout` takes it."""
    figure = go.Figure(layout=layout(theme, x=x, y=y, height=height))
    figure.update_layout(**more)
    return figure


def thin(x: np.ndarray, y: np.ndarray, points: int = POINTS) -> tuple[np.ndarray, np.ndarray]:
    """At most so many points of a series: the first, the last, and the least and greatest of equal parts."""
    if len(y) <= points:
        return x, y
    parts = np.array_split(np.arange(1, len(y) - 1), (points - 2) // 2)
    keep = {0, len(y) - 1}
    for part in parts:
        keep.update((part[0] + int(np.argmin(y[part])), part[0] + int(np.argmax(y[part]))))
    kept = np.array(sorted(keep))
    return x[kept], y[kept]


def smooth(y: np.ndarray, window: int) -> np.ndarray:
    """The mean of the last `window` values at each place (of all there are, near the start)."""
    if window <= 1 or len(y) == 0:
        return y
    total = np.concatenate([[0.0], np.cumsum(y, dtype=np.float64)])
    end = np.arange(1, len(y) + 1)
    start = np.maximum(end - window, 0)
    return ((total[end] - total[start]) / (end - start)).astype(y.dtype)
