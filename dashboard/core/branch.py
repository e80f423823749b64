"""One way a training went. Going on from an earlier moment begins another branch; the one that is left can be chosen
again, and its curves stay to compare with.
"""

from dataclasses import dataclass

import numpy as np

from nnlib.checkpoints import SOUND, TrainerState
from nnlib.history import History
from nnlib.recipes import Recipe
from nnlib.timeline import Moment, Timeline


@dataclass(eq=False)
class Branch:
    """`number` counts from 1; `began` is the position (epochs) where it left another branch, None for the first one.
    Where it ended is the newest of its moments; `history` and `recipe` are those it was left with."""

    number: int
    began: float | None
    timeline: Timeline
    history: History
    recipe: Recipe

    @property
    def end(self) -> Moment:
        return self.timeline.moments[-1]

    @property
    def name(self) -> str:
        """Such as "2: from epoch 3.00". It does not change as the training goes on."""
        return f"{self.number}: from {'the start' if self.began is None else f'epoch {self.began:.2f}'}"

    def last_good(self) -> TrainerState:
        """Where to go back to if its loss explodes, of the moments that are left."""
        best = np.fmin.reduce(self.history.evaluations["validation_loss"])
        sound = (
            moment.state
            for moment in reversed(self.timeline.moments)
            if moment.evaluation and moment.evaluation.loss <= SOUND * best and is_finite(moment)
        )
        return next(sound, self.timeline.moments[0].state)


def is_finite(moment: Moment) -> bool:
    """Whether all weights are finite numbers."""
    return bool(np.isfinite(moment.state.parameters).all())
