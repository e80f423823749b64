"""Strokes of a pen, as the drawing area sends them, and the picture they make: black ink on white paper."""

from math import ceil, floor, isfinite

import numpy as np
from numpy.typing import NDArray

from nnlib.touching import WIDE

Strokes = tuple[tuple[tuple[float, float], ...], ...]  # points (across, down), 0 to 1 from the left and upper edges

SIDE = 168  # pixels of the picture
PEN = 0.08  # the usual width of the pen, as a share of the side
MOST_STROKES, MOST_POINTS = 50, 500  # a digit has a few strokes of some twenty points


def checked(value: object) -> Strokes:
    """What a browser sent, if it is strokes within the limits; raises ValueError for anything else."""
    if not isinstance(value, list) or len(value) > MOST_STROKES or not all(isinstance(each, list) for each in value):
        raise ValueError(f"expected a list of at most {MOST_STROKES} strokes")
    if sum(map(len, value)) > MOST_POINTS or not all(value):
        raise ValueError(f"expected strokes of at least one point and {MOST_POINTS:,} points in all")
    return tuple(tuple(_point(each) for each in stroke) for stroke in value)


def _point(value: object) -> tuple[float, float]:
    if isinstance(value, list) and len(value) == 2 and all(type(each) in (int, float) for each in value):
        across, down = map(float, value)
        if isfinite(across) and isfinite(down) and 0 <= across <= 1 and 0 <= down <= 1:
            return across, down
    raise ValueError("expected points of two numbers from 0 to 1")


def may_be_several(strokes: Strokes, pen: float) -> bool:
    """Whether they may be several digits: more than one stroke, or one that is wide."""
    if len(strokes) != 1:
        return bool(strokes)
    width, height = (max(along) - min(along) + pen for along in zip(*strokes[0], strict=True))
    return width >= WIDE * height


def drawn(strokes: Strokes, pen: float = PEN, side: int = SIDE) -> NDArray[np.uint8]:
    """The picture (side, side) of the strokes, drawn with a round pen this wide: 255 is paper, 0 is ink, and a pixel at
    the edge of a stroke has the grey of the share that is covered."""
    ink, radius = np.zeros((side, side), np.float32), pen * side / 2
    for stroke in strokes:
        points = np.array(stroke, np.float32) * side
        for start, end in zip(points[: max(len(points) - 1, 1)], points[-max(len(points) - 1, 1) :], strict=True):
            _draw(ink, start, end, radius)
    return np.rint(255 * (1 - ink)).astype(np.uint8)


def _draw(ink: NDArray, start: NDArray, end: NDArray, radius: float) -> None:
    """Draw a segment: the ink of a pixel falls from 1 to 0 within half a pixel of the distance `radius`."""
    reach = radius + 1
    left, top = (max(0, floor(each - reach)) for each in np.minimum(start, end).tolist())
    right, bottom = (ceil(each + reach) for each in np.maximum(start, end).tolist())
    part = ink[top:bottom, left:right]
    height, width = part.shape
    across = np.arange(left, left + width, dtype=np.float32) + 0.5 - start[0]
    down = np.arange(top, top + height, dtype=np.float32)[:, None] + 0.5 - start[1]
    dx, dy = (end - start).tolist()
    length = dx * dx + dy * dy
    along = np.clip((across * dx + down * dy) / length, 0, 1) if length else np.float32(0)
    distance = np.hypot(across - along * dx, down - along * dy)
    np.maximum(part, np.clip(radius + 0.5 - distance, 0, 1), out=part)
