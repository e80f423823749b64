"""Pictures of digits as HTML: sharp at any size, ink on the theme's paper."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from io import BytesIO

import numpy as np
from PIL import Image

from dashboard.theme import LIGHT, Theme, hex_rgb, ink_rgb

Shape = tuple[int, int]

GAP = 12  # CSS pixels between two figures
LONG = 28  # characters of a line of a caption
CLAMPED = "display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:3;overflow:hidden;overflow-wrap:anywhere"
SMALLEST = 28  # CSS pixels: one per pixel of a digit


def png_data_uri(rgb: np.ndarray, *, scale: int = 1) -> str:
    """A uint8 RGB picture as a PNG in a data URI, each pixel drawn as a square of `scale` by `scale`."""
    if scale > 1:
        rgb = rgb.repeat(scale, axis=0).repeat(scale, axis=1)
    file = BytesIO()
    Image.fromarray(np.ascontiguousarray(rgb)).save(file, format="PNG", compress_level=1)
    return "data:image/png;base64," + b64encode(file.getvalue()).decode("ascii")


def digit_figures(
    images: np.ndarray,
    image_shape: Shape,
    captions: Sequence[str],
    theme: Theme,
    *,
    size: int = 56,
    in_a_row: int | None = None,
    alts: Sequence[str] | None = None,
    under: Sequence[str] | None = None,
) -> str:
    """Digits (n, pixels) of uint8 brightness as HTML: a wrapping row of figures `size` CSS pixels wide, each a digit
    above its caption, line breaks kept. `alts` are the alternative texts if the captions do not serve. If `in_a_row`
    figures do not fit side by side they shrink, at most to SMALLEST. `under` is HTML below each caption."""
    pictures = ink_rgb(_pictures(images, image_shape), theme)
    width = f"{size}px"
    if in_a_row:
        width = f"clamp({SMALLEST}px,calc((100% + {GAP}px) / {in_a_row} - {GAP}px),{size}px)"
    figures = [
        _figure(picture, caption, alt, width, more)
        for picture, caption, alt, more in zip(
            pictures, captions, alts or captions, under or [""] * len(captions), strict=True
        )
    ]
    return f'<div style="display:flex;flex-wrap:wrap;gap:10px {GAP}px">{"".join(figures)}</div>'


def image_html(rgb: np.ndarray, alt: str, *, width: str = "100%") -> str:
    """A uint8 RGB picture as HTML, `width` in CSS units, its pixels sharp squares at any size."""
    height, columns, _ = rgb.shape
    shape = f"display:block;width:{width};aspect-ratio:{columns}/{height}"  # reserves the space before it is decoded
    return f'<img src="{png_data_uri(rgb)}" alt="{escape(alt)}" style="{shape};image-rendering:pixelated">'


def _figure(picture: np.ndarray, caption: str, alt: str, width: str, under: str) -> str:
    return (
        f'<figure style="margin:0;width:{width}">{image_html(picture, f"Handwritten digit: {alt}")}'
        '<figcaption style="font-size:0.8125rem;line-height:1.3;text-align:center;white-space:pre-line;'
        f'font-variant-numeric:tabular-nums">{caption_html(caption)}</figcaption>{under}</figure>'
    )


def caption_html(caption: str) -> str:
    """A text as HTML; long lines take at most three lines of the screen, and have a title."""
    lines = caption.split("\n")
    if max(map(len, lines)) <= LONG:
        return escape(caption)
    lines = [f'<span title="{escape(line)}" style="{CLAMPED}">{escape(line)}</span>' for line in lines]
    return "".join(lines)


def _pictures(rows: np.ndarray, image_shape: Shape) -> np.ndarray:
    height, width = image_shape
    if rows.ndim != 2 or rows.shape[1] != height * width:
        expected = f"rows of {height} x {width} = {height * width} pixels"
        raise ValueError(f"expected {expected}, got an array of shape {rows.shape}")
    return rows.reshape(-1, height, width)


def digit_icon(pixels: np.ndarray, image_shape: Shape) -> Image.Image:
    """One digit (pixels,) of uint8 brightness as the icon of the browser's tab, white ink on the accent colour."""
    ink = pixels.reshape(*image_shape, 1) / 255
    return Image.fromarray(np.rint(hex_rgb(LIGHT.accent) * (1 - ink) + 255 * ink).astype(np.uint8))
