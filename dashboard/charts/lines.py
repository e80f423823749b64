"""What a line chart is made of: plain values that the browser draws, and how long series become short ones."""

import math
from dataclasses import dataclass

import numpy as np

from dashboard.theme import Theme

POINTS = 400  # per series: more are drawn no better, and cost time at every redraw
DIGITS = 5  # of every number sent: more are not seen


@dataclass(frozen=True)
class Axis:
    """`title` has the unit in it. `low` and `high` are where the axis ends; None: where the values do."""

    title: str
    low: float | None = None
    high: float | None = None
    log: bool = False


@dataclass(frozen=True)
class Series:
    """One line through points, broken where `y` is None. `symbol`, circle or diamond, marks the points while
    they are few."""

    name: str
    x: list[float | None]
    y: list[float | None]
    colour: str
    width: float = 1.0
    opacity: float = 1.0
    dash: tuple[float, ...] = ()
    symbol: str = ""


@dataclass(frozen=True)
class Guide:
    """A line straight across the chart at one place of an axis, and what it means."""

    at: float
    meaning: str


@dataclass(frozen=True)
class LineChart:
    """`levels` are places on the vertical axis, `marks` on the horizontal one. Values are told as "`name` y `unit`" at
    "`place` x"."""

    x: Axis
    y: Axis
    place: str
    unit: str
    series: list[Series]
    levels: list[Guide]
    marks: list[Guide]
    colours: dict[str, str]


def frame_colours(theme: Theme) -> dict[str, str]:
    """The colours of a theme for all that is not a series."""
    return {name: getattr(theme, name) for name in ("paper", "panel", "ink", "muted", "grid", "accent")}


def short(values: np.ndarray) -> list[float | None]:
    """Numbers of five digits for the browser, None for what is not finite: its JSON knows neither NaN nor infinity."""
    return [float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None for value in values.tolist()]


def thin(x: np.ndarray, y: np.ndarray, points: int = POINTS) -> tuple[np.ndarray, np.ndarray]:
    """At most so many points of a series: the first, the last, and the least and greatest of equal parts."""
    if len(y) <= points:
        return x, y
    inner, rows = y[1:-1], (points - 2) // 2
    size = -(-len(inner) // rows)
    rows = -(-len(inner) // size)
    parts = np.pad(inner, (0, rows * size - len(inner)), mode="edge").reshape(rows, size)
    first = 1 + size * np.arange(rows)
    kept = np.unique(np.concatenate([[0], first + parts.argmin(1), first + parts.argmax(1), [len(y) - 1]]))
    return x[kept], y[kept]


def smooth(y: np.ndarray, window: int) -> np.ndarray:
    """The mean of the last `window` values at each place (of all there are, near the start)."""
    if window <= 1 or len(y) == 0:
        return y
    total = np.concatenate([[0.0], np.cumsum(y, dtype=np.float64)])
    end = np.arange(1, len(y) + 1)
    start = np.maximum(end - window, 0)
    return ((total[end] - total[start]) / (end - start)).astype(y.dtype)
