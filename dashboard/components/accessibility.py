"""What Streamlit's own page lacks for keyboards, screen readers and weak eyes: a link to the buttons that train before
all else, a name of its own for each button called "Help", and readable text on a bright button.
"""

from pathlib import Path

from dashboard.charts.lines import frame_colours
from dashboard.components.browser_component import component
from dashboard.theme import Theme

_improve = component(
    Path(__file__).with_suffix(""),
    isolate_styles=False,
)


def improve(theme: Theme):
    """Improve all pages; called once in every run."""
    _improve(key="accessibility", data=frame_colours(theme))
