"""A formula drawn with its numbers: every matrix as a table, in written order, with the chosen cell and the entries
it depends on highlighted.
"""

from dataclasses import dataclass

import numpy as np

from dashboard.notation.formulas import html
from dashboard.step import matrix_cells
from dashboard.step.cell_explanation import Explanation
from dashboard.step.training_step import Step
from dashboard.theme import Theme, signed_limit
from nnlib.describe import expressions as ex
from nnlib.describe.matrices import Matrix


@dataclass(frozen=True)
class Window:
    """The part shown: rows and columns of the result, and the terms of its sums."""

    rows: range
    columns: range
    inner: range


def window(step: Step, matrix: Matrix, start: tuple[int, int], inner: int) -> Window:
    """The part of an equation that fits on the screen, beginning at row and column `start` of the result and at term
    `inner` of its sums."""
    height, width = matrix.value.shape
    return Window(
        matrix_cells.part_of(height, start[0]),
        matrix_cells.part_of(width, start[1]),
        matrix_cells.part_of(inner_size(step, matrix), inner, most=matrix_cells.INNER, part=matrix_cells.INNER),
    )


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
    """A parameter matrix before the update, its change, and after, side by side; before and after share one colour
    scale."""
    rows, columns = shown.rows, shown.columns
    values = {which: step.vector(which, matrix.symbol) for which in ("before", "change", "after")}
    limits = dict.fromkeys(values, signed_limit(np.stack([values["before"], values["after"]])))
    limits["change"] = signed_limit(values["change"], 100)
    before, change, after = (
        matrix_cells.table(
            values[which], rows, columns, f"{html(matrix.symbol)} <b>{which}</b>", theme, limits[which], chosen=chosen
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
    elif kind is ex.SumOverExamples:
        line = ("rows", "columns")[expression.axis]
        yield matrix_cells.sign(f"Σ <small>over its {line}</small>")
        shown = (inner, columns) if expression.axis == 0 else (rows, inner)
        yield from _parts(expression.of, step, *shown, inner, lit, theme)
    elif kind is ex.Rearranged:
        nearby = _around(lit.get(expression.to, ()), expression.to, step)
        yield matrix_cells.sign(expression.function)
        yield matrix_cells.bracket([_leaf(expression.to, step, *nearby, lit, theme)])
    elif kind is ex.Apply:
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
