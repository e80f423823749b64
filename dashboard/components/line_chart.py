"""Line charts that live: drawn in place in the browser, so that a redraw is cheap and the zoom outlasts it.

`st.echarts_chart` of Streamlit 1.67 loses its zoom and its tooltip whenever its data change.
"""

from pathlib import Path

from dashboard.charts.lines import LineChart
from dashboard.components.browser_component import component

_draw = component(
    Path(__file__).with_suffix(""),
    '<div class="livechart"><div class="head"><div class="legend"></div>'
    '<button class="whole" type="button">show all</button></div>'
    '<canvas role="img" tabindex="0"></canvas><div class="readout" hidden></div></div>',
)


def show(chart: LineChart, *, key: str, alt: str):
    """The chart, and `alt` for those who cannot see it. Whoever points at it is told the values there, dragging zooms
    into a part, a double click goes back."""
    # In a list: Streamlit searches a dictionary for data frames, for which it loads pandas and pyarrow.
    _draw(data=[plain(chart) | {"alt": alt}], key=key)


def plain(chart: LineChart) -> dict:
    """The chart as what JSON knows; `dataclasses.asdict` would copy every number, which takes ten times as long."""
    return {name: _plain(value) for name, value in vars(chart).items()}


def _plain(value):
    if isinstance(value, list):
        return [vars(part) for part in value]
    return value if isinstance(value, (str, dict)) else vars(value)
