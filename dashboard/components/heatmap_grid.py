"""Heat maps of units side by side, with a readout of the weight under the pointer and a click that chooses a unit.

They are painted in the browser from one byte per weight, cheap enough for every redraw; the weights themselves are
sent only while training is paused.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from dashboard.components.browser_component import component
from dashboard.components.heatmaps import Pictures
from dashboard.components.layer_units import Units
from dashboard.theme import STEPS, Theme, signed_index, signed_table

_paint = component(
    Path(__file__).with_suffix(""),
    '<div class="heatmap-grid">'
    '<div class="scale"><span class="low"></span><canvas aria-hidden="true"></canvas><span class="high"></span></div>'
    '<div class="axes"></div><div class="tiles"></div><div class="readout" hidden></div></div>',
)

LABEL_HEIGHT = 13  # CSS pixels; lower rows have no labels
ROWS_HEIGHT = 420  # CSS pixels of all rows together
LINES = ((64, 8), (256, 16), (10**6, 32))  # (up to this many weights of a unit, weights per line)
TILE_SIZES = ((5, 120), (12, 84), (40, 64), (10**6, 42))  # (up to this many tiles, least width in CSS pixels)


def show(
    units: Units | Pictures,
    which: Sequence[int] | np.ndarray,
    values: np.ndarray,
    limit: float,
    theme: Theme,
    *,
    readable: bool,
    key: str,
    size: int | None = None,
    chosen: int | None = None,
    on_choose: Callable[[], None] | None = None,
    outline: str = "",
) -> bool:
    """The units at the positions `which`, painted with their rows of `values` on the signed map up to ±`limit`. The
    colour scale of Pictures without negative values begins at zero.

    If `readable`, the value under the pointer is shown. `size` is the least width of a picture in CSS pixels.
    `on_choose` is called after a click on a unit, whose position is then `chosen` in the widget's state; without it
    nothing can be clicked. `outline` is drawn over every picture, see `heatmaps.outline`. Returns whether there was a
    click.
    """
    look = {"readable": readable, "size": size, "chosen": chosen, "outline": outline}
    data = packed(units, which, values[which], limit, theme, choosable=on_choose is not None, **look)
    clicked = _paint(data=data, key=key, on_chosen_change=on_choose or (lambda: None))
    return clicked.chosen is not None


def packed(
    units, which, values, limit, theme, *, readable, choosable=False, size=None, chosen=None, outline=""
) -> bytes:
    """The message to heatmap_grid.js: length of the header (uint32), header (JSON), weights (float32, if `readable`),
    256 colours (4 bytes each), one colour index per weight (uint8)."""
    form, tile = "pictures", units.tile
    if not units.sees_pixels:
        form, tile = ("rows", units.tile) if len(which) > 1 else ("pictures", _wrapped(values.shape[1]))
    size = size or _size(form, len(which))
    names = [units.name(unit) for unit in which]
    labels = [units.names[unit] for unit in which]
    low = form == "rows" and size < LABEL_HEIGHT
    if len(which) == 1 or low:
        labels = [""] * len(which)
    from_zero = units.may_begin_at_zero and not (values < 0).any()
    header = {
        "form": form,
        "tile": tile,
        "count": values.shape[1],
        "size": size,
        "gap": 0 if low else 1,
        "axes": f"↓ {units.role}, → {units.source}, 1 to {values.shape[1]:,}" if form == "rows" else "",
        "units": [int(unit) for unit in which],
        "names": names,
        "labels": labels,
        "chosen": chosen,
        "choosable": choosable,
        "readable": readable,
        "outline": outline,
        "place": units.place,
        "reads": units.reads,
        "summary": f"{units.reads.capitalize()} of {len(which)} of {units.summary}, orange to blue",
        "scale": [STEPS if from_zero else 0, 2 * STEPS],
        "limits": ["0" if from_zero else f"−{limit:.3g} or less", f"+{limit:.3g} or more"],
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)  # aligned to 4 bytes
    colours = np.full((256, 4), 255, np.uint8)
    colours[:, :3] = signed_table(theme)
    weights = values.astype("<f4").tobytes() if readable else b""
    return b"".join(
        [len(text).to_bytes(4, "little"), text, weights, colours.tobytes(), signed_index(values, limit).tobytes()]
    )


def _wrapped(n):
    """(lines, columns) for n weights without positions."""
    columns = min(n, next(columns for most, columns in LINES if n <= most))
    return -(-n // columns), columns


def _size(form, n):
    """The least width of a picture or the height of a row, in CSS pixels."""
    if form == "rows":
        return min(26, max(4, ROWS_HEIGHT // n))
    return 300 if n == 1 else next(size for most, size in TILE_SIZES if n <= most)
