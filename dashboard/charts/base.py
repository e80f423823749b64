"""What all Plotly figures have in common: their frame."""

import pandas  # noqa: F401 - Plotly looks whether it is loaded, and fails on one that another thread is just loading
import plotly.graph_objects as go

from dashboard.theme import Theme


def frame(theme: Theme, *, x: str, y: str, height: int = 320, **more) -> go.Figure:
    """An empty figure with axis names (units included) in the colours of a theme, and `more` as `update_layout` takes
    it."""

    def axis(name):
        title = {"text": name, "font": {"size": 13}}
        return {"title": title, "gridcolor": theme.grid, "zeroline": False, "linecolor": theme.grid}

    figure = go.Figure(
        layout={
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
    )
    figure.update_layout(**more)
    return figure
