"""The inventory of a training step: every matrix with its shape, the reason for that shape, its count of numbers and
their memory. All of this follows from the shapes; no matrix is computed or allocated.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from dashboard.notation.formulas import dimensions, plain
from dashboard.notation.misprints import Misprint
from dashboard.notation.phrases import listed
from nnlib.describe import expressions as ex
from nnlib.describe.matrices import Matrix, product_shapes
from nnlib.describe.network import matrices
from nnlib.trainer import Trainer

PASSES = {"batch": "→", "forward": "→", "loss": "→", "backward": "←"}


@dataclass(frozen=True, eq=False)
class Inventory:
    """All matrices of one step on m examples in order of computation, with examples in columns or in rows."""

    matrices: list[Matrix]
    rows: bool

    PARAMETERS, GRADIENTS, PER_BATCH = "parameters", "gradients of the parameters", "everything that grows with m"
    STATISTICS = "statistics of the mini-batch"

    @classmethod
    def of(cls, trainer: Trainer, m: int, rows: bool = False) -> "Inventory":
        """The inventory of a step of this trainer's network on m examples."""
        found = matrices(trainer.network, trainer.loss, m, trainer.l2)
        return cls([each.in_rows() for each in found] if rows else found, rows)

    @cached_property
    def shapes(self) -> dict[str, tuple]:
        """{symbol: shape in numbers}."""
        return {each.symbol: each.shape for each in self.matrices}

    @cached_property
    def dimensions(self) -> dict[str, tuple]:
        """{symbol: shape in symbols}."""
        return {each.symbol: each.dimensions for each in self.matrices}

    @property
    def parameters(self) -> list[Matrix]:
        """Weights and biases, and the scales and shifts of batch normalisation."""
        return [each for each in self.matrices if each.parameter]

    @property
    def n_parameters(self) -> int:
        return sum(each.size for each in self.parameters)

    @property
    def nbytes(self) -> int:
        """Bytes of all matrices together."""
        return sum(each.nbytes for each in self.matrices)

    def parameter_arithmetic(self) -> list[tuple[str, str, int]]:
        """For each layer with parameters: their names, the calculation of their count, and the count:
        `("W[1], b[1]", "128 × 784 + 128", 100480)`."""
        lines = []
        for layer in dict.fromkeys(each.layer for each in self.parameters):
            own = [each for each in self.parameters if each.layer == layer]
            names = ", ".join(plain(each.symbol) for each in own)
            lines.append((names, " + ".join(map(_count, own)), sum(each.size for each in own)))
        return lines

    def footprint(self) -> dict[str, int]:
        """How many numbers are parameters, gradients of parameters, matrices that grow with m, and, with batch
        normalisation, statistics."""
        parts = dict.fromkeys((self.PARAMETERS, self.GRADIENTS, self.PER_BATCH), 0)
        for each in self.matrices:
            grows = any("m" in each.split() for each in each.dimensions)
            fixed = self.GRADIENTS if each.gradient_of else self.STATISTICS
            name = self.PARAMETERS if each.parameter else self.PER_BATCH if grows else fixed
            parts[name] = parts.get(name, 0) + each.size
        return parts

    def formula_with(self, matrix: Matrix) -> Matrix:
        """The matrix whose formula contains this one: itself, or, if it is given, the first computed from it."""
        return matrix if matrix.formula is not None else self._first_use(matrix.symbol)[0] or matrix

    def mean_symbol(self) -> str:
        """The matrix whose formula contains the factor 1/m of the mean loss."""
        return next(each.symbol for each in self.matrices if each.phase == "backward")

    def table(self, misprints: Sequence[Misprint] = ()) -> pd.DataFrame:
        """One row per matrix. With misprints, another column has what the published text says instead."""
        table = pd.DataFrame(
            {
                "symbol": [plain(each.symbol) for each in self.matrices],
                "pass": [PASSES.get(each.phase, each.phase) for each in self.matrices],
                "meaning": [each.meaning for each in self.matrices],
                "in symbols": [dimensions(each.dimensions) for each in self.matrices],
                "shape": [dimensions(each.shape) for each in self.matrices],
                "follows from": [self.follows_from(each) for each in self.matrices],
                "numbers": [each.size for each in self.matrices],
                "memory": [each.nbytes for each in self.matrices],
            }
        )
        if misprints:
            said = {name: each.published for each in misprints for name in each.symbols}
            table.insert(5, "published", [said.get(each.symbol, "") for each in self.matrices])
        return table

    def follows_from(self, matrix: Matrix) -> str:
        """What determines a matrix's shape, in one line: `(128, 784) @ (784, 64) -> (128, 64)`, or `as Z[1]`. A given
        matrix must fit where it is first used."""
        own = product_shapes(matrix, self.shapes)
        if own:
            return own
        if isinstance(matrix.formula, ex.SumOverExamples):
            return f"Σ over {_lines(matrix.formula)}: {self.shapes[_first_name(matrix.formula)]} -> {matrix.shape}"
        if isinstance(matrix.formula, ex.Rearranged):
            return f"{matrix.formula.function}: {matrix.formula.to.shape(self.shapes)} -> {matrix.shape}"
        if matrix.formula is not None:
            return f"as {plain(_first_name(matrix.formula))}"
        user, node = self._first_use(matrix.symbol)
        if user is None:
            return ""
        if isinstance(node, ex.Product):
            return product_shapes(user, self.shapes) or ""
        partner = _partner(node, matrix.symbol)
        if partner is None:
            return self.follows_from(user)
        if self.shapes[matrix.symbol] == partner.shape(self.shapes):
            return f"as {plain(_first_name(partner))}"
        return f"{matrix.shape} {node.sign} {partner.shape(self.shapes)} -> {user.shape}"

    def why(self, matrix: Matrix) -> str:
        """The reason for the shape, in a sentence or two of Markdown."""
        name, size = plain(matrix.symbol), dimensions(matrix.shape)
        if matrix.phase == "batch":
            line, other = ("row", "column") if self.rows else ("column", "row")
            return f"One {line} per image, one {other} per pixel: {size}."
        changed = matrix.gradient_of
        same = ""
        if changed in self.shapes:
            same = (
                f"{name} holds one derivative for each number of {plain(changed)}, so it has the same shape, {size}. "
            )
        if matrix.formula is None:
            return same + self._why_given(matrix)
        explain = next((text for kind, text in _REASONS.items() if isinstance(matrix.formula, kind)), None)
        product = ex.find_product(matrix.formula)
        if product is not None:
            return same + self._why_product(product)
        return same + (explain(self, matrix) if explain else "")

    def _why_product(self, product):
        left, right = product.left.shape(self.shapes), product.right.shape(self.shapes)
        outer = dimensions((*left[:-1], *right[1:]))
        return (
            f"In {plain_text(product)} the inner sizes must agree: {left[-1]:,} and {right[0]:,}. The outer sizes are "
            f"the shape of the product: {outer}."
        )

    def _why_given(self, matrix):
        name, size = plain(matrix.symbol), dimensions(matrix.shape)
        user, node = self._first_use(matrix.symbol)
        if user is None:
            return ""
        if isinstance(node, ex.Product):
            other = _partner(node, matrix.symbol)
            return (
                f"{plain_text(node)} must be {dimensions(node.shape(self.shapes))}, and {plain_text(other)} is "
                f"{dimensions(other.shape(self.shapes))}: only {size} fits."
            )
        partner = _partner(node, matrix.symbol)
        if partner is None:
            return ""
        shape = partner.shape(self.shapes)
        if shape == matrix.shape:
            other = f"{plain_text(partner)} in {plain(user.symbol)}"
            return f"It is combined elementwise with {other}, so both have the same shape: {size}."
        line = "row" if self.rows else "column"
        combined = "multiplied with" if isinstance(node, ex.Hadamard) else "added to"
        return (
            f"{name} is {combined} every {line} of {plain_text(partner)}, {dimensions(shape)}, so it has the shape of "
            f"one {line}: {size}. NumPy broadcasts it."
        )

    def _first_use(self, name):
        """The first matrix whose formula uses this one, and the part of the formula that does."""
        for user in self.matrices:
            node = _node_with(user.formula, name)
            if node is not None:
                return user, node
        return None, None


def _why_sum(inventory, matrix):
    summed = _first_name(matrix.formula)
    return (
        f"{plain(summed)} is {dimensions(inventory.shapes[summed])}; the sum over its {_lines(matrix.formula)} is "
        f"{dimensions(matrix.shape)}."
    )


def _why_applied(inventory, matrix):
    return f"{matrix.formula.function} keeps the shape of {plain_text(matrix.formula.to)}: {dimensions(matrix.shape)}."


def _why_rearranged(inventory, matrix):
    taken = matrix.formula.to.shape(inventory.shapes)
    return (
        f"“{matrix.formula.function}” turns {plain_text(matrix.formula.to)}, {dimensions(taken)}, into "
        f"{dimensions(matrix.shape)}."
    )


def _why_elementwise(inventory, matrix):
    names = listed(plain(name) for name in dict.fromkeys(_names(matrix.formula)))
    return f"Elementwise operations keep the shape of {names}: {dimensions(matrix.shape)}."


_REASONS: dict[type, Callable[[Inventory, Matrix], str]] = {
    ex.SumOverExamples: _why_sum,
    ex.Apply: _why_applied,
    ex.Rearranged: _why_rearranged,
    ex.Hadamard: _why_elementwise,
    ex.Plus: _why_elementwise,
    ex.Divided: _why_elementwise,
}


def memory(nbytes: float) -> str:
    """Bytes with a unit: 40 B, 401 KB, 1.24 MB (1 KB is 1,000 bytes)."""
    for unit in ("B", "KB", "MB"):
        if nbytes < 1000:
            return f"{nbytes:.3g} {unit}"
        nbytes /= 1000
    return f"{nbytes:.3g} GB"


def plain_text(expression: object) -> str:
    """A product or one of its factors as text, with layers in brackets: `W[2]ᵀ dZ[2]`."""
    if isinstance(expression, ex.Symbol):
        return plain(expression.name)
    if isinstance(expression, ex.Transpose):
        return f"{plain_text(expression.of)}ᵀ"
    if isinstance(expression, ex.Product):
        return f"{plain_text(expression.left)} {plain_text(expression.right)}"
    return str(expression)


def _lines(summed):
    return ("rows", "columns")[summed.axis]


def _count(matrix):
    """`128 × 784`, and `128` for a bias of 128 × 1."""
    return dimensions(tuple(n for n in matrix.shape if n > 1) or (1,))


def _names(expression):
    if isinstance(expression, ex.Symbol):
        return [expression.name]
    return [name for part in ex.operands(expression) for name in _names(part)]


def _first_name(expression):
    return _names(expression)[0]


def _node_with(expression, name):
    """The innermost operation in an expression that has this matrix, transposed or not, as an operand."""
    parts = ex.operands(expression)
    if any(_is(part, name) for part in parts):
        return expression
    return next(filter(None, (_node_with(part, name) for part in parts)), None)


def _is(expression, name):
    expression = expression.of if isinstance(expression, ex.Transpose) else expression
    return isinstance(expression, ex.Symbol) and expression.name == name


def _partner(node, name):
    return next((part for part in ex.operands(node) if not _is(part, name)), None)
