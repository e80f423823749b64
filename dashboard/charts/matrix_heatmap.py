"""A heat map of the part of a matrix with the largest numbers."""

import math

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.base import frame
from dashboard.notation.numbers import number, percent
from dashboard.theme import Theme, signed_colorscale, signed_limit

WINDOW = 10  # rows and columns at most


def value_window(
    values: np.ndarray,
    theme: Theme,
    *,
    size: int = WINDOW,
    start: tuple[int, int] | None = None,
    limit: float | None = None,
) -> go.Figure:
    """A window of at most `size` rows and columns, written out and coloured on the signed map up to `limit`: that of
    the whole matrix if none is given. It begins at row and column `start`, by default where the largest numbers are.
    `values` is (..., columns); all axes but the last are taken as rows."""
    values = _flat(values)
    top, left = start or busiest(values, size)
    part = values[top : top + size, left : left + size]
    limit = limit or signed_limit(values)
    exponent = power_of_ten(limit)
    scaled, limit = part / 10.0**exponent, limit / 10.0**exponent
    figure = frame(
        theme, x=f"column, of {values.shape[1]:,}", y=f"row, of {values.shape[0]:,}", height=90 + 28 * max(len(part), 3)
    )
    figure.add_heatmap(
        z=scaled,
        x=np.arange(left, left + part.shape[1]) + 1,
        y=np.arange(top, top + part.shape[0]) + 1,
        zmin=-limit,
        zmax=limit,
        colorscale=signed_colorscale(theme),
        xgap=1,
        ygap=1,
        customdata=part,
        texttemplate="%{z:.2f}",
        hovertemplate="row %{y}, column %{x}: %{customdata:.4g}<extra></extra>",
        colorbar={
            "title": {"text": f"value · 10<sup>{exponent}</sup>" if exponent else "value", "side": "right"},
            "thickness": 10,
            "outlinewidth": 0,
        },
    )
    figure.update_xaxes(type="category", showgrid=False, range=[-0.5, size - 0.5])
    figure.update_yaxes(type="category", showgrid=False, autorange="reversed")
    return figure


def about_values(values: np.ndarray, name: str, digits: int, steps: int) -> str:
    """The size and range of a matrix, and which part of it `value_window` shows."""
    values = _flat(values)
    top, left = busiest(values)
    zeros = percent(float(np.mean(values == 0)))
    sentence = (
        f"{name} for the first {digits:,} training digits after {steps:,} step{'' if steps == 1 else 's'}: "
        f"{values.size:,} numbers from {number(values.min())} to {number(values.max())}, {zeros} of them exactly 0."
    )
    if values.shape[0] > WINDOW or values.shape[1] > WINDOW:
        sentence += f" The part with the largest is shown, from row {top + 1:,} and column {left + 1:,}."
    return sentence


def busiest(values: np.ndarray, size: int = WINDOW) -> tuple[int, int]:
    """First row and column of the window with the largest numbers: adjacent rows with the largest sum of absolute
    values, and adjacent columns likewise."""
    sizes = np.where(np.isfinite(values), np.abs(values), 0.0)
    return tuple(_best_start(sizes.sum(axis=1 - axis), size) for axis in (0, 1))


def power_of_ten(limit: float) -> int:
    """The power of ten to factor out of numbers up to `limit` so that two decimals suffice; 0 if none is needed."""
    exponent = math.floor(math.log10(limit))
    return 0 if -1 <= exponent <= 1 else exponent


def _flat(values):
    return values.reshape(-1, values.shape[-1])


def _best_start(sums, size):
    return int(np.argmax(np.convolve(sums, np.ones(min(size, len(sums))), "valid")))
