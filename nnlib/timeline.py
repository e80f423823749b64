"""Snapshots of a training, bounded in memory: to look back at, and to continue from exactly.

One is taken at the end of every epoch and, in the first epoch, after 0, 1, 2, 4, 8, ... batches, where most happens.
When they take too much memory, old ones are thinned out: the one whose two neighbours are closest together is removed,
but never the first, the newest of a branch, or the one on display.
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
class Snapshot:
    """A point in a training: the TrainerState, the steps and epochs done (`position`), the Evaluation of the validation
    split, None until there is one, and the number of `interventions` made by hand."""

    state: TrainerState
    steps: int
    position: float
    evaluation: Evaluation | None = None
    interventions: int = 0

    @property
    def place(self) -> tuple[int, int]:
        """(steps, changes by hand) so far: increases with time."""
        return self.steps, self.interventions

    @property
    def nbytes(self) -> int:
        """Memory in bytes, without the parts shared with other snapshots: the order of the epoch, and the labels."""
        remembered = [*self.state.optimizer.values(), *self.state.average.values()]
        arrays = [self.state.parameters, *(each for each in remembered if isinstance(each, np.ndarray))]
        if self.evaluation is not None:
            arrays += [self.evaluation.scores, self.evaluation.losses, self.evaluation.predicted]
        return sum(array.nbytes for array in arrays)


class Timeline:
    """The `snapshots` of one training, in order of time; a Trainer with a timeline adds them itself.

    A timeline and its branches together never take more than `most_bytes`. `looked_at` is the Snapshot on display,
    which is kept. If even the snapshots that are always kept do not fit, the least recently used branches are removed;
    the last branch then keeps as many as fit, the newest first.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self.snapshots: list[Snapshot] = []
        self.looked_at: Snapshot | None = None
        self._family = [self]  # the same list for all branches, the most recently used last

    def branch(self, snapshot: Snapshot) -> "Timeline":
        """A new timeline that continues from a snapshot of this one and shares all earlier snapshots."""
        branch = Timeline(self.most_bytes)
        branch.snapshots = [*self.until(snapshot), snapshot]
        branch._family = self._family
        self._family.append(branch)
        branch._thin()
        return branch

    def until(self, snapshot: Snapshot) -> list[Snapshot]:
        """The snapshots before this one, which need not belong to this timeline."""
        if snapshot in self.snapshots:
            return self.snapshots[: self.snapshots.index(snapshot)]
        return [each for each in self.snapshots if each.steps < snapshot.steps]

    def limit(self, most_bytes: int) -> None:
        """Thin out this timeline and its branches to so many bytes together, and never take more from now on."""
        for timeline in self._family:
            timeline.most_bytes = most_bytes
        self._thin()

    def go_on(self) -> None:
        """Become the most recently used branch."""
        self._family.remove(self)
        self._family.append(self)

    def forget(self) -> None:
        """Drop this branch and its snapshots; other branches keep those they share."""
        self._family.remove(self)
        self.snapshots, self._family = [], [self]

    def everything(self) -> list[Snapshot]:
        """All snapshots of this timeline and its branches, without duplicates."""
        return list({id(snapshot): snapshot for timeline in self._family for snapshot in timeline.snapshots}.values())

    @property
    def nbytes(self) -> int:
        """Memory of `everything` in bytes; the order of an epoch, shared by its snapshots, is counted once."""
        snapshots = self.everything()
        orders = {id(m.state.order): m.state.order.nbytes for m in snapshots if m.state.order is not None}
        return sum(snapshot.nbytes for snapshot in snapshots) + sum(orders.values())

    def after_batch(self, trainer: "Trainer") -> None:
        """Add a snapshot after 1, 2, 4, 8, ... batches of the first epoch; called by the trainer."""
        if trainer.epochs == 0 and trainer.batch.bit_count() == 1:
            self.add(trainer)

    def after_evaluation(self, trainer: "Trainer", evaluation: Evaluation) -> TrainerState | None:
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

    def add(self, trainer: "Trainer", evaluation: Evaluation | None = None) -> Snapshot:
        """The Snapshot of the trainer as it stands, added unless this step already has one."""
        newest = self.at(trainer)
        if newest is not None:
            return newest
        by_hand = len(trainer.history.interventions)
        snapshot = Snapshot(trainer.state(), trainer.steps, trainer.position, evaluation, by_hand)
        self.snapshots.append(snapshot)
        self._thin()
        return snapshot

    def at(self, trainer: "Trainer") -> Snapshot | None:
        """The snapshot of the trainer's present step, or None; `trainer` is the one that adds to this timeline."""
        newest = self.snapshots[-1] if self.snapshots else None
        here = trainer.steps, len(trainer.history.interventions)
        return newest if newest is not None and newest.place == here else None

    def keep_evaluation(self, snapshot: Snapshot, evaluation: Evaluation) -> None:
        """Store the evaluation of a snapshot's network on the validation split."""
        snapshot.evaluation = evaluation
        self._thin()

    def cut(self, history: tuple[int, ...]) -> None:
        """Remove all snapshots after this point of the history (`TrainerState.history`); () removes everything."""
        self.snapshots = [snapshot for snapshot in self.snapshots if snapshot.state.history <= history]

    def _thin(self) -> None:
        while self.nbytes > self.most_bytes and self.snapshots:
            snapshot = self._least_missed()
            if snapshot is None:
                self._family[0].forget()
                continue
            for timeline in self._family:
                if snapshot in timeline.snapshots:
                    timeline.snapshots.remove(snapshot)

    def _least_missed(self) -> Snapshot | None:
        """The snapshot whose neighbours are closest together; of several, the latest. If all must stay: None where
        there are other branches, otherwise the first one not on display, the newest last."""
        gaps: dict[int, tuple[float, Snapshot]] = {}
        stay: set[int] = set()
        for timeline in self._family:
            snapshots = timeline.snapshots
            stay |= {id(snapshot) for snapshot in (*snapshots[:1], *snapshots[-1:], timeline.looked_at)}
            for before, snapshot, after in zip(snapshots, snapshots[1:], snapshots[2:], strict=False):
                gap, _ = gaps.get(id(snapshot), (0.0, None))  # the largest gap over all branches that share it
                gaps[id(snapshot)] = max(gap, after.position - before.position), snapshot
        inner = [found for key, found in gaps.items() if key not in stay]
        if inner:
            return min(inner, key=lambda found: (found[0], -found[1].position, -found[1].steps))[1]
        if len(self._family) > 1:
            return None
        return next((each for each in self.snapshots[:-1] if each is not self.looked_at), self.snapshots[0])
