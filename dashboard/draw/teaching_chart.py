"""Chart of what is read correctly while a network is taught the visitor's own digits."""

import numpy as np

from dashboard.charts.lines import Axis, LineChart, Series, frame_colours, short
from dashboard.theme import Theme


def teaching_curves(curve: list[tuple[int, float, float]], theme: Theme) -> LineChart:
    """The accuracy on validation digits and on the visitor's own, (step, validation, own) with shares from 0 to 1."""
    steps, validation, own = np.array(curve).T
    series = [
        Series("validation", short(steps), short(100 * validation), theme.validation, width=2.5, symbol="diamond"),
        Series("mine", short(steps), short(100 * own), theme.train, width=2.5, symbol="circle"),
    ]
    return LineChart(
        Axis("step", 0, curve[-1][0]),
        Axis("accuracy (%)", 0, 100),
        "step",
        "%",
        series,
        levels=[],
        marks=[],
        colours=frame_colours(theme),
    )
