"""The history of a training: one row per mini-batch and one per evaluation, in compact columns."""

from array import array
from collections.abc import Iterator, Mapping
from itertools import chain, repeat
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnlib.evaluation import Evaluation

if TYPE_CHECKING:
    from nnlib.analysis.interventions import Intervention
    from nnlib.recipes import Recipe


class Table:
    """Named columns of numbers, appended row by row, read as NumPy arrays; four bytes per number."""

    def __init__(self, *columns: str) -> None:
        self._columns = {name: number for number, name in enumerate(columns)}
        self._width = len(columns)
        self._values = array("f")  # row after row

    def append(self, *row: float) -> None:
        """Add one row, in the order of the columns."""
        if len(row) != self._width:
            raise ValueError(f"a row has {self._width} numbers, got {len(row)}")
        self._values.extend(array("f", row))

    def __len__(self) -> int:
        return len(self._values) // self._width

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        return np.array(self._values[self._columns[name] :: self._width], np.float32)

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    @property
    def rows(self) -> NDArray[np.float32]:
        """A copy of all rows, (rows, columns)."""
        return np.array(self._values, np.float32).reshape(-1, self._width)

    def extend(self, rows: NDArray) -> None:
        """Add rows (rows, columns)."""
        self._values.frombytes(rows.astype(np.float32).tobytes())

    def last(self, name: str) -> float | None:
        """The newest value of a column, or None in an empty table."""
        return self._values[self._columns[name] - self._width] if self._values else None

    def until(self, rows: int) -> "Table":
        """A table of the first `rows` rows."""
        table = Table(*self._columns)
        table._values = self._values[: rows * self._width]
        return table

    def truncate(self, rows: int) -> None:
        """Remove all rows after the first `rows`, in place."""
        del self._values[rows * self._width :]


TABLES = ("batches", "evaluations", "updates", "activity")


class History:
    """`batches`: position, loss, accuracy and learning rate of each step. `evaluations`: position, and loss and
    accuracy on the training sample and the validation split.

    `updates`: at some steps, for each layer with weights (counted from 1), the root mean square of its weights, their
    gradients and their update. `activity`: at each evaluation, for each layer with an activation, the share of
    inactive units (see `nnlib.inactive_units`). `interventions`: each Intervention, with its position and the row of
    the next evaluation. `recipes`: each Recipe trained with, and the row of `batches` from which on.

    Positions are in epochs, counted in examples: 2.5 is halfway through the third epoch, regardless of the batch
    size. The loss excludes the L2 penalty, so that training and validation can be compared.
    """

    def __init__(self) -> None:
        self.batches = Table("epoch", "loss", "accuracy", "learning_rate")
        self.evaluations = Table(
            "epoch", "training_loss", "training_accuracy", "validation_loss", "validation_accuracy"
        )
        self.updates = Table("epoch", "layer", "weight", "gradient", "update")
        self.activity = Table("epoch", "layer", "inactive")
        self.interventions: list[Intervened] = []
        self.recipes: list[tuple[int, Recipe]] = []

    def add_batch(self, recipe: "Recipe", position: float, loss: float, accuracy: float, learning_rate: float) -> None:
        """Add a step taken with this Recipe."""
        if not self.recipes or self.recipes[-1][1] is not recipe:
            self.recipes.append((len(self.batches), recipe))
        self.batches.append(position, loss, accuracy, learning_rate)

    def add_evaluation(
        self, position: float, training: Evaluation, validation: Evaluation, active: Mapping[int, NDArray[np.bool_]]
    ) -> None:
        """Add two Evaluations and, by layer number, which units are active, (units,)."""
        self.evaluations.append(position, training.loss, training.accuracy, validation.loss, validation.accuracy)
        for number, units in active.items():
            self.activity.append(position, number, 1.0 - units.mean())

    def lengths(self) -> tuple[int, ...]:
        """The present number of rows of each table, for `truncate`."""
        return tuple(map(len, self._tables()))

    def until(self, lengths: tuple[int, ...]) -> "History":
        """A copy up to earlier lengths."""
        history = History()
        for name, rows in zip(TABLES, lengths, strict=False):
            setattr(history, name, getattr(self, name).until(rows))
        history.interventions, history.recipes = self.interventions, self.recipes
        history._forget_what_comes_later()
        return history

    def truncate(self, lengths: tuple[int, ...]) -> None:
        """Go back to earlier lengths, in place; () removes everything."""
        for table, rows in zip(self._tables(), chain(lengths, repeat(0)), strict=False):
            table.truncate(rows)
        self._forget_what_comes_later()

    def _tables(self) -> list[Table]:
        return [getattr(self, name) for name in TABLES]

    def _forget_what_comes_later(self) -> None:
        self.interventions = [each for each in self.interventions if each.evaluation < len(self.evaluations)]
        self.recipes = [(row, recipe) for row, recipe in self.recipes if row < len(self.batches)]


class Intervened(NamedTuple):
    """An `intervention` at a position, in epochs; `evaluation` is the row of the evaluation after it."""

    epoch: float
    evaluation: int
    intervention: "Intervention"
