"""A step in five phases, in columns and in rows."""

import numpy as np
import pytest

from dashboard.step.training_step import BACKWARD, BATCH, FORWARD, LOSS, PHASES, UPDATE, Step
from nnlib.recipes import Recipe


def step_of(few, rows=False, **settings):
    return Step(Recipe(hidden=(6,), **settings).trainer(few).dry_run(few.train.images[:5], few.train.labels[:5]), rows)


def symbols(matrices):
    return [each.symbol for each in matrices]


def test_every_matrix_stands_in_its_phase(few):
    step = step_of(few)
    assert symbols(step.of_phase(BATCH)) == ["X", "Y"]
    assert symbols(step.of_phase(FORWARD)) == ["W1", "b1", "Z1", "A1", "W2", "b2", "Z2"]
    assert symbols(step.of_phase(LOSS)) == ["A2", "Y"]
    assert symbols(step.of_phase(BACKWARD)) == ["dZ2", "dW2", "db2", "dA1", "dZ1", "dW1", "db1"]
    assert symbols(step.of_phase(UPDATE)) == ["W1", "b1", "W2", "b2"]
    assert [step.first_choice(phase).symbol for phase in PHASES] == ["X", "Z1", "A2", "dZ2", "W1"]


def test_rows_are_the_transposes_with_the_products_the_other_way_round(few):
    columns, rows = step_of(few), step_of(few, rows=True)
    for symbol, matrix in columns.by_symbol.items():
        assert np.array_equal(rows.by_symbol[symbol].value, matrix.value.T)
        assert rows.shapes[symbol] == columns.shapes[symbol][::-1]
    assert str(rows.by_symbol["Z1"].formula) == "X W1 + b1"
    assert str(rows.by_symbol["dW1"].formula) == "Xᵀ dZ1"
    assert np.array_equal(rows.vector("gradient", "W1"), columns.vector("gradient", "W1").T)


@pytest.mark.parametrize("rows", [False, True], ids=["columns", "rows"])
def test_every_number_knows_its_example(few, rows):
    step = step_of(few, rows)
    place = (3, 0) if rows else (0, 3)
    assert step.example_of(step.by_symbol["Z1"], *place) == 3
    assert step.example_of(step.by_symbol["W1"], 0, 3) is None and step.example_of(step.by_symbol["b1"], 0, 0) is None
    step = step_of(few, rows, convolutions=(2,))
    for column, example in ((0, 0), (675, 0), (676, 1), (5 * 676 - 1, 4)):  # pixels of patches
        assert step.example_of(step.by_symbol["P1"], *((column, 0) if rows else (0, column))) == example
