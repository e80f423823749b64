"""Maps of digits that answer: whoever points at a dot sees its digit, on every map at once, and a click chooses it.

Drawn in the browser on one canvas a map. The pictures of the digits go along only while the maps stand still; a browser
that has them keeps them.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

from dashboard.charts.lines import frame_colours
from dashboard.theme import Theme, ink_table
from nnlib.datasets import Split

_SOURCE = Path(__file__).with_suffix("")
_draw = st.components.v2.component(
    "pointmap",
    html='<div class="pointmap" role="group"><div class="maps"></div><div class="readout" hidden>'
    "<canvas></canvas><div></div></div></div>",
    css=_SOURCE.with_suffix(".css").read_text(encoding="utf-8"),
    js=_SOURCE.with_suffix(".js").read_text(encoding="utf-8"),
)

ACROSS = 40  # digits in a row of the sheet that holds all of them


@dataclass(frozen=True, eq=False)
class Panel:
    """One map: a title and a line under it, and points (2, m)."""

    title: str
    line: str
    points: np.ndarray


def show(
    panels: Sequence[Panel],
    split: Split,
    guesses: np.ndarray,
    image_shape: tuple[int, int],
    class_names: tuple[str, ...],
    theme: Theme,
    *,
    with_pictures: bool,
    key: str,
    chosen: int | None = None,
    on_choose: Callable[[], None],
) -> bool:
    """The maps of the first m digits of a split, m being the length of `guesses`. One map is drawn large, with the
    class of each digit written where it lies; several are small, with dots. `chosen` is a place among the digits.

    `on_choose` is called after a click, whose place is then in the widget's state as `chosen`. Returns whether there
    was one.
    """
    data = packed(panels, split, guesses, image_shape, class_names, theme, with_pictures=with_pictures, chosen=chosen)
    return _draw(data=data, key=key, on_chosen_change=on_choose).chosen is not None


def packed(panels, split, guesses, image_shape, class_names, theme, *, with_pictures, chosen=None) -> bytes:
    """What pointmap.js unpacks: length of the header (uint32), header (JSON), for each map all x and all y (float32),
    true classes and guesses (uint8), and the sheet of pictures (PNG), if it goes along."""
    m = len(guesses)
    sheet = picture_sheet(split, m, image_shape, theme) if with_pictures else b""
    header = {
        "titles": [panel.title for panel in panels],
        "lines": [panel.line for panel in panels],
        "count": m,
        "names": list(class_names),
        "marks": [name if len(name) == 1 else str(k) for k, name in enumerate(class_names)],
        "classes": [theme.classes[k % len(theme.classes)] for k in range(len(class_names))],
        "colours": frame_colours(theme) | {"wrong": theme.wrong},
        "shape": image_shape,
        "across": ACROSS,
        "pictures": f"{theme.name} {id(split)} {m}",  # a browser that has these need not be sent them
        "sheet": len(sheet),
        "chosen": chosen,
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)  # what follows must start at a multiple of 4
    points = b"".join(panel.points.astype("<f4").tobytes() for panel in panels)
    classes = split.labels[:m].astype(np.uint8).tobytes() + guesses.astype(np.uint8).tobytes()
    return b"".join([len(text).to_bytes(4, "little"), text, points, classes, sheet])


@lru_cache(maxsize=4)
def picture_sheet(split: Split, m: int, image_shape: tuple[int, int], theme: Theme) -> bytes:
    """The first m digits of a split in rows of 40, as one PNG, ink on paper."""
    height, width = image_shape
    rows = -(-m // ACROSS)
    sheet = np.zeros((rows * ACROSS, height, width), np.uint8)
    sheet[:m] = split.images[:m].reshape(m, height, width)
    tiled = sheet.reshape(rows, ACROSS, height, width).swapaxes(1, 2).reshape(rows * height, ACROSS * width)
    picture, file = Image.fromarray(tiled), BytesIO()
    picture.putpalette(ink_table(theme).tobytes())
    picture.save(file, format="PNG")
    return file.getvalue()
