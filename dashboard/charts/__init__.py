"""Pure chart builders: data in, Plotly figure or LineChart out. They neither render nor read session state."""

from dashboard.charts.base import CONFIG

__all__ = ["CONFIG"]
