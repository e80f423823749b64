"""One training step in five phases, with the matrices of each, in the column or the row convention."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from dashboard.theme import signed_limit
from nnlib.describe.matrices import Matrix
from nnlib.dry_run import DryRun

BATCH, FORWARD, LOSS, BACKWARD, UPDATE = PHASES = ("batch", "forward", "loss", "backward", "update")
WHAT = {
    BATCH: "The input: the digits as numbers, and the class each of them should get.",
    FORWARD: "From the pixels to a score for every class, layer by layer.",
    LOSS: "From the scores to the outputs, and to one number that measures how wrong they are.",
    BACKWARD: "From the loss back to every weight: how would the loss change if this number were slightly larger?",
    UPDATE: "The optimizer turns every gradient into a change. The network itself changes only when you apply it.",
}


@dataclass(frozen=True, eq=False)
class Step:
    """A DryRun with all its matrices in one convention: one example per column or per row. `pictures` are the drawings
    so far, filled by the views."""

    dry_run: DryRun
    rows: bool
    pictures: dict[tuple, str] = field(default_factory=dict)
    _limits: dict[str, float] = field(default_factory=dict)

    @cached_property
    def matrices(self) -> list[Matrix]:
        """Every matrix, two-dimensional, in order of computation."""
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
        """The matrices shown in a phase: those it computes and the weights it uses. The targets belong to the batch
        and to the loss; the update shows all parameters."""
        if phase == UPDATE:
            return [each for each in self.matrices if each.parameter]
        if phase == BATCH:
            return [each for each in self.matrices if each.phase == BATCH or each.symbol == "Y"]
        return [each for each in self.matrices if each.phase == phase]

    def first_choice(self, phase: str) -> Matrix:
        """The matrix opened first in a phase: the first computed one, if any."""
        matrices = self.of_phase(phase)
        return next((each for each in matrices if each.formula is not None), matrices[0])

    def vector(self, which: str, symbol: str) -> np.ndarray:
        """The entries of `before`, `gradient`, `change` or `after` for one parameter matrix."""
        part = self.dry_run.part(getattr(self.dry_run, which), symbol)
        return part.T if self.rows else part

    def example_of(self, matrix: Matrix, row: int, column: int) -> int | None:
        """The example of the batch that an entry belongs to; None if it belongs to all of them."""
        names, place = (matrix.dimensions[0], row) if self.rows else (matrix.dimensions[1], column)
        if "m" not in names.split():
            return None
        per_example = matrix.shape[0 if self.rows else 1] // self.dry_run.m
        return place // per_example

    def limit(self, symbol: str) -> float:
        """The limit of the signed colour map for a matrix, computed once."""
        if symbol not in self._limits:
            self._limits[symbol] = signed_limit(self.by_symbol[symbol].value)
        return self._limits[symbol]
