"""Pure chart builders: data in, Plotly figure or LineChart out. They neither render nor read session state."""

CONFIG = {"displayModeBar": False}  # on a telephone it lies over the legend; dragging zooms, a double click goes back
