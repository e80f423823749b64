"""The state of a training, to continue from exactly, and the last state worth going back to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nnlib.inactive_units import finding_active_units, sample_size

if TYPE_CHECKING:
    from nnlib.trainer import Trainer

SOUND = 1.5  # a state is worth going back to up to this multiple of the best validation loss
SAMPLE = 5_000  # training examples evaluated along with the validation split


@dataclass(frozen=True, eq=False)
class TrainerState:
    """Everything the next step depends on, except what the caller sets (learning rate, batch size, L2, dropout), and
    the length of the history. It does not change as training continues.

    `generators` are the states of the random generators of the batches and of dropout's masks; `average` is the state
    of the WeightAverage, empty without one.
    """

    parameters: NDArray
    optimizer: dict[str, Any]
    epochs: int
    cursor: int
    batch: int
    order: NDArray[np.int32] | None
    generators: tuple[Mapping[str, Any], Mapping[str, Any]]
    history: tuple[int, ...] = (0, 0)
    average: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, trainer: "Trainer") -> "TrainerState":
        """The present state of a trainer; an unfinished batch counts as not begun."""
        sampler, large_batch, average = trainer.sampler, trainer.large_batch, trainer.weight_average
        masks = trainer.network.generator.bit_generator.state if large_batch is None else large_batch.masks_before
        return cls(
            trainer.network.parameters.copy(),
            trainer.optimizer.state(),
            sampler.epochs,
            sampler.cursor,
            sampler.batch,
            sampler.order,
            (sampler.generator.bit_generator.state, masks),
            trainer.history.lengths(),
            {} if average is None else average.state(),
        )

    def apply_to(self, trainer: "Trainer") -> None:
        """Restore a trainer to this state, in place; its history and timeline are cut accordingly."""
        trainer.network.parameters[...] = self.parameters
        trainer.optimizer.restore(self.optimizer)
        if trainer.weight_average is not None:
            trainer.weight_average.restore(self.average)
        trainer.sampler.go_to(self.epochs, self.cursor, self.batch, self.order)
        generators = trainer.sampler.generator, trainer.network.generator
        for generator, state in zip(generators, self.generators, strict=True):
            generator.bit_generator.state = state
        trainer.history.truncate(self.history)
        if trainer.timeline is not None:
            trainer.timeline.cut(self.history)
        if trainer.last_good.history > self.history:  # it is in the future now
            trainer.last_good = self


class DivergedError(ArithmeticError):
    """The loss of a trainer's next batch is not finite. `state` is the last TrainerState worth going back to
    (`Trainer.last_good`). Its parameters are finite, unless the initial ones were not and none since."""

    def __init__(self, trainer: "Trainer") -> None:
        super().__init__(
            f"training diverged: the loss of batch {trainer.batch + 1} in epoch {trainer.epochs + 1} is not finite "
            f"(learning rate {trainer.current_learning_rate:g})"
        )
        self.state: TrainerState = trainer.last_good


def evaluating_checkpoint(trainer: "Trainer") -> Iterator[float | None]:
    """Evaluate a sample of the training split and the validation split, and find the active units, in small parts:
    yields between them. Then add the results to the trainer's history, and a snapshot to its timeline.

    `trainer.last_good` becomes the present state if the validation loss is at most 1.5 times the best so far and all
    parameters are finite, or if there is none yet.
    """
    digits = trainer.digits
    training = yield from trainer.evaluate_in_parts(digits.train.take(min(SAMPLE, trainer.n_examples)))
    validation = yield from trainer.evaluate_in_parts(digits.validation)
    images = digits.validation.images[: sample_size(trainer.network)]
    for active in finding_active_units(trainer.workers.first, images):  # noqa: B007 - only the last is used
        yield None
    trainer.history.add_evaluation(trainer.position, training, validation, active)
    snapshot = None if trainer.timeline is None else trainer.timeline.after_evaluation(trainer, validation)
    best = np.fmin.reduce(trainer.history.evaluations["validation_loss"])  # ignores NaN
    sound = validation.loss <= SOUND * best and np.isfinite(trainer.network.parameters).all()
    if trainer.last_good is None or sound:
        trainer.last_good = snapshot or trainer.state()
