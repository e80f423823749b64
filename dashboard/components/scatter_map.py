"""Scatter maps of digits: pointing at a dot shows its digit, marked on every map, and a click chooses it.

The browser draws each map on a canvas. The pictures of the digits are sent only while training is paused, and the
browser keeps them.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from dashboard.charts.lines import frame_colours
from dashboard.components.browser_component import component
from dashboard.theme import Theme, ink_table
from nnlib.datasets import Digits, Split

_draw = component(
    Path(__file__).with_suffix(""),
    '<div class="scatter-map" role="group"><div class="maps"></div><div class="readout" hidden>'
    '<canvas aria-hidden="true"></canvas><div></div></div></div>',
)

ACROSS = 40  # digits per row of the picture sheet


@dataclass(frozen=True, eq=False)
class Panel:
    """One map: its title, the line below it, and its points (2, m)."""

    title: str
    line: str
    points: np.ndarray


def show(
    panels: Sequence[Panel],
    digits: Digits,
    guesses: np.ndarray,
    theme: Theme,
    *,
    with_pictures: bool,
    key: str,
    chosen: int | None = None,
    on_choose: Callable[[], None],
) -> bool:
    """The maps of the first m validation digits, m being the length of `guesses`. A single map is large and shows the
    class of each digit at its point; several maps are small, with dots. `chosen` is the position of a digit.

    `on_choose` is called after a click on a digit, whose position is then `chosen` in the widget's state. Returns
    whether there was a click.
    """
    data = packed(panels, digits, guesses, theme, with_pictures=with_pictures, chosen=chosen)
    return _draw(data=data, key=key, on_chosen_change=on_choose).chosen is not None


def packed(panels, digits, guesses, theme, *, with_pictures, chosen=None) -> bytes:
    """The message to scatter_map.js: length of the header (uint32), header (JSON), for each map all x and all y
    (float32), true classes and guesses (uint8), and the picture sheet (PNG) if `with_pictures`."""
    m, split, class_names = len(guesses), digits.validation, digits.class_names
    sheet = picture_sheet(split, m, digits.image_shape, theme) if with_pictures else b""
    header = {
        "titles": [panel.title for panel in panels],
        "lines": [panel.line for panel in panels],
        "count": m,
        "names": list(class_names),
        "marks": [name if len(name) == 1 else str(k) for k, name in enumerate(class_names)],
        "classes": [theme.classes[k % len(theme.classes)] for k in range(len(class_names))],
        "colours": frame_colours(theme) | {"wrong": theme.wrong},
        "shape": digits.image_shape,
        "across": ACROSS,
        "pictures": f"{theme.name} {id(split)} {m}",  # by this name the browser keeps the sheet
        "sheet": len(sheet),
        "chosen": chosen,
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)  # aligned to 4 bytes
    points = b"".join(panel.points.astype("<f4").tobytes() for panel in panels)
    classes = split.labels[:m].astype(np.uint8).tobytes() + guesses.astype(np.uint8).tobytes()
    return b"".join([len(text).to_bytes(4, "little"), text, points, classes, sheet])


@lru_cache(maxsize=4)
def picture_sheet(split: Split, m: int, image_shape: tuple[int, int], theme: Theme) -> bytes:
    """The first m digits of a split in rows of ACROSS as one PNG, ink on paper."""
    height, width = image_shape
    rows = -(-m // ACROSS)
    sheet = np.zeros((rows * ACROSS, height, width), np.uint8)
    sheet[:m] = split.images[:m].reshape(m, height, width)
    tiled = sheet.reshape(rows, ACROSS, height, width).swapaxes(1, 2).reshape(rows * height, ACROSS * width)
    picture, file = Image.fromarray(tiled), BytesIO()
    picture.putpalette(ink_table(theme).tobytes())
    picture.save(file, format="PNG")
    return file.getvalue()
