"""Dates of figures: a figure is of now, or it carries the epoch at which it was measured."""

import numpy as np

from nnlib.trainer import Trainer


def epoch(position: float) -> str:
    """`epoch 3`, `epoch 0.49`."""
    return f"epoch {position:.2f}".removesuffix(".00")


def newest_evaluation(trainer: Trainer) -> str:
    """The epoch of the newest evaluation in the history, empty if it is one of the present weights."""
    position = trainer.history.evaluations.last("epoch")
    if position is None or (position == np.float32(trainer.position) and not trainer.evaluating):
        return ""
    return epoch(position)
