"""The wrong array beside the right one: the same rows and columns of both, on one scale."""

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.matrix_heatmap import WINDOW, busiest, value_window
from dashboard.theme import Theme, signed_limit
from nnlib.doctor.diagnosis import Diagnosis


def comparison(found: Diagnosis, theme: Theme) -> tuple[go.Figure, go.Figure]:
    """Heat maps of the array in the file and of the right one, where they differ most; if their shapes differ, each
    where its largest numbers are."""
    assert found.got is not None and found.expected is not None
    got, right = (np.atleast_2d(array) for array in (found.got, found.expected))
    limit = signed_limit(right)
    start = busiest(got - right, WINDOW) if got.shape == right.shape else None
    return value_window(got, theme, start=start, limit=limit), value_window(right, theme, start=start, limit=limit)
