"""The description of a matrix: its name, its shape, and the formula that computes it.

Formulas are small expression trees, so that one description serves every use: printed as text, typeset as LaTeX,
checked against the numbers, and converted from the column convention (one example per column, Z = W A + b) into the row
convention (one example per row, Z = A W + b), in which every matrix is the transpose of ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Shape = tuple[int | str, ...]  # in numbers or in symbols


class Formula(Protocol):
    """An expression tree: its text, its counterpart in the row convention, and its shape, given the `shapes` of
    symbols."""

    def __str__(self) -> str: ...

    def in_rows(self) -> "Formula": ...

    def shape(self, shapes: Mapping[str, Shape]) -> Shape: ...


@dataclass(frozen=True)
class Symbol:
    """A matrix by its name."""

    name: str

    def __str__(self) -> str:
        return self.name

    def in_rows(self) -> "Symbol":
        return self

    def shape(self, shapes: Mapping[str, Shape]) -> Shape:
        return shapes[self.name]


@dataclass(frozen=True)
class Transpose:
    """Xᵀ."""

    of: Symbol

    def __str__(self) -> str:
        return f"{self.of}ᵀ"

    def in_rows(self) -> "Transpose":
        return Transpose(self.of.in_rows())

    def shape(self, shapes: Mapping[str, Shape]) -> Shape:
        return self.of.shape(shapes)[::-1]


@dataclass(frozen=True)
class Product:
    """The matrix product L R. In rows the order is reversed, since (L R)ᵀ = Rᵀ Lᵀ."""

    left: Formula
    right: Formula

    def __str__(self) -> str:
        return f"{self.left} {self.right}"

    def in_rows(self) -> "Product":
        return Product(self.right.in_rows(), self.left.in_rows())

    def shape(self, shapes: Mapping[str, Shape]) -> Shape:
        left, right = self.left.shape(shapes), self.right.shape(shapes)
        if left[-1] != right[0]:
            raise ValueError(f"{self}: the inner sizes of {left} and {right} differ")
        return (*left[:-1], *right[1:])


@dataclass(frozen=True)
class _Elementwise:
    """An elementwise operation on two matrices of one shape (a single column or row is broadcast)."""

    left: Formula
    right: Formula

    sign = ""

    def __str__(self) -> str:
        return f"{self.left} {self.sign} {self.right}"

    def in_rows(self) -> "_Elementwise":
        return type(self)(self.left.in_rows(), self.right.in_rows())

    def shape(self, shapes: Mapping[str, Shape]) -> Shape:
        left, right = self.left.shape(shapes), self.right.shape(shapes)
        return tuple(_common(a, b) for a, b in zip(left, right, strict=True))


def _common(a: int | str, b: int | str) -> int | str:
    """The broadcast size of two dimensions, in numbers or symbols: equal, or one of them 1."""
    if a != b and "1" not in (str(a), str(b)):
        raise ValueError(f"sizes {a} and {b} differ")
    return b if str(a) == "1" else a


class Plus(_Elementwise):
    """L + R."""

    sign = "+"


class Minus(_Elementwise):
    """L - R."""

    sign = "−"


class Hadamard(_Elementwise):
    """L o R, the elementwise product."""

    sign = "∘"


@dataclass(frozen=True)
class Apply:
    """g(X), with a named function: elementwise (ReLU) or per example (softmax)."""

    function: str
    to: Formula

    def __str__(self) -> str:
        return f"{self.function}({self.to})"

    def in_rows(self) -> "Apply":
        return Apply(self.function, self.to.in_rows())

    def shape(self, shapes: Mapping[str, Shape]) -> Shape:
        return self.to.shape(shapes)


@dataclass(frozen=True)
class SumOverExamples:
    """One number per unit: the sum over all m examples, along `axis` (1 in columns, 0 in rows)."""

    of: Formula
    axis: int = 1

    def __str__(self) -> str:
        return f"Σ {self.of} over the m examples"

    def in_rows(self) -> "SumOverExamples":
        return SumOverExamples(self.of.in_rows(), axis=1 - self.axis)

    def shape(self, shapes: Mapping[str, Shape]) -> Shape:
        units = self.of.shape(shapes)[1 - self.axis]
        return (units, 1) if self.axis == 1 else (1, units)


@dataclass(frozen=True)
class Divided:
    """(X) / d or n (X) / d, with n and d written out (`2`, `m`, `(10 m)`)."""

    of: Formula
    by: str
    times: str = ""

    def __str__(self) -> str:
        return f"{self.times + ' ' if self.times else ''}({self.of}) / {self.by}"

    def in_rows(self) -> "Divided":
        return Divided(self.of.in_rows(), self.by, self.times)

    def shape(self, shapes: Mapping[str, Shape]) -> Shape:
        return self.of.shape(shapes)


@dataclass(frozen=True)
class Scaled:
    """f X, with the number f written as a letter (`λ`)."""

    factor: str
    of: Formula

    def __str__(self) -> str:
        return f"{self.factor} {self.of}"

    def in_rows(self) -> "Scaled":
        return Scaled(self.factor, self.of.in_rows())

    def shape(self, shapes: Mapping[str, Shape]) -> Shape:
        return self.of.shape(shapes)


def operands(expression: Formula | None) -> list[Formula]:
    """The operands of an expression, left to right; a Symbol, and None, have none."""
    return [getattr(expression, name) for name in ("left", "right", "of", "to") if hasattr(expression, name)]


@dataclass(frozen=True)
class Rearranged:
    """f(X), where f rearranges entries (cuts patches, pools, flattens); the shape is that of the symbol `result`."""

    function: str
    to: Formula
    result: str

    def __str__(self) -> str:
        return f"{self.function}({self.to})"

    def in_rows(self) -> "Rearranged":
        return Rearranged(self.function, self.to.in_rows(), self.result)

    def shape(self, shapes: Mapping[str, Shape]) -> Shape:
        return shapes[self.result]


def find_product(expression: Formula | None) -> Product | None:
    """The first matrix product in an expression, which determines its shape, or None."""
    if isinstance(expression, Product):
        return expression
    return next(filter(None, map(find_product, operands(expression))), None)


@dataclass(frozen=True, eq=False)
class Matrix:
    """One named array of a training step.

    `dimensions` is its shape in symbols (`("h1", "m")`), `shape` the same in numbers; `formula` the expression that
    computes it (None for the batch and the parameters); `phase` is "batch", "forward", "loss" or "backward";
    `layer` the position of its layer in the network's list (None for the batch and the loss); `value` the array itself,
    or None if it has not been computed yet; `parameter` says that it is learned; `gradient_of` is the symbol of the
    matrix whose gradient it is, or None.
    """

    symbol: str
    meaning: str
    dimensions: tuple[str, ...]
    shape: tuple[int, ...]
    formula: Formula | None = None
    phase: str = "forward"
    layer: int | None = None
    value: NDArray | Any = field(default=None, repr=False)
    parameter: bool = False
    gradient_of: str | None = None

    @property
    def size(self) -> int:
        """The number of entries."""
        return int(np.prod(self.shape))

    @property
    def nbytes(self) -> int:
        """Memory in bytes as float32, four bytes per entry."""
        return 4 * self.size

    def in_rows(self) -> "Matrix":
        """The same matrix in the row convention: transposed, with meaning, formula and shape rewritten."""
        return replace(
            self,
            meaning=self.meaning.replace("column", "row"),
            dimensions=self.dimensions[::-1],
            shape=self.shape[::-1],
            formula=self.formula and self.formula.in_rows(),
            value=None if self.value is None else self.value.T,
        )


def product_shapes(matrix: Matrix, shapes: Mapping[str, Shape]) -> str | None:
    """The product that determines a matrix's shape, as text: `(128, 784) @ (784, 64) -> (128, 64)`.

    `shapes` maps each symbol to its shape in the same convention as `matrix`. None if there is no product.
    """
    product = find_product(matrix.formula)
    if product is None:
        return None
    left, right = product.left.shape(shapes), product.right.shape(shapes)
    return f"{left} @ {right} -> {product.shape(shapes)}"
