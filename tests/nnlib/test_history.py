"""The record of a training: rows, columns, precision, memory."""

import numpy as np
import pytest

from nnlib.history import History, Intervened, Table


@pytest.fixture
def table():
    table = Table("epoch", "loss")
    for row in ((0.5, 2.25), (1.0, 1.125), (1.5, 0.5)):
        table.append(*row)
    return table


def test_columns_are_read_as_float32_arrays(table):
    assert list(table) == ["epoch", "loss"] and len(table) == 3
    assert table["epoch"].tolist() == [0.5, 1.0, 1.5] and table["loss"].tolist() == [2.25, 1.125, 0.5]
    assert table["loss"].dtype == np.float32


def test_four_bytes_a_number(table):
    table.append(2.0, 0.1)
    assert table.last("loss") == float(np.float32(0.1)) != 0.1
    assert table._values.itemsize * len(table._values) == 2 * 4 * 4


def test_a_column_once_read_does_not_change(table):
    losses = table["loss"]
    table.append(2.0, 0.25)
    assert losses.tolist() == [2.25, 1.125, 0.5]
    losses[...] = 0
    assert table["loss"].tolist() == [2.25, 1.125, 0.5, 0.25]


def test_the_newest_value(table):
    assert table.last("loss") == 0.5
    assert Table("loss").last("loss") is None


def test_rows_can_be_forgotten(table):
    table.truncate(1)
    assert len(table) == 1 and table["loss"].tolist() == [2.25]
    table.truncate(5)
    assert len(table) == 1


@pytest.mark.parametrize("row", [(1.0,), (1.0, 2.0, 3.0)])
def test_a_row_is_complete(table, row):
    with pytest.raises(ValueError, match="a row has 2 numbers, got"):
        table.append(*row)


def test_what_is_not_finite_is_kept(table):
    table.append(2.0, float("nan"))
    table.append(2.5, float("inf"))
    assert np.isnan(table["loss"][3]) and table["loss"][4] == np.inf


def test_a_history_goes_back_as_a_whole():
    history = History()
    assert list(history.batches) == ["epoch", "loss", "accuracy", "learning_rate"]
    assert list(history.evaluations) == [
        "epoch", "training_loss", "training_accuracy", "validation_loss", "validation_accuracy",
    ]  # fmt: skip
    for i in range(5):
        history.batches.append(i, i, i, i)
    history.evaluations.append(0, 1, 2, 3, 4)
    lengths = history.lengths()
    assert lengths == (5, 1, 0, 0)
    history.batches.append(5, 5, 5, 5)
    history.evaluations.append(0, 1, 2, 3, 4)
    history.truncate(lengths)
    assert history.lengths() == lengths and history.batches["loss"].tolist() == [0, 1, 2, 3, 4]


def test_a_note_of_what_was_changed_by_hand_stays_as_long_as_the_evaluation_after_it():
    history = History()
    for row in range(3):
        history.evaluations.append(row, 1, 2, 3, 4)
    history.interventions += [Intervened(0.0, 1, "first"), Intervened(1.0, 2, "second")]
    history.truncate((0, 2))
    assert [each.intervention for each in history.interventions] == ["first"]
    history.truncate(())
    assert history.interventions == [] and history.lengths() == (0, 0, 0, 0)
