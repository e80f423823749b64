"""Matrices as HTML: tables of coloured numbers, and thumbnails of whole matrices."""

import math
from collections.abc import Collection
from functools import lru_cache
from html import escape

import numpy as np

from dashboard.charts.matrix_heatmap import power_of_ten
from dashboard.components.digit_images import image_html
from dashboard.notation.numbers import minus
from dashboard.theme import Theme, signed_index, signed_rgb, signed_table, text_on

WHOLE = 12  # the largest side of a matrix that is shown whole
PART = 8  # the side of the part shown of a larger one
INNER = 6  # terms of a sum shown: result and factors must fit side by side
CELL, LABELS, SIGN = 33, 24, 28  # CSS pixels: the width of a cell, of row numbers, and of a sign between two matrices
THIN = 6  # the least side of a thumbnail in pixels
PICTURE = 96  # the most dots along a side of a thumbnail


def part_of(size: int, start: int, most: int = WHOLE, part: int = PART) -> range:
    """The rows or columns shown out of `size`: all of them up to `most`, else `part` of them, from `start` if they
    fit."""
    if size <= most:
        return range(size)
    first = min(max(start, 0), size - part)
    return range(first, first + part)


def table(
    values: np.ndarray,
    rows: range,
    columns: range,
    title: str,
    theme: Theme,
    limit: float,
    *,
    lit: Collection[tuple] = (),
    chosen: tuple | None = None,
    decimals: int = 2,
) -> str:
    """Part of a matrix (rows, columns) as HTML: every number on its colour of the signed map up to `limit`. `lit` are
    the highlighted places, (row, column) from 0 with None for a whole line. With `chosen`, the cell being explained,
    every cell can be clicked, see `components.clickable`; `places` lists the cells in order. The numbers have so many
    decimals, before any power of ten is factored out, but at least two."""
    block = values[rows.start : rows.stop, columns.start : columns.stop]
    index = signed_index(block, limit)
    look, exponent = _looks(theme), power_of_ten(limit)
    shown = max(2, decimals + exponent)
    whole_rows = {row for row, column in lit if column is None}
    whole_columns = {column for row, column in lit if row is None}
    cells = set(lit)
    choice = "" if chosen is None else " data-choice"
    head = "".join(f"<th>{column + 1:,}</th>" for column in columns)
    body = []
    for i, row in enumerate(rows):
        line = [f"<th>{row + 1:,}</th>"]
        for j, column in enumerate(columns):
            kind = ""
            if (row, column) == chosen:
                kind = " class=now"
            elif row in whole_rows or column in whole_columns or (row, column) in cells:
                kind = " class=lit"
            value = block[i, j]
            exact = f'style="{look[index[i, j]]}" title="{minus(repr(float(value)))}"'
            line.append(f"<td{kind}{choice} {exact}>{short(float(value), exponent, shown)}</td>")
        body.append(f"<tr>{''.join(line)}</tr>")
    scale = minus(f"<br>all numbers · 10<sup>{exponent}</sup>") if exponent else ""
    return (
        f'<div class="matrix" style="--cell:{_cell(decimals) - 1}px"><div class="name">{title}</div>'
        f"<table><tr><th></th>{head}</tr>{''.join(body)}</table>"
        f'<div class="part">{_which(values.shape, rows, columns)}{scale}</div></div>'
    )


def style(theme: Theme) -> str:
    """The style sheet of the tables, once per piece of HTML."""
    return (
        "<style>"
        f".matrices{{display:flex;flex-wrap:wrap;gap:8px;align-items:flex-start;color:{theme.ink};"
        "font-variant-numeric:tabular-nums}"
        ".matrix{max-width:100%;overflow-x:auto}"
        ".matrix .name{font-size:.875rem;line-height:1.6}"
        ".matrix table{border-collapse:separate;border-spacing:1px;margin:0;border:0}"
        f".matrix th{{font-weight:400;font-size:9px;color:{theme.muted};padding:0 3px;border:0;text-align:right}}"
        ".matrix tr:first-child th{text-align:center}"
        ".matrix td{width:var(--cell);min-width:var(--cell);height:20px;padding:0;border:0;font-size:10px;"
        "line-height:1;text-align:center;white-space:nowrap}"
        f".matrix td.lit{{box-shadow:inset 0 0 0 2px {theme.muted}}}"
        f".matrix td.now{{box-shadow:inset 0 0 0 3px {theme.accent};font-weight:700}}"
        f".matrix .part{{font-size:11px;color:{theme.muted}}}"
        ".matrices .sign{align-self:center;font-size:1.125rem}"
        f".matrices .bracket{{display:flex;flex-wrap:wrap;gap:8px;border:solid {theme.muted};border-width:0 2px;"
        "border-radius:12px;padding:0 4px;max-width:100%}"
        "</style>"
    )


def sign(text: str) -> str:
    """An operator between two matrices."""
    return f'<div class="sign">{text}</div>'


def bracket(parts: list[str]) -> str:
    """Tables and signs in a pair of brackets."""
    return f'<div class="bracket">{"".join(parts)}</div>'


def row_of(parts: list[str], theme: Theme) -> str:
    """Tables and signs side by side, wrapping where they do not fit."""
    return f'{style(theme)}<div class="matrices">{"".join(parts)}</div>'


def places(rows: range, columns: range) -> list[list[int]]:
    """The places of a table's cells in the order of the HTML."""
    return [[row, column] for row in rows for column in columns]


def width(columns: int, decimals: int = 2) -> int:
    """The width of a table in CSS pixels."""
    return LABELS + columns * _cell(decimals)


def _cell(decimals):
    return CELL + 4 * max(decimals - 2, 0)


def short(value: float, exponent: int = 0, decimals: int = 2) -> str:
    """A number short enough for a cell, divided by a power of ten, with so many decimals if it is below 100."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    value /= 10.0**exponent
    text = f"{value:.{decimals}f}" if abs(value) < 100 else f"{value:.0f}" if abs(value) < 10_000 else f"{value:.0e}"
    return minus(text)


def picture(values: np.ndarray, theme: Theme, limit: float, alt: str) -> str:
    """A thumbnail of a whole matrix: one dot per number, or, in a large matrix, per group of numbers."""
    rgb = signed_rgb(condensed(values), limit, theme)
    height, width, _ = rgb.shape
    scale = min(8, max(1, PICTURE // max(height, width)))
    rgb = rgb.repeat(max(scale, -(-THIN // height)), axis=0).repeat(max(scale, -(-THIN // width)), axis=1)
    return image_html(rgb, alt, width=f"{rgb.shape[1]}px")


def condensed(values: np.ndarray, most: int = PICTURE) -> np.ndarray:
    """A matrix reduced to at most `most` rows and columns; each entry is the one of largest size in its group."""
    high = low = values
    for axis in (0, 1):
        size = values.shape[axis]
        if size > most:
            starts = np.linspace(0, size, most, endpoint=False).astype(int)
            high, low = np.maximum.reduceat(high, starts, axis), np.minimum.reduceat(low, starts, axis)
    return np.where(np.abs(high) >= np.abs(low), high, low)


def thumbnails(pictures: list[tuple[str, str, str]], theme: Theme) -> str:
    """Figures side by side, each given as (image as HTML, name as HTML, shape)."""
    figures = "".join(
        f'<figure style="margin:0;padding:2px 4px;display:flex;flex-direction:column;align-items:center;gap:2px">'
        f'<div style="min-height:40px;display:flex;align-items:center;outline:1px solid {theme.grid}">{image}</div>'
        f'<figcaption style="font-size:.8125rem;line-height:1.25;text-align:center;color:{theme.ink}"><b>{name}</b>'
        f'<br><span style="color:{theme.muted};font-size:.75rem">{escape(shape)}</span></figcaption></figure>'
        for image, name, shape in pictures
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:8px 10px;align-items:flex-end">{figures}</div>'


def _which(shape, rows, columns):
    lines = (("rows", rows, shape[0]), ("columns", columns, shape[1]))
    parts = [f"{name} {part.start + 1:,}–{part.stop:,} of {n:,}" for name, part, n in lines if len(part) < n]
    return ", ".join(parts) or "whole matrix"


@lru_cache
def _looks(theme):
    table = signed_table(theme)
    return [
        f"background:#{bytes(colour).hex()};color:{text}" for colour, text in zip(table, text_on(table), strict=True)
    ]
