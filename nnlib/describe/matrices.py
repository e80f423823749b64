"""The description of a matrix: its name, its shape, and the formula that computes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.describe.expressions import Formula, Shape, find_product


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
