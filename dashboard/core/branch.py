"""A branch of the training. Continuing from an earlier snapshot starts another one; the branch left behind can be
chosen again, and its curves stay for comparison.
"""

from dataclasses import dataclass

import numpy as np

from nnlib.checkpoints import SOUND, TrainerState
from nnlib.history import History
from nnlib.recipes import Recipe
from nnlib.timeline import Snapshot, Timeline


@dataclass(eq=False)
class Branch:
    """`number` counts from 1; `began` is the position in epochs where it left another branch, None for the first one;
    `history` and `recipe` are as they were when it was left; `taught` tells whether it began with the visitor's own
    digits."""

    number: int
    began: float | None
    timeline: Timeline
    history: History
    recipe: Recipe
    taught: bool = False

    @property
    def end(self) -> Snapshot:
        """Its newest snapshot."""
        return self.timeline.snapshots[-1]

    @property
    def name(self) -> str:
        """Such as "2: from epoch 3.00"; it stays the same as training continues."""
        if self.taught:
            return f"{self.number}: mine, epoch {self.began:.2f}"
        return f"{self.number}: from {'the start' if self.began is None else f'epoch {self.began:.2f}'}"

    def last_good(self) -> TrainerState:
        """The state to return to if its loss explodes: the newest snapshot whose loss is still near the best."""
        best = np.fmin.reduce(self.history.evaluations["validation_loss"])
        sound = (
            snapshot.state
            for snapshot in reversed(self.timeline.snapshots)
            if snapshot.evaluation and snapshot.evaluation.loss <= SOUND * best and is_finite(snapshot)
        )
        return next(sound, self.timeline.snapshots[0].state)


def is_finite(snapshot: Snapshot) -> bool:
    """Whether all weights are finite."""
    return bool(np.isfinite(snapshot.state.parameters).all())
