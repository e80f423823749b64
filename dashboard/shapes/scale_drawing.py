"""Formulas as rectangles: every matrix of an equation drawn to scale, as HTML for `st.html`.

In a product the sides of the inner size, which must agree, are thick and in the accent colour. A transposed matrix has
a dashed outline of its shape before transposing.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dashboard.notation.formulas import html
from dashboard.theme import Theme
from nnlib.describe import expressions as ex
from nnlib.describe.matrices import Matrix

LOGARITHMIC, LINEAR = "Logarithmic", "Linear"
SCALES = {
    LOGARITHMIC: lambda size, largest: math.log1p(size) / math.log1p(largest),
    LINEAR: lambda size, largest: size / largest,
}  # (size, largest size) -> share of the longest side
LEAST = 3  # pixels: a thinner side could not be seen
SIDE = "clamp(56px,17cqw,150px)"  # the longest side on the screen: a share of the available width
INNER_SIDES = {"width": ("top", "bottom"), "height": ("left", "right"), "": ()}


@dataclass(frozen=True)
class Rectangle:
    """A matrix in a formula: `height` and `width` are its last two sizes, `before` the others. `inner` names its inner
    size in a product, "height" or "width", or is empty."""

    name: str
    height: int
    width: int
    before: tuple = ()
    transposed: bool = False
    inner: str = ""


def rectangles(matrix: Matrix, shapes: Mapping[str, tuple]) -> list[Rectangle | str]:
    """A matrix's equation from left to right: rectangles, and the signs between them as text."""
    result = _rectangle(ex.Symbol(matrix.symbol), shapes)
    return [result] if matrix.formula is None else [result, "=", *_parts(matrix.formula, shapes)]


def drawing(parts: list[Rectangle | str], theme: Theme, scale: str = LOGARITHMIC, chosen: str = "") -> str:
    """The parts of an equation in a row that wraps, all to one scale; the matrix `chosen` is tinted."""
    drawn = [each for each in parts if isinstance(each, Rectangle)]
    largest = max(max(each.height, each.width) for each in drawn)
    share = {side: SCALES[scale](side, largest) for each in drawn for side in (each.height, each.width)}
    tallest = _length(max(share[side] for each in drawn for side in _downward(each)))
    cells = [
        _sign(each, tallest) if isinstance(each, str) else _drawn(each, share, tallest, theme, each.name == chosen)
        for each in parts
    ]
    return (
        f'<div style="container-type:inline-size;color:{theme.ink};font-variant-numeric:tabular-nums">'
        f'<div style="display:flex;flex-wrap:wrap;gap:4px 12px;font-size:0.875rem">{"".join(cells)}</div></div>'
    )


def legend(parts: list[Rectangle | str]) -> str:
    """The meaning of the thick and the dashed lines."""
    drawn = [each for each in parts if isinstance(each, Rectangle)]
    sentences = []
    inner = next((getattr(each, each.inner) for each in drawn if each.inner), None)
    if inner is not None:
        sentences.append(f"Thick: the inner size, {inner:,}, is the same in both factors.")
    for each in drawn:
        if each.transposed:
            sentences.append(f"Dashed: {each.width:,} × {each.height:,}, the shape before transposing.")
    if not sentences and len(drawn) > 1 and len({(each.height, each.width) for each in drawn}) == 1:
        sentences.append("All have the same shape.")
    return " ".join(sentences)


def _parts(expression, shapes, inner="") -> Iterator[Rectangle | str]:
    if isinstance(expression, (ex.Symbol, ex.Transpose)):
        yield _rectangle(expression, shapes, inner)
    elif isinstance(expression, ex.Product):
        yield from _parts(expression.left, shapes, "width")
        yield "@"
        yield from _parts(expression.right, shapes, "height")
    elif isinstance(expression, (ex.Apply, ex.Rearranged)):
        yield from (f"{expression.function} (", *_parts(expression.to, shapes), ")")
    elif isinstance(expression, ex.SumOverExamples):
        yield from (f"Σ over {('rows', 'columns')[expression.axis]}", *_parts(expression.of, shapes))
    elif isinstance(expression, ex.Divided):
        yield from (f"{expression.times} (".lstrip(), *_parts(expression.of, shapes), f") / {expression.by}")
    elif isinstance(expression, ex.Scaled):
        yield from (expression.factor, *_parts(expression.of, shapes))
    else:
        for number, part in enumerate(ex.operands(expression)):
            if number:
                yield getattr(expression, "sign", ",")
            yield from _parts(part, shapes)


def _rectangle(expression, shapes, inner=""):
    transposed = isinstance(expression, ex.Transpose)
    name = expression.of.name if transposed else expression.name
    *before, height, width = expression.shape(shapes)
    return Rectangle(name, height, width, tuple(before), transposed, inner)


def _downward(rectangle):
    """The sides that need vertical space: a transposed matrix is also outlined in its original shape."""
    return (rectangle.height, rectangle.width) if rectangle.transposed else (rectangle.height,)


def _length(share):
    return f"max({LEAST}px,calc({SIDE}*{share:.4f}))"


def _drawn(rectangle, share, tallest, theme, chosen):
    height, width = _length(share[rectangle.height]), _length(share[rectangle.width])
    lines = dict.fromkeys(("top", "right", "bottom", "left"), f"1px solid {theme.muted}")
    lines |= dict.fromkeys(INNER_SIDES[rectangle.inner], f"3px solid {theme.accent}")
    borders = ";".join(f"border-{side}:{line}" for side, line in lines.items())
    fill = f"color-mix(in srgb,{theme.accent} 30%,{theme.panel})" if chosen else theme.panel
    box = f'<div style="box-sizing:border-box;width:{width};height:{height};background:{fill};{borders}"></div>'
    if rectangle.transposed:
        side = _length(max(share[rectangle.height], share[rectangle.width]))
        outline = f"box-sizing:border-box;width:{height};height:{width};border:1px dashed {theme.muted}"
        box = (
            f'<div style="position:relative;width:{side};height:{side}">{box}'
            f'<div style="position:absolute;top:0;left:0;{outline}"></div></div>'
        )
    name = html(rectangle.name) + ("ᵀ" if rectangle.transposed else "")
    before = "".join(f"{size:,} × " for size in rectangle.before)
    sizes = " × ".join(_size(getattr(rectangle, side), side == rectangle.inner, theme) for side in ("height", "width"))
    return (
        '<div style="display:flex;flex-direction:column;align-items:center">'
        f'<div style="height:{tallest};display:flex;align-items:center">{box}</div>'
        f'<div style="padding-top:6px"><b>{name}</b></div>'
        f"<div>{before}{sizes}</div></div>"
    )


def _size(size, inner, theme):
    return f'<b style="color:{theme.accent}">{size:,}</b>' if inner else f"{size:,}"


def _sign(text, tallest):
    return f'<div style="height:{tallest};display:flex;align-items:center;font-size:1rem">{text}</div>'
