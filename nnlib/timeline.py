"""Snapshots along a training, bounded in memory: where to look back to, and where to go on from exactly.

There is one at every epoch's end and, in the first epoch, after 0, 1, 2, 4, 8, ... batches, where most happens. When
they take too much memory, the one whose two neighbours are closest together goes; never the first, the newest of a
branch, or the one looked at.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from nnlib.checkpoints import TrainerState
from nnlib.evaluation import Evaluation

if TYPE_CHECKING:
    from nnlib.trainer import Trainer

MOST_BYTES = 64 * 2**20


@dataclass(eq=False)
class Moment:
    """A place in a training: its TrainerState, the steps and epochs done by then, and the Evaluation of the validation
    split with the weights as they were, None where there is none yet. `interventions` counts what had been changed by
    hand by then."""

    state: TrainerState
    steps: int
    position: float
    evaluation: Evaluation | None = None
    interventions: int = 0

    @property
    def place(self) -> tuple[int, int]:
        """(steps, changes by hand) done by then: greater for whatever comes later."""
        return self.steps, self.interventions

    @property
    def nbytes(self) -> int:
        """Its memory, without what it shares with others: the order of its epoch, and the labels."""
        remembered = [*self.state.optimizer.values(), *self.state.average.values()]
        arrays = [self.state.parameters, *(each for each in remembered if isinstance(each, np.ndarray))]
        if self.evaluation is not None:
            arrays += [self.evaluation.scores, self.evaluation.losses, self.evaluation.predicted]
        return sum(array.nbytes for array in arrays)


class Timeline:
    """`moments`, in order of time, of one training; a Trainer that has a timeline adds to it by itself.

    A timeline and its branches never take more than `most_bytes` together. `looked_at` is a Moment that stays as long
    as it is looked at. Where not even those fit that always stay, those branches go that were left longest ago, and of
    the last one as many of them are kept as do fit, the newest first.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self.moments: list[Moment] = []
        self.looked_at: Moment | None = None
        self._family = [self]  # the same list for all branches, in the order in which they were gone on last

    def branch(self, moment: Moment) -> "Timeline":
        """A timeline of another way on from a moment of this one, with which it shares what was before."""
        branch = Timeline(self.most_bytes)
        branch.moments = [*self.until(moment), moment]
        branch._family = self._family
        self._family.append(branch)
        branch._thin()
        return branch

    def until(self, moment: Moment) -> list[Moment]:
        """The moments before this one, which need not be among them."""
        if moment in self.moments:
            return self.moments[: self.moments.index(moment)]
        return [each for each in self.moments if each.steps < moment.steps]

    def go_on(self) -> None:
        """Be the branch that is gone on last."""
        self._family.remove(self)
        self._family.append(self)

    def forget(self) -> None:
        """Leave the family: what no other branch holds is gone."""
        self._family.remove(self)
        self.moments, self._family = [], [self]

    def everything(self) -> list[Moment]:
        """All moments of this timeline and its branches, each once."""
        return list({id(moment): moment for timeline in self._family for moment in timeline.moments}.values())

    @property
    def nbytes(self) -> int:
        """The memory of everything; the order of an epoch, which the moments in it share, is counted once."""
        moments = self.everything()
        orders = {id(m.state.order): m.state.order.nbytes for m in moments if m.state.order is not None}
        return sum(moment.nbytes for moment in moments) + sum(orders.values())

    def after_batch(self, trainer: "Trainer") -> None:
        """What a trainer calls after a batch within an epoch: adds a moment after 1, 2, 4, 8, ... of the first one."""
        if trainer.epochs == 0 and trainer.batch.bit_count() == 1:
            self.add(trainer)

    def after_evaluation(self, trainer: "Trainer", evaluation: Evaluation) -> TrainerState | None:
        """What a trainer calls when it has evaluated the validation split: adds a moment at an epoch's end. Returns the
        state of the moment at this very step, or None if there is none."""
        newest = self.at(trainer)
        if newest is not None:
            newest.state = replace(newest.state, history=trainer.history.lengths())
            self.keep_evaluation(newest, evaluation)
        elif trainer.batch == 0:
            newest = self.add(trainer, evaluation)
        else:
            return None
        return newest.state

    def add(self, trainer: "Trainer", evaluation: Evaluation | None = None) -> Moment:
        """The Moment at which a trainer stands, as the newest; the one that there is, if it is the same step."""
        newest = self.at(trainer)
        if newest is not None:
            return newest
        by_hand = len(trainer.history.interventions)
        moment = Moment(trainer.state(), trainer.steps, trainer.position, evaluation, by_hand)
        self.moments.append(moment)
        self._thin()
        return moment

    def at(self, trainer: "Trainer") -> Moment | None:
        """The moment at which the trainer that adds to this timeline stands, or None."""
        newest = self.moments[-1] if self.moments else None
        here = trainer.steps, len(trainer.history.interventions)
        return newest if newest is not None and newest.place == here else None

    def keep_evaluation(self, moment: Moment, evaluation: Evaluation) -> None:
        """Keep with a moment what its network makes of the validation split."""
        moment.evaluation = evaluation
        self._thin()

    def cut(self, history: tuple[int, ...]) -> None:
        """Forget all moments after this point of the history, as a TrainerState names it."""
        self.moments = [moment for moment in self.moments if moment.state.history <= history]

    def clear(self) -> None:
        """Forget all moments."""
        self.moments = []

    def _thin(self) -> None:
        while self.nbytes > self.most_bytes and self.moments:
            moment = self._least_missed()
            if moment is None:
                self._family[0].forget()
                continue
            for timeline in self._family:
                if moment in timeline.moments:
                    timeline.moments.remove(moment)

    def _least_missed(self) -> Moment | None:
        """The moment whose neighbours lie closest together, the latest of those. If all must stay: None where there are
        other branches, else the first one that nobody looks at, and the newest last."""
        gaps: dict[int, tuple[float, Moment]] = {}
        stay: set[int] = set()
        for timeline in self._family:
            moments = timeline.moments
            stay |= {id(moment) for moment in (*moments[:1], *moments[-1:], timeline.looked_at)}
            for before, moment, after in zip(moments, moments[1:], moments[2:], strict=False):
                gap, _ = gaps.get(id(moment), (0.0, None))  # of several, the branch that would miss it most
                gaps[id(moment)] = max(gap, after.position - before.position), moment
        inner = [found for key, found in gaps.items() if key not in stay]
        if inner:
            return min(inner, key=lambda found: (found[0], -found[1].position, -found[1].steps))[1]
        if len(self._family) > 1:
            return None
        return next((each for each in self.moments[:-1] if each is not self.looked_at), self.moments[0])
