"""Questions about the numbers of a real step: over which axis a sum runs, and one number of dW by hand."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dashboard.notation.formulas import plain
from dashboard.notation.numbers import number, rounded
from dashboard.shapes.derivations import last_layer, step_inputs
from dashboard.shapes.exercises import Verdict
from nnlib.describe.expressions import MeanOverExamples, SumOverExamples, Symbol
from nnlib.dry_run import DryRun

AXES = {"axis 0": 0, "axis 1": 1, "everything": None}
NEAR = 0.02  # of the right number
WRITTEN = 4  # digits of a number
FEW = 3  # digits: as many products to add


@dataclass(frozen=True, eq=False)
class SumAxis:
    """A bias gradient `symbol`, and the matrix `of` that is summed, with their values in one convention."""

    symbol: str
    of: str
    values: NDArray = field(repr=False)
    right: NDArray = field(repr=False)

    def judge(self, answer: str) -> Verdict:
        """Whether summing so gives the gradient; if not, what it gives."""
        axis = AXES[answer]
        summed = self.values.sum(axis=axis, keepdims=True)
        shape, must = summed.shape, self.right.shape
        if shape == must and np.allclose(summed, self.right, rtol=1e-3, atol=1e-6):
            return Verdict(True, f"The examples lie along it: `{self.values.shape}` becomes `{must}`, one per unit.")
        kind = "the same shape by chance, but other numbers" if shape == must else f"not `{must}`"
        return Verdict(False, f"`{self.values.shape}` becomes `{shape}`, {kind}. Sum where the examples lie.")


@dataclass(frozen=True, eq=False)
class ByHand:
    """One number of the product dZ Aᵀ of the last layer, for `FEW` digits: `gradients` times `inputs`, added up."""

    symbol: str
    row: int
    column: int
    gradients: list[float]
    inputs: list[float]

    @property
    def right(self) -> float:
        return sum(a * b for a, b in zip(self.gradients, self.inputs, strict=True))

    def judge(self, answer: float) -> Verdict:
        """Whether it is the sum of products, within what rounding by hand may cost."""
        terms = zip(self.gradients, self.inputs, strict=True)
        written = " + ".join(f"({number(a, WRITTEN)}) · {number(b, WRITTEN)}" for a, b in terms)
        near = abs(answer - self.right) <= NEAR * abs(self.right)
        return Verdict(
            near, f"{written} = {number(self.right)}." if near else "Multiply each pair, and add the products."
        )


def sum_axis(step: DryRun, seed: int, rows: bool) -> SumAxis | None:
    """Ask for the axis of one of the bias gradients, if any is a plain sum over the examples."""
    matrices = {each.symbol: each.in_rows() if rows else each for each in step.matrices}
    found = [
        (each.symbol, each.formula.of.name)
        for each in step.matrices
        if isinstance(each.formula, SumOverExamples)
        and not isinstance(each.formula, MeanOverExamples)
        and isinstance(each.formula.of, Symbol)
        and each.symbol.startswith("db")
        and each.value.size > 1  # of a single unit, everything is summed
    ]
    if not found:
        return None
    symbol, of = found[seed % len(found)]
    return SumAxis(plain(symbol), plain(of), matrices[of].value, matrices[symbol].value)


def by_hand(step: DryRun, seed: int) -> ByHand:
    """Ask for one number of dW of the last layer; the numbers are those printed."""
    n, inputs = last_layer(step), step_inputs(step)
    gradients = next(each.value for each in step.matrices if each.symbol == f"dZ{n}")
    product = np.abs(gradients @ inputs.T)
    row = seed % len(product)
    column = int(np.argsort(product[row])[-1 - seed // len(product) % 5 % product.shape[1]])
    return ByHand(
        plain(f"dW{n}"),
        row,
        column,
        [rounded(float(each), WRITTEN) for each in gradients[row]],
        [rounded(float(each), WRITTEN) for each in inputs[column]],
    )
