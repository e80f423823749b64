"""Pure chart builders: data in, Plotly figure or LineChart out. They neither render nor read session state."""

CONFIG = {"displayModeBar": False}  # it would cover the legend on a phone; dragging zooms, a double click resets
