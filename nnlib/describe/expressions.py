"""Formulas as small expression trees, so that one description serves every use: printed as text, typeset as LaTeX,
checked against the numbers, and converted from the column convention (one example per column, Z = W A + b) into the row
convention (one example per row, Z = A W + b), in which every matrix is the transpose of ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

Shape = tuple[int | str, ...]  # in numbers or in symbols


class Formula:
    """An expression tree. Most expressions have the shape of their first operand, and are written in rows by writing
    their operands so."""

    def in_rows(self) -> "Formula":
        """Its counterpart in the row convention."""
        parts = {name: part.in_rows() for name, part in vars(self).items() if isinstance(part, Formula)}
        return replace(cast(Any, self), **parts)

    def shape(self, shapes: Mapping[str, Shape]) -> Shape:
        """Its shape, where `shapes` maps symbols to theirs."""
        return operands(self)[0].shape(shapes)


def operands(expression: Formula | None) -> list[Formula]:
    """The operands of an expression, left to right; a Symbol, and None, have none."""
    return [part for part in vars(expression).values() if isinstance(part, Formula)] if expression else []


@dataclass(frozen=True)
class Symbol(Formula):
    """A matrix by its name."""

    name: str

    def __str__(self) -> str:
        return self.name

    def shape(self, shapes: Mapping[str, Shape]) -> Shape:
        return shapes[self.name]


@dataclass(frozen=True)
class Transpose(Formula):
    """Xᵀ."""

    of: Symbol

    def __str__(self) -> str:
        return f"{self.of}ᵀ"

    def shape(self, shapes: Mapping[str, Shape]) -> Shape:
        return self.of.shape(shapes)[::-1]


@dataclass(frozen=True)
class Product(Formula):
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
class _Elementwise(Formula):
    """An elementwise operation on two matrices of one shape (a single column or row is broadcast)."""

    left: Formula
    right: Formula

    sign = ""

    def __str__(self) -> str:
        return f"{self.left} {self.sign} {self.right}"

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

    def __str__(self) -> str:
        sums = (Plus, Minus)
        return f" {self.sign} ".join(f"({x})" if isinstance(x, sums) else str(x) for x in (self.left, self.right))


@dataclass(frozen=True)
class Apply(Formula):
    """g(X), with a named function: elementwise (ReLU) or per example (softmax)."""

    function: str
    to: Formula

    def __str__(self) -> str:
        return f"{self.function}({self.to})"


@dataclass(frozen=True)
class InverseRoot(Apply):
    """1 / √(X + ε), elementwise."""

    function: str = field(default="1/√", init=False)
    to: Symbol

    def __str__(self) -> str:
        return f"1 / √({self.to} + ε)"


@dataclass(frozen=True)
class Rearranged(Apply):
    """f(X), where f rearranges entries (cuts patches, pools, flattens); the shape is that of the symbol `result`."""

    result: str

    def shape(self, shapes: Mapping[str, Shape]) -> Shape:
        return shapes[self.result]


@dataclass(frozen=True)
class SumOverExamples(Formula):
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
class MeanOverExamples(SumOverExamples):
    """The same divided by the number of examples, or of their pixels, written out as in `Divided`."""

    by: str = "m"

    def __str__(self) -> str:
        return f"1 / {self.by} {super().__str__()}"

    def in_rows(self) -> "MeanOverExamples":
        return replace(self, of=self.of.in_rows(), axis=1 - self.axis)


@dataclass(frozen=True)
class Divided(Formula):
    """(X) / d or n (X) / d, with n and d written out (`2`, `m`, `(10 m)`)."""

    of: Formula
    by: str
    times: str = ""

    def __str__(self) -> str:
        return f"{self.times + ' ' if self.times else ''}({self.of}) / {self.by}"


@dataclass(frozen=True)
class Scaled(Formula):
    """f X, with the number f written as a letter (`λ`)."""

    factor: str
    of: Formula

    def __str__(self) -> str:
        return f"{self.factor} {self.of}"


def find_product(expression: Formula | None) -> Product | None:
    """The first matrix product in an expression, which determines its shape, or None."""
    if isinstance(expression, Product):
        return expression
    return next(filter(None, map(find_product, operands(expression))), None)
