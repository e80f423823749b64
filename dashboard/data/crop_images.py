"""Pictures of a centre crop: the whole image with the crop framed, and the crop beside it, as HTML."""

from collections.abc import Sequence
from html import escape

import numpy as np

from dashboard.components.digit_images import Shape, image_html
from dashboard.theme import Theme, hex_rgb, ink_rgb

FRAME = 2  # screen pixels


def crop_box(image_shape: Shape, size: int) -> tuple[slice, slice]:
    """Rows and columns of the centre crop, as `Digits.centre_crop` takes it."""
    top, left = (image_shape[0] - size) // 2, (image_shape[1] - size) // 2
    return slice(top, top + size), slice(left, left + size)


def framed(image: np.ndarray, size: int, theme: Theme, *, scale: int) -> np.ndarray:
    """A digit (height, width) of uint8 brightness as uint8 RGB, each pixel `scale` by `scale`, with a frame just inside
    the edge of the centre crop."""
    rgb = ink_rgb(image, theme).repeat(scale, axis=0).repeat(scale, axis=1)
    rows, columns = crop_box(image.shape, size)
    inside = rgb[rows.start * scale : rows.stop * scale, columns.start * scale : columns.stop * scale]
    colour = hex_rgb(theme.accent)
    inside[:FRAME], inside[-FRAME:], inside[:, :FRAME], inside[:, -FRAME:] = (colour,) * 4
    return rgb


def comparison(
    images: np.ndarray, image_shape: Shape, size: int, captions: Sequence[str], theme: Theme, *, scale: int = 3
) -> str:
    """Digits (n, pixels) of uint8 brightness as HTML for `st.html`: each whole image with the crop framed, the crop
    beside it to the same scale, and a caption under both."""
    height, width = image_shape
    pairs = [
        _pair(image, size, caption, theme, scale)
        for image, caption in zip(images.reshape(-1, height, width), captions, strict=True)
    ]
    return f'<div style="display:flex;flex-wrap:wrap;gap:16px 28px">{"".join(pairs)}</div>'


def _pair(image, size, caption, theme, scale):
    crop = ink_rgb(np.ascontiguousarray(image[crop_box(image.shape, size)]), theme)
    whole = image_html(
        framed(image, size, theme, scale=scale), f"The whole image: {caption}", width=f"{scale * image.shape[1]}px"
    )
    part = image_html(crop, f"The middle {size} x {size} pixels: {caption}", width=f"{scale * size}px")
    return (
        f'<figure style="margin:0"><div style="display:flex;align-items:center;gap:8px">{whole}{part}</div>'
        f'<figcaption style="font-size:0.8125rem">{escape(caption)}</figcaption></figure>'
    )
