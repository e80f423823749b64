"""A formula drawn with its numbers: every matrix as a table, in written order, with the chosen cell and the entries
it depends on highlighted.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dashboard.notation.formulas import html
from dashboard.step import matrix_cells
from dashboard.step.cell_explanation import Explanation
from dashboard.step.training_step import Step
from dashboard.theme import Theme, signed_limit
from nnlib.describe import expressions as ex
from nnlib.describe.matrices import Matrix

LEAST = 3  # columns
ROOM = 905  # CSS pixels beside the sidebar of a screen of 1280
MOST_DECIMALS = 6


@dataclass(frozen=True)
class Window:
    """The part shown: rows and columns of the result, the terms of its sums, and the decimals of its numbers."""

    rows: range
    columns: range
    inner: range
    decimals: int = 2


def window(step: Step, matrix: Matrix, start: tuple[int, int], inner: int) -> Window:
    """The part of an equation that fits side by side on the screen, beginning at row and column `start` of the result
    and at term `inner` of its sums."""
    height, width = matrix.value.shape
    terms = matrix_cells.part_of(inner_size(step, matrix), inner, most=matrix_cells.INNER, part=matrix_cells.INNER)

    def needed(columns):
        widths = [columns] if matrix.formula is None else [columns, *_widths(matrix.formula, step, columns, len(terms))]
        return sum(map(matrix_cells.width, widths)) + matrix_cells.SIGN * (len(widths) - 1)

    return Window(matrix_cells.part_of(height, start[0]), _columns(width, start[1], needed), terms)


def update_window(step: Step, matrix: Matrix, start: tuple[int, int], chosen: tuple[int, int]) -> Window:
    """The part of a parameter matrix that fits three times side by side, with as many decimals as are needed to see
    the change of the chosen number and of most of the others in it."""
    height, width = matrix.value.shape
    rows, change = matrix_cells.part_of(height, start[0]), step.vector("change", matrix.symbol)
    nearby = matrix_cells.part_of(width, start[1])
    sizes = np.abs(change[rows.start : rows.stop, nearby.start : nearby.stop])
    sizes = np.append(np.median(sizes[sizes > 0]) if (sizes > 0).any() else 1.0, np.abs(change[chosen]))
    smallest = float(sizes[np.isfinite(sizes) & (sizes > 0)].min(initial=1.0))
    decimals = min(max(2, -int(np.floor(np.log10(smallest)))), MOST_DECIMALS)

    def needed(columns):
        return 2 * (matrix_cells.width(columns, decimals) + matrix_cells.SIGN) + matrix_cells.width(columns)

    return Window(rows, _columns(width, start[1], needed), range(1), decimals)


def _columns(size, start, needed):
    """The columns shown: as many as fit, where so many columns need `needed` pixels."""
    most = next((n for n in range(matrix_cells.WHOLE, LEAST, -1) if needed(n) <= ROOM), LEAST)
    return matrix_cells.part_of(size, start, most, min(most, matrix_cells.PART))


def _widths(expression, step, columns, inner) -> Iterator[int]:
    """The columns of every matrix of an expression whose value has `columns` of them on display."""
    if isinstance(expression, ex.Rearranged):
        yield matrix_cells.PART
    elif isinstance(expression, (ex.Symbol, ex.Transpose)):
        yield 1 if expression.shape(step.shapes)[1] == 1 else columns
    elif isinstance(expression, ex.Product):
        yield from _widths(expression.left, step, inner, inner)
        yield from _widths(expression.right, step, columns, inner)
    elif isinstance(expression, ex.SumOverExamples):
        yield from _widths(expression.of, step, columns if expression.axis == 0 else inner, inner)
    else:
        for part in ex.operands(expression):
            yield from _widths(part, step, columns, inner)


def inner_size(step: Step, matrix: Matrix) -> int:
    """The number of terms in each sum; 1 if there is no sum."""
    return next((size for size in _inner_sizes(matrix.formula, step) if size), 1)


def busiest_inner(explanation: Explanation, size: int) -> int:
    """The first term of the window with the largest terms, out of `size` terms."""
    sizes = np.abs(explanation.values[:size])
    if len(sizes) <= matrix_cells.INNER:
        return 0
    sums = np.convolve(np.where(np.isfinite(sizes), sizes, 0), np.ones(matrix_cells.INNER), "valid")
    return int(np.argmax(sums))


def drawing(
    step: Step, matrix: Matrix, explanation: Explanation, chosen: tuple[int, int], shown: Window, theme: Theme
) -> tuple[str, list]:
    """The equation as HTML, and the places of the result's clickable cells in order."""
    rows, columns = shown.rows, shown.columns
    title, limit = _title(matrix.symbol, matrix.shape), step.limit(matrix.symbol)
    parts = [matrix_cells.table(matrix.value, rows, columns, title, theme, limit, chosen=chosen)]
    if matrix.formula is not None:
        parts.append(matrix_cells.sign("="))
        parts += _parts(matrix.formula, step, rows, columns, shown.inner, dict(explanation.lit), theme)
    return matrix_cells.row_of(parts, theme), matrix_cells.places(rows, columns)


def before_change_after(
    step: Step, matrix: Matrix, chosen: tuple[int, int], shown: Window, theme: Theme
) -> tuple[str, list]:
    """A parameter matrix before the update, its change, and after, side by side. Before and after share one colour
    scale and the decimals of the window."""
    rows, columns = shown.rows, shown.columns
    values = {which: step.vector(which, matrix.symbol) for which in ("before", "change", "after")}
    limits = dict.fromkeys(values, signed_limit(np.stack([values["before"], values["after"]])))
    limits["change"] = signed_limit(values["change"], 100)
    before, change, after = (
        matrix_cells.table(
            values[which],
            rows,
            columns,
            f"{html(matrix.symbol)} <b>{which}</b>",
            theme,
            limits[which],
            chosen=chosen,
            decimals=2 if which == "change" else shown.decimals,
        )
        for which in values
    )
    parts = [before, matrix_cells.sign("+"), change, matrix_cells.sign("="), after]
    return matrix_cells.row_of(parts, theme), 3 * matrix_cells.places(rows, columns)


def _title(symbol, shape, transposed=False):
    turned = "<sup>⊤</sup>" if transposed else ""
    return f"<b>{html(symbol)}{turned}</b> {shape[0]:,} × {shape[1]:,}"


def _inner_sizes(expression, step):
    if isinstance(expression, ex.Product):
        yield expression.left.shape(step.shapes)[-1]
    elif isinstance(expression, ex.SumOverExamples):
        yield expression.of.shape(step.shapes)[expression.axis]
    else:
        for part in ex.operands(expression):
            yield from _inner_sizes(part, step)


def _parts(expression, step, rows, columns, inner, lit, theme):
    """Tables and signs, left to right; `rows` and `columns` are those shown of the expression's value."""
    kind = type(expression)
    if kind in (ex.Symbol, ex.Transpose):
        yield _leaf(expression, step, rows, columns, lit, theme)
    elif kind is ex.Product:
        yield from _parts(expression.left, step, rows, inner, inner, lit, theme)
        yield matrix_cells.sign("·")
        yield from _parts(expression.right, step, inner, columns, inner, lit, theme)
    elif kind in (ex.SumOverExamples, ex.MeanOverExamples):
        line = ("rows", "columns")[expression.axis]
        share = f"1 / {expression.by} " if kind is ex.MeanOverExamples else ""
        yield matrix_cells.sign(f"{share}Σ <small>over its {line}</small>")
        shown = (inner, columns) if expression.axis == 0 else (rows, inner)
        yield from _parts(expression.of, step, *shown, inner, lit, theme)
    elif kind is ex.Rearranged:
        nearby = _around(lit.get(expression.to, ()), expression.to, step)
        yield matrix_cells.sign(expression.function)
        yield matrix_cells.bracket([_leaf(expression.to, step, *nearby, lit, theme)])
    elif kind in (ex.Apply, ex.InverseRoot):
        yield matrix_cells.sign(expression.function)
        yield matrix_cells.bracket(list(_parts(expression.to, step, rows, columns, inner, lit, theme)))
    elif kind is ex.Divided:
        yield matrix_cells.sign(f"{expression.times or 1} / {expression.by}")
        yield matrix_cells.bracket(list(_parts(expression.of, step, rows, columns, inner, lit, theme)))
    elif kind is ex.Scaled:
        yield matrix_cells.sign(expression.factor)
        yield from _parts(expression.of, step, rows, columns, inner, lit, theme)
    else:
        for number, part in enumerate(ex.operands(expression)):
            if number:
                yield matrix_cells.sign(expression.sign)
            yield from _parts(part, step, rows, columns, inner, lit, theme)


def _leaf(leaf, step, rows, columns, lit, theme):
    transposed = isinstance(leaf, ex.Transpose)
    name = leaf.of.name if transposed else leaf.name
    values = step.by_symbol[name].value
    values = values.T if transposed else values
    height, width = values.shape
    rows = range(1) if height == 1 else rows  # b is broadcast
    columns = range(1) if width == 1 else columns
    title = _title(name, values.shape, transposed)
    return matrix_cells.table(values, rows, columns, title, theme, step.limit(name), lit=lit.get(leaf, ()))


def _around(places, leaf, step) -> tuple[range, range]:
    """The window on a rearranged matrix that holds the highlighted places."""
    height, width = leaf.shape(step.shapes)
    row, column = min(places, default=(0, 0))
    return matrix_cells.part_of(height, row - 3), matrix_cells.part_of(width, column - 3)
