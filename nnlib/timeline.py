"""Snapshots along a training, bounded in memory: where to look back to, and where to go on from exactly.

There is one at every epoch's end and, in the first epoch, after 0, 1, 2, 4, 8, ... batches, where most happens. When
they take too much memory, the one whose two neighbours are closest together goes; never the first, the newest of a
branch, or the one looked at.
"""

from dataclasses import dataclass, replace

import numpy as np

from nnlib.evaluation import Evaluation

MOST_BYTES = 64 * 2**20


@dataclass(eq=False)
class Snapshot:
    """A place in a training: its TrainerState, the steps and epochs done by then, and the Evaluation of the validation
    split with the weights as they were, None where there is none yet. `interventions` counts what had been changed by
    hand by then."""

    state: object
    steps: int
    position: float
    evaluation: Evaluation | None = None
    interventions: int = 0

    @property
    def place(self):
        """(steps, changes by hand) done by then: greater for whatever comes later."""
        return self.steps, self.interventions

    @property
    def nbytes(self):
        """Its memory, without what it shares with others: the order of its epoch, and the labels."""
        remembered = [*self.state.optimizer.values(), *self.state.average.values()]
        arrays = [self.state.parameters, *(each for each in remembered if isinstance(each, np.ndarray))]
        if self.evaluation is not None:
            arrays += [self.evaluation.scores, self.evaluation.losses, self.evaluation.predicted]
        return sum(array.nbytes for array in arrays)


class Timeline:
    """`snapshots`, in order of time, of one training; a Trainer that has a timeline adds to it by itself.

    A timeline and its branches never take more than `most_bytes` together. `looked_at` is a Snapshot that stays as long
    as it is looked at. Where not even those fit that always stay, those branches go that were left longest ago, and of
    the last one as many of them are kept as do fit, the newest first.
    """

    def __init__(self, most_bytes=MOST_BYTES):
        self.most_bytes = most_bytes
        self.snapshots = []
        self.looked_at = None
        self._family = [self]  # the same list for all branches, in the order in which they were gone on last

    def branch(self, snapshot):
        """A timeline of another way on from a snapshot of this one, with which it shares what was before."""
        branch = Timeline(self.most_bytes)
        branch.snapshots = [*self.until(snapshot), snapshot]
        branch._family = self._family
        self._family.append(branch)
        branch._thin()
        return branch

    def until(self, snapshot):
        """The snapshots before this one, which need not be among them."""
        if snapshot in self.snapshots:
            return self.snapshots[: self.snapshots.index(snapshot)]
        return [each for each in self.snapshots if each.steps < snapshot.steps]

    def go_on(self):
        """Be the branch that is gone on last."""
        self._family.remove(self)
        self._family.append(self)

    def forget(self):
        """Leave the family: what no other branch holds is gone."""
        self._family.remove(self)
        self.snapshots, self._family = [], [self]

    def everything(self):
        """All snapshots of this timeline and its branches, each once."""
        return list({id(snapshot): snapshot for timeline in self._family for snapshot in timeline.snapshots}.values())

    @property
    def nbytes(self):
        """The memory of everything; the order of an epoch, which the snapshots in it share, is counted once."""
        snapshots = self.everything()
        orders = {id(m.state.order): m.state.order.nbytes for m in snapshots if m.state.order is not None}
        return sum(snapshot.nbytes for snapshot in snapshots) + sum(orders.values())

    def after_batch(self, trainer):
        """Add a snapshot after 1, 2, 4, 8, ... batches of the first epoch; called by the trainer."""
        if trainer.epochs == 0 and trainer.batch.bit_count() == 1:
            self.add(trainer)

    def after_evaluation(self, trainer, evaluation):
        """Add a snapshot at the end of an epoch; called by the trainer after it evaluated the validation split. Returns
        the state of the snapshot at this step, or None if there is none."""
        newest = self.at(trainer)
        if newest is not None:
            newest.state = replace(newest.state, history=trainer.history.lengths())
            self.keep_evaluation(newest, evaluation)
        elif trainer.batch == 0:
            newest = self.add(trainer, evaluation)
        else:
            return None
        return newest.state

    def add(self, trainer, evaluation=None):
        """The Snapshot at which a trainer stands, as the newest; the one that there is, if it is the same step."""
        if self.at(trainer) is not None:
            return self.at(trainer)
        by_hand = len(trainer.history.interventions)
        snapshot = Snapshot(trainer.state(), trainer.steps, trainer.position, evaluation, by_hand)
        self.snapshots.append(snapshot)
        self._thin()
        return snapshot

    def at(self, trainer):
        """The snapshot at which the trainer that adds to this timeline stands, or None."""
        newest = self.snapshots[-1] if self.snapshots else None
        here = trainer.steps, len(trainer.history.interventions)
        return newest if newest is not None and newest.place == here else None

    def keep_evaluation(self, snapshot, evaluation):
        """Keep with a snapshot what its network makes of the validation split."""
        snapshot.evaluation = evaluation
        self._thin()

    def cut(self, history):
        """Forget all snapshots after this point of the history, as a TrainerState names it."""
        self.snapshots = [snapshot for snapshot in self.snapshots if snapshot.state.history <= history]

    def clear(self):
        """Forget all snapshots."""
        self.snapshots = []

    def _thin(self):
        while self.nbytes > self.most_bytes and self.snapshots:
            snapshot = self._least_missed()
            if snapshot is None:
                self._family[0].forget()
                continue
            for timeline in self._family:
                if snapshot in timeline.snapshots:
                    timeline.snapshots.remove(snapshot)

    def _least_missed(self):
        """The snapshot whose neighbours are closest together; of several, the latest. If all must stay: None where
        there are other branches, otherwise the first one not looked at, the newest last."""
        gaps, stay = {}, set()
        for timeline in self._family:
            snapshots = timeline.snapshots
            stay |= {id(snapshot) for snapshot in (*snapshots[:1], *snapshots[-1:], timeline.looked_at)}
            for before, snapshot, after in zip(snapshots, snapshots[1:], snapshots[2:], strict=False):
                gap, _ = gaps.get(id(snapshot), (0.0, None))  # of several, the branch that would miss it most
                gaps[id(snapshot)] = max(gap, after.position - before.position), snapshot
        inner = [found for key, found in gaps.items() if key not in stay]
        if inner:
            return min(inner, key=lambda found: (found[0], -found[1].position, -found[1].steps))[1]
        if len(self._family) > 1:
            return None
        return next((each for each in self.snapshots[:-1] if each is not self.looked_at), self.snapshots[0])
