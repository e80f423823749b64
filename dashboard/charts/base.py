"""The layout shared by all Plotly figures."""

import pandas  # noqa: F401 - Plotly checks whether it is loaded, and fails while another thread is loading it
import plotly.graph_objects as go

from dashboard.theme import Theme


def frame(theme: Theme, *, x: str, y: str, height: int = 320, **more) -> go.Figure:
    """An empty figure in the colours of a theme with axis titles `x` and `y` (units included); `more` goes to
    `update_layout`."""

    text = {"color": theme.ink, "size": 12}  # otherwise Streamlit makes it pale

    def axis(name):
        title = {"text": name, "font": {"color": theme.ink, "size": 13}}
        return {"title": title, "tickfont": text, "gridcolor": theme.grid, "zeroline": False, "linecolor": theme.grid}

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


def add_reference(figure: go.Figure, ends: tuple[float, float], name: str, theme: Theme) -> None:
    """A dashed line for comparison, from height ends[0] at 0 % to ends[1] at 100 %."""
    line = {"color": theme.muted, "width": 1.5, "dash": "dash"}
    figure.add_scatter(x=[0, 100], y=list(ends), mode="lines", line=line, name=name, hoverinfo="skip")
