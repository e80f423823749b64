"""Questions about the shapes of a training step, and what is wrong with a wrong answer. The same inventory and seed
give the same question.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product as every

import numpy as np

from dashboard.notation import formulas
from dashboard.notation.formulas import dimensions, plain
from dashboard.shapes.matrix_inventory import Inventory, plain_text
from nnlib.describe.expressions import Product, Symbol, Transpose, find_product
from nnlib.describe.matrices import Matrix

BLANK = ("?", "?")


@dataclass(frozen=True)
class Verdict:
    """Whether an answer is right, and why, in Markdown."""

    right: bool
    why: str


@dataclass(frozen=True, eq=False)
class MissingShape:
    """A matrix without its shape, in the formula that computes it or the first that uses it."""

    inventory: Inventory = field(repr=False)
    matrix: Matrix

    @property
    def latex(self) -> str:
        """The formula with all shapes except the one asked for."""
        shapes = {**self.inventory.shapes, self.matrix.symbol: BLANK}
        return formulas.equation(self.inventory.formula_with(self.matrix), shapes)

    def judge(self, shape: tuple[int, int]) -> Verdict:
        """Whether the matrix has this shape; if not, the first product that would fail."""
        if tuple(shape) == tuple(self.matrix.shape):
            return Verdict(True, self.inventory.why(self.matrix))
        shapes = {**self.inventory.shapes, self.matrix.symbol: tuple(shape)}
        reasons = (_broken(each, self.matrix.symbol, shapes) for each in self.inventory.matrices)
        reason = next(filter(None, reasons), f"It is not {dimensions(shape)}. {self.inventory.why(self.matrix)}")
        return Verdict(False, reason)


@dataclass(frozen=True, eq=False)
class MissingTranspose:
    """A product in the backward pass, without the ᵀ of its factors."""

    inventory: Inventory = field(repr=False)
    matrix: Matrix

    @property
    def right(self) -> Product:
        product = find_product(self.matrix.formula)
        assert product is not None  # no other matrices are drawn
        return product

    @property
    def choices(self) -> list[Product]:
        """The product with none, one or both of its factors transposed."""
        left, right = (_stripped(factor) for factor in (self.right.left, self.right.right))
        return [Product(a, b) for a, b in every((left, Transpose(left)), (right, Transpose(right)))]

    @property
    def latex(self) -> str:
        """The result with its shape, and the factors as they are stored."""
        shapes, stripped = self.inventory.shapes, self.choices[0]
        left = formulas.latex(Symbol(self.matrix.symbol), shapes)
        factors = rf"{formulas.latex(stripped.left, shapes)}^{{?}} \; {formulas.latex(stripped.right, shapes)}^{{?}}"
        return f"{left} = {factors}"

    def judge(self, choice: Product) -> Verdict:
        """Whether this is the product; if not, which sizes do not fit, in symbols where the numbers happen to fit."""
        if choice == self.right:
            return Verdict(True, self.inventory.why(self.matrix))
        numbers, names = self.inventory.shapes, self.inventory.dimensions
        reason = _misfit(choice, numbers, self.matrix)
        if reason is None:
            symbols = _misfit(choice, names, self.matrix, self.matrix.dimensions)
            reason = "The sizes fit only because some happen to be equal here; the result would be wrong."
            reason += f" {symbols}" if symbols else ""
        return Verdict(False, reason)


def missing_shape(inventory: Inventory, seed: int) -> MissingShape:
    """Ask for the shape of one of the matrices."""
    return MissingShape(inventory, _draw(inventory.matrices, seed))


def missing_transpose(inventory: Inventory, seed: int) -> MissingTranspose:
    """Ask for the transposes of one of the products in the backward pass."""
    backward = [each for each in inventory.matrices if each.phase == "backward" and find_product(each.formula)]
    return MissingTranspose(inventory, _draw(backward, seed))


def _draw(matrices, seed):
    """One of the matrices; each is drawn once per round, in random order."""
    round_, place = divmod(seed, len(matrices))
    return matrices[np.random.default_rng([7, round_]).permutation(len(matrices))[place]]


def _stripped(factor):
    return factor.of if isinstance(factor, Transpose) else factor


def _broken(matrix: Matrix, name: str, shapes: Mapping[str, tuple]) -> str | None:
    """What is wrong with a matrix's product under these shapes; None if nothing is, or if `name` is not in it."""
    product = find_product(matrix.formula)
    if product is None or name not in (matrix.symbol, _stripped(product.left).name, _stripped(product.right).name):
        return None
    reason = _misfit(product, shapes, matrix, shapes[matrix.symbol], "would be" if matrix.symbol == name else "is")
    return reason and f"Then {plain(matrix.symbol)} = {plain_text(product)} would fail. {reason}"


def _misfit(product: Product, shapes: Mapping[str, tuple], matrix: Matrix, must=None, verb="is") -> str | None:
    """In words: inner sizes that differ, or a result of the wrong shape; None if everything fits."""
    left, right, must = product.left.shape(shapes), product.right.shape(shapes), tuple(must or matrix.shape)
    written = f"`{_tuple(left)} @ {_tuple(right)}`"
    if left[-1] != right[0]:
        return f"In {written} the inner sizes, {left[-1]} and {right[0]}, differ: the product does not exist."
    if (left[0], right[1]) != must:
        return f"{written} gives `{_tuple((left[0], right[1]))}`, but {plain(matrix.symbol)} {verb} `{_tuple(must)}`."
    return None


def _tuple(shape):
    return f"({', '.join(map(str, shape))})"
