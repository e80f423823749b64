"""The digits on a visitor's picture: where they stand, in reading order, and the picture with a frame around each."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from dashboard.components.digit_images import png_data_uri
from dashboard.core import scheduler
from dashboard.draw.preparation import Source
from dashboard.draw.reduction import reduced
from dashboard.theme import Theme
from nnlib.picture_files import read_picture
from nnlib.preprocessing import Between
from nnlib.reading import find

MOST_READ = 100  # digits of a picture
WIDEST, LARGEST = 640, 400  # pixels of the sides of the picture that is shown, and of each digit

# Pictures of all visitors are analysed one at a time, because each takes up to a second and some 100 MB.
_ANALYST = ThreadPoolExecutor(1, thread_name_prefix="pictures")


@dataclass(frozen=True, eq=False)
class FoundDigits:
    """`shown` is the picture, reduced, as uint8 RGB; `frames` are (left, top, width, height) as shares of its sides;
    `count` are all digits found, of which the first MOST_READ are in `sources`."""

    shown: NDArray[np.uint8]
    frames: list[tuple[float, float, float, float]]
    sources: list[Source]
    count: int


def begin(data: bytes, name: str) -> Future[FoundDigits]:
    """Start to analyse a file in the background."""
    return _ANALYST.submit(analyse, data, name)


def analyse(data: bytes, name: str) -> FoundDigits:
    """In turns with the trainings, but for decoding, which hardly needs Python's lock. Raises PictureError if the file
    is no picture that can be read."""
    pixels = read_picture(data, name).pixels
    with scheduler.sharing() as between:
        return found_on(pixels, between)


def found_on(pixels: NDArray[np.uint8], between: Between = lambda: None) -> FoundDigits:
    """The digits on a picture (height, width) of brightness or (height, width, 3) of red, green and blue."""
    found = find(pixels, between)
    height, width = pixels.shape[:2]
    frames, sources = [], []
    for digit in found[:MOST_READ]:
        between()
        left, top, right, bottom = digit.box
        frames.append((left / width, top / height, (right - left) / width, (bottom - top) / height))
        raw = pixels[top:bottom, left:right].copy()
        sources.append(Source(reduced(raw, LARGEST), reduced(digit.ink, LARGEST)))
    return FoundDigits(_colours(reduced(pixels, WIDEST)), frames, sources, len(found))


def _colours(pixels):
    return np.broadcast_to(pixels[..., None], (*pixels.shape, 3)) if pixels.ndim == 2 else pixels


def html(found: FoundDigits, labels: Sequence[str], theme: Theme) -> str:
    """The picture with a frame around each digit, to be chosen by a click, and its label above."""
    height, width = found.shown.shape[:2]
    frames = "".join(
        f'<div data-choice aria-label="Digit {i}: {escape(label)}" style="position:absolute;box-sizing:border-box;'
        f"left:{100 * left:.2f}%;top:{100 * top:.2f}%;width:{100 * across:.2f}%;height:{100 * down:.2f}%;"
        f'border:2px solid {theme.positive}"><span style="position:absolute;left:-2px;bottom:100%;padding:0 4px;'
        f'background:{theme.positive};color:#ffffff;font-size:0.75rem;line-height:1.3;white-space:nowrap">'
        f"{escape(label)}</span></div>"
        for i, (label, (left, top, across, down)) in enumerate(zip(labels, found.frames, strict=True), 1)
    )
    return (
        f'<div style="position:relative;margin-top:18px;max-width:{width}px"><img src="{png_data_uri(found.shown)}" '
        f'alt="Your picture" style="display:block;width:100%;aspect-ratio:{width}/{height}">{frames}</div>'
    )
