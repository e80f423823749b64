"""What happened so far: one row per mini-batch and one per evaluation, in compact columns."""

from array import array

import numpy as np


class Table:
    """Named columns of numbers, appended row by row, read as NumPy arrays. Four bytes a number."""

    def __init__(self, *columns):
        self._columns = {name: array("f") for name in columns}

    def append(self, *row):
        """Add one row, in the order of the columns."""
        for column, value in zip(self._columns.values(), row, strict=True):
            column.append(value)

    def __len__(self):
        return len(next(iter(self._columns.values())))

    def __getitem__(self, name):
        return np.array(self._columns[name], np.float32)

    def __iter__(self):
        return iter(self._columns)

    def last(self, name):
        """The newest value of a column, or None in an empty table."""
        column = self._columns[name]
        return column[-1] if column else None

    def until(self, rows):
        """A table of the first so many rows."""
        table = Table()
        table._columns = {name: column[:rows] for name, column in self._columns.items()}
        return table

    def truncate(self, rows):
        """Forget all rows after the first so many, in place."""
        for column in self._columns.values():
            del column[rows:]


class History:
    """`batches`: position, loss, accuracy, learning rate of every step. `evaluations`: position, and loss and accuracy
    on the training sample and on the validation split.

    Positions are in epochs, counted in examples: 2.5 is halfway through the third epoch, whatever the batch size was.
    The loss is the data's part, without the L2 penalty, so that training and validation can be compared.
    """

    def __init__(self):
        self.batches = Table("epoch", "loss", "accuracy", "learning_rate")
        self.evaluations = Table(
            "epoch", "training_loss", "training_accuracy", "validation_loss", "validation_accuracy"
        )

    def lengths(self):
        """(batches, evaluations) so far, for `truncate`."""
        return len(self.batches), len(self.evaluations)

    def until(self, lengths):
        """A history that ends at earlier lengths."""
        history = History()
        history.batches, history.evaluations = self.batches.until(lengths[0]), self.evaluations.until(lengths[1])
        return history

    def truncate(self, lengths):
        """Go back to earlier lengths, in place."""
        self.batches.truncate(lengths[0])
        self.evaluations.truncate(lengths[1])
