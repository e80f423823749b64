"""One training step as a learner walks through it: five phases, the matrices of each, in columns or in rows."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dashboard.theme import signed_limit
from nnlib.describe.matrices import Matrix, Symbol, Transpose, operands
from nnlib.dry_run import DryRun

BATCH, FORWARD, LOSS, BACKWARD, UPDATE = PHASES = ("batch", "forward", "loss", "backward", "update")
WHAT = {
    BATCH: "What goes in: the digits as numbers, and what they should be read as.",
    FORWARD: "From the pixels to a score for every class: each layer makes the next matrix out of the last.",
    LOSS: "From the scores to the outputs, and to one number that says how wrong they are.",
    BACKWARD: "From the loss back to every weight: how would the loss change if this number were a little larger?",
    UPDATE: "Every weight takes a small step against its gradient. Only now does the network change, if you say so.",
}


@dataclass(frozen=True, eq=False)
class Step:
    """A DryRun with all its matrices in one convention: one example per column, or per row."""

    dry_run: DryRun
    rows: bool

    @cached_property
    def matrices(self) -> list[Matrix]:
        """Every matrix in order of computation, as two-dimensional values."""
        return [each.in_rows() if self.rows else each for each in self.dry_run.matrices]

    @cached_property
    def by_symbol(self) -> dict[str, Matrix]:
        return {each.symbol: each for each in self.matrices}

    @cached_property
    def dimensions(self) -> dict[str, tuple]:
        """{symbol: shape in symbols}."""
        return {each.symbol: each.dimensions for each in self.matrices}

    @cached_property
    def shapes(self) -> dict[str, tuple]:
        """{symbol: shape in numbers}."""
        return {each.symbol: each.shape for each in self.matrices}

    def of_phase(self, phase: str) -> list[Matrix]:
        """The matrices to look at in a phase: what it makes, and the weights it makes that of. The targets belong to
        the batch as well as to the loss; the update is about all that is learned."""
        if phase == UPDATE:
            return [each for each in self.matrices if each.parameter]
        if phase == BATCH:
            return [each for each in self.matrices if each.phase == BATCH or each.symbol == "Y"]
        return [each for each in self.matrices if each.phase == phase]

    def first_choice(self, phase: str) -> Matrix:
        """What to open first in a phase: the first matrix that is computed, if any is."""
        matrices = self.of_phase(phase)
        return next((each for each in matrices if each.formula is not None), matrices[0])

    def vector(self, which: str, symbol: str) -> np.ndarray:
        """The part of `before`, `gradient`, `change` or `after` that belongs to a weight matrix."""
        part = self.dry_run.part(getattr(self.dry_run, which), symbol)
        return part.T if self.rows else part

    def example_of(self, matrix: Matrix, row: int, column: int) -> int | None:
        """Which example of the batch a number belongs to, or None if to all of them."""
        names, place = (matrix.dimensions[0], row) if self.rows else (matrix.dimensions[1], column)
        if "m" not in names.split():
            return None
        per_example = matrix.shape[0 if self.rows else 1] // self.dry_run.m
        return place // per_example

    def limit(self, symbol: str) -> float:
        """The limit of the signed colour map for a matrix, found once."""
        if symbol not in self._limits:
            self._limits[symbol] = signed_limit(self.by_symbol[symbol].value)
        return self._limits[symbol]

    @cached_property
    def _limits(self):
        return {}

    @cached_property
    def pictures(self) -> dict[tuple, str]:
        """What has been drawn of this step so far, for those who draw it."""
        return {}


def leaves(expression) -> list:
    """The matrices of a formula as they enter it, left to right: Symbols and Transposes."""
    if isinstance(expression, (Symbol, Transpose)):
        return [expression]
    return [leaf for part in operands(expression) for leaf in leaves(part)]
