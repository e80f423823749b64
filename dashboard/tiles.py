"""Pictures made of small pictures: all units' weights as one image, the digits of a gallery as one image or as HTML.

Tile n stands in row n // columns and column n % columns; between tiles lie `gap` pixels in the theme's grid colour.
"""

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from io import BytesIO

import numpy as np
from PIL import Image

from dashboard.theme import LIGHT, Theme, hex_rgb, ink_rgb, ink_table, signed_index, signed_limit, signed_table

Shape = tuple[int, int]
NOWHERE = -1  # what a pixel of a gap belongs to


def tile_grid(n: int, columns: int) -> Shape:
    """Rows and columns of tiles that hold `n` tiles, at most `columns` side by side."""
    if columns < 1:
        raise ValueError(f"a grid of tiles needs at least one column, got {columns}")
    return -(-n // columns), min(n, columns)


def weight_tiles(
    weights: np.ndarray, image_shape: Shape, theme: Theme, *, columns: int, limit: float | None = None, gap: int = 1
) -> np.ndarray:
    """Weights (units, pixels) as one uint8 RGB picture: each unit's row is a tile of `image_shape`, all on one signed
    map up to `limit` (`signed_limit` of all the weights if none is given)."""
    index = signed_index(weights, signed_limit(weights) if limit is None else limit)
    return _painted_tiles(index, signed_table(theme), image_shape, theme, columns, gap)


def digit_tiles(images: np.ndarray, image_shape: Shape, theme: Theme, *, columns: int, gap: int = 1) -> np.ndarray:
    """Digits (n, pixels) of uint8 brightness as one uint8 RGB picture, ink on paper."""
    return _painted_tiles(images, ink_table(theme), image_shape, theme, columns, gap)


def tiled_matrix(weights: np.ndarray, image_shape: Shape, *, columns: int, gap: int = 1) -> np.ndarray:
    """The numbers behind `weight_tiles`, arranged alike, NaN in the gaps: for a heatmap whose hover gives a weight."""
    return _tiled(_pictures(weights, image_shape), columns, gap, np.nan)


def tile_locations(n: int, image_shape: Shape, *, columns: int, gap: int = 1) -> np.ndarray:
    """Which unit, pixel row and pixel column is where in `tiled_matrix`: int32 (rows, columns, 3), -1 in the gaps."""
    height, width = image_shape
    unit_row_column = np.indices((n, height, width), dtype=np.int32)
    return np.stack([_tiled(which, columns, gap, NOWHERE) for which in unit_row_column], axis=-1)


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
    alts: Sequence[str] | None = None,
) -> str:
    """Digits (n, pixels) of uint8 brightness as HTML for `st.html`: a wrapping row of figures `size` pixels wide, each
    a digit with its caption under it. A line break in a caption is one on the screen. `alts` says for those who cannot
    see them what the pictures show, where the captions do not."""
    pictures = ink_rgb(_pictures(images, image_shape), theme)
    figures = [
        _figure(picture, caption, alt, size)
        for picture, caption, alt in zip(pictures, captions, alts or captions, strict=True)
    ]
    return f'<div style="display:flex;flex-wrap:wrap;gap:10px 12px">{"".join(figures)}</div>'


def image_html(rgb: np.ndarray, alt: str, *, width: str = "100%") -> str:
    """A uint8 RGB picture as HTML for `st.html`: as wide as a CSS width says, its pixels sharp squares at any size."""
    height, columns, _ = rgb.shape
    shape = f"display:block;width:{width};aspect-ratio:{columns}/{height}"  # known before it is decoded: nothing jumps
    return f'<img src="{png_data_uri(rgb)}" alt="{escape(alt)}" style="{shape};image-rendering:pixelated">'


def _figure(picture: np.ndarray, caption: str, alt: str, size: int) -> str:
    return (
        f'<figure style="margin:0;width:{size}px">{image_html(picture, f"Handwritten digit: {alt}")}'
        '<figcaption style="font-size:0.8125rem;line-height:1.3;text-align:center;white-space:pre-line;'
        f'font-variant-numeric:tabular-nums">{escape(caption)}</figcaption></figure>'
    )


def _pictures(rows: np.ndarray, image_shape: Shape) -> np.ndarray:
    height, width = image_shape
    if rows.ndim != 2 or rows.shape[1] != height * width:
        expected = f"rows of {height} x {width} = {height * width} pixels"
        raise ValueError(f"expected {expected}, got an array of shape {rows.shape}")
    return rows.reshape(-1, height, width)


def _painted_tiles(
    index: np.ndarray, table: np.ndarray, image_shape: Shape, theme: Theme, columns: int, gap: int
) -> np.ndarray:
    """Tiles of rows of a colour table. The gaps are one more row: what is arranged is one number a pixel, not three."""
    if index.dtype != np.uint8:
        raise TypeError(f"tiles are painted from uint8 numbers 0..255, got {index.dtype}")
    table = np.vstack([table, hex_rgb(theme.grid)])
    return np.take(table, _tiled(_pictures(index, image_shape).astype(np.uint16), columns, gap, len(table) - 1), axis=0)


def _tiled(pictures: np.ndarray, columns: int, gap: int, fill: float) -> np.ndarray:
    """Pictures (n, height, width) side by side and one below another, `fill` between and after them."""
    n, height, width = pictures.shape
    rows, columns = tile_grid(n, columns)
    cells = np.full((rows * columns, height + gap, width + gap), fill, pictures.dtype)
    cells[:n, :height, :width] = pictures
    canvas = cells.reshape(rows, columns, height + gap, width + gap).swapaxes(1, 2)
    canvas = canvas.reshape(rows * (height + gap), columns * (width + gap))
    return canvas[: max(len(canvas) - gap, 0), : max(canvas.shape[1] - gap, 0)]


def digit_icon(pixels: np.ndarray, image_shape: Shape) -> Image.Image:
    """One digit (pixels,) of uint8 brightness as the picture in the browser's tab, white ink on the accent colour."""
    ink = pixels.reshape(*image_shape, 1) / 255
    return Image.fromarray(np.rint(hex_rgb(LIGHT.accent) * (1 - ink) + 255 * ink).astype(np.uint8))
