"""Pictures of a unit's receptive fields: each digit with the field framed, and the field enlarged beside it."""

from collections.abc import Sequence
from html import escape

import numpy as np

from dashboard.components.digit_images import Shape, image_html
from dashboard.theme import Theme, hex_rgb, ink_rgb

Box = tuple[slice, slice]
FRAME = 2  # CSS pixels
SCALE = 3  # CSS pixels per pixel of a digit


def framed(image: np.ndarray, box: Box, theme: Theme) -> np.ndarray:
    """A digit (height, width) of uint8 brightness as uint8 RGB, enlarged, with a frame just outside the rows and
    columns of the box, as far as the image goes."""
    rgb = ink_rgb(image, theme).repeat(SCALE, axis=0).repeat(SCALE, axis=1)
    top, left = (max(each.start * SCALE - FRAME, 0) for each in box)
    bottom, right = (min(each.stop * SCALE + FRAME, side * SCALE) for each, side in zip(box, image.shape, strict=True))
    colour = hex_rgb(theme.accent)
    for rows, columns in (
        (slice(top, top + FRAME), slice(left, right)),
        (slice(bottom - FRAME, bottom), slice(left, right)),
        (slice(top, bottom), slice(left, left + FRAME)),
        (slice(top, bottom), slice(right - FRAME, right)),
    ):
        rgb[rows, columns] = colour
    return rgb


def figures(images: np.ndarray, image_shape: Shape, boxes: Sequence[Box], captions: Sequence[str], theme: Theme) -> str:
    """Digits (n, pixels) of uint8 brightness as HTML: a wrapping row of figures, each a digit with its box framed, the
    box enlarged beside it, and a caption below."""
    pictures = [
        _figure(image, box, caption, theme)
        for image, box, caption in zip(images.reshape(-1, *image_shape), boxes, captions, strict=True)
    ]
    return f'<div style="display:flex;flex-wrap:wrap;gap:12px 20px">{"".join(pictures)}</div>'


def _figure(image, box, caption, theme):
    part = np.ascontiguousarray(image[box])
    size = "{} x {}".format(*part.shape)
    whole = image_html(framed(image, box, theme), f"Whole digit: {caption}", width=f"{SCALE * image.shape[1]}px")
    width = SCALE * image.shape[0] * part.shape[1] / part.shape[0]  # same height as the digit
    enlarged = image_html(ink_rgb(part, theme), f"Patch of {size} pixels: {caption}", width=f"{width:g}px")
    frame = f"border:{FRAME}px solid {theme.accent};box-sizing:content-box"
    return (
        f'<figure style="margin:0"><div style="display:flex;gap:6px;align-items:center">{whole}'
        f'<div style="{frame}">{enlarged}</div></div>'
        '<figcaption style="font-size:0.8125rem;line-height:1.3;white-space:pre-line;'
        f'font-variant-numeric:tabular-nums">{escape(caption)}</figcaption></figure>'
    )
