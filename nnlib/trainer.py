"""A training driven by the caller: one mini-batch, one epoch, or as many batches as fit into a given time.

The caller owns the loop, so training can be paused between any two steps and continues exactly as if it had not been.
"""

import copy
import math
from collections.abc import Generator, Iterable, Iterator
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nnlib.averaging import WeightAverage
from nnlib.batches import StepResult
from nnlib.checkpoints import DivergedError, TrainerState, evaluating_checkpoint
from nnlib.datasets import Digits, Split
from nnlib.dry_run import DryRun, dry_run
from nnlib.evaluation import Evaluation, accuracy, evaluate, evaluating
from nnlib.history import History, Intervened
from nnlib.large_batches import LargeBatch, block_size
from nnlib.losses import Loss
from nnlib.network import Network
from nnlib.optimizers import Optimizer
from nnlib.scaling import Scaling
from nnlib.schedules import Schedule
from nnlib.timeline import Timeline
from nnlib.update_sizes import copy_weights, is_recorded, spacing, update_sizes
from nnlib.workers import Workers

if TYPE_CHECKING:
    from nnlib.analysis.interventions import Intervention
    from nnlib.recipes import Recipe

DONE = object()


class Trainer:
    """Trains one network on one data set, step by step (see `gradient_descent`), as a Recipe describes it.

    `learning_rate`, `batch_size` and `l2` may be set at any time and take effect at the next step (`adjust` sets
    everything that may change). Snapshots are added to the `timeline`, if there is one. The network is evaluated at the
    end of each epoch; without `evaluate_epochs` only on request. With `Recipe.weight_average`, the average replaces the
    weights at the end of the last planned epoch.
    """

    def __init__(
        self,
        network: Network,
        loss: Loss,
        optimizer: Optimizer,
        digits: Digits,
        scaling: Scaling,
        recipe: "Recipe",
        *,
        schedule: Schedule,
        generator: np.random.Generator,
        threads: int = 1,
        timeline: Timeline | None = None,
    ) -> None:
        self.network, self.loss, self.optimizer = network, loss, optimizer
        self.digits, self.scaling = digits, scaling
        self.n_examples = len(digits.train)
        self.schedule, self.planned_epochs = schedule, recipe.epochs
        self.sampler = recipe.make_sampler(digits, generator)
        self.weight_average = WeightAverage(network, recipe.weight_average) if recipe.weight_average else None
        self.evaluate_epochs = True
        self.history = History()
        self.steps = self._steps_before = 0  # in total, and before this history began
        self.large_batch: LargeBatch | None = None  # one that is only partly done
        self._evaluation: Iterator[float | None] | None = None  # one that is only partly done
        self.evaluation_seconds = 0.0  # spent on evaluations so far
        # The state to go back to if the loss explodes: see `evaluating_checkpoint`. None until the first evaluation.
        self.last_good: TrainerState | Any = None
        self.timeline = timeline
        self.threads = threads
        self.recipe = recipe
        self.adjust(recipe)
        self.evaluate_now()

    # What may change while training

    @property
    def learning_rate(self) -> float:
        """The base rate, multiplied by the schedule (`current_learning_rate`). Raises ValueError unless positive."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        value = float(value)  # a NumPy scalar would turn float32 parameters into float64
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"the learning rate must be a positive number, got {value}")
        self._learning_rate = value

    @property
    def current_learning_rate(self) -> float:
        """The learning rate of the next step: the base rate times the schedule's factor."""
        return self._learning_rate * self.schedule(self.position / self.planned_epochs)

    @property
    def batch_size(self) -> int:
        """Examples per step; the whole training split for None. Raises ValueError below 1."""
        return self.sampler.size

    @batch_size.setter
    def batch_size(self, value: int | None) -> None:
        self.sampler.size = value
        self._spacing = spacing(self.n_examples / self.batch_size)

    @property
    def l2(self) -> float:
        """Strength of the L2 penalty (l2 / 2) sum of W^2. Raises ValueError below 0."""
        return self._l2

    @l2.setter
    def l2(self, value: float) -> None:
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"L2 must be 0 or a positive number, got {value}")
        self._l2 = float(value)

    @property
    def threads(self) -> int:
        """The number of threads that share a large batch, 1 to 64; a small batch uses one.

        They add up gradients in another order, which may change the last digits of the weights. With dropout one and
        two threads give the same bits.
        """
        return len(self.workers)

    @threads.setter
    def threads(self, value: int) -> None:
        self._abandon_batch()
        self.workers = Workers(self.network, self.loss, self.scaling, value)

    def adjust(self, recipe: "Recipe") -> None:
        """Adopt from a Recipe what may change while training, from the next step on. Another optimizer starts afresh:
        the weights are kept, its averages begin at zero."""
        if recipe.optimizer != self.recipe.optimizer:  # first: there may be too little memory for it
            self.optimizer = recipe.make_optimizer(self.network)
        self.learning_rate, self.batch_size, self.l2 = recipe.learning_rate, recipe.batch_size, recipe.l2
        self.recipe = recipe  # the settings as saved
        self.workers.set_dropout(recipe.dropout)
        self.sampler.augmentation = recipe.augmentation
        self.optimizer.adjust(momentum=recipe.momentum)

    # Progress

    @property
    def epochs(self) -> int:
        """Epochs finished."""
        return self.sampler.epochs

    @property
    def position(self) -> float:
        """Epochs done, including the fraction of the current one: 2.5 is halfway through the third."""
        return self.sampler.position

    @property
    def batch(self) -> int:
        """Batches done in the current epoch."""
        return self.sampler.batch

    @property
    def batches(self) -> int:
        """Batches in the current epoch, at the present batch size."""
        return self.sampler.batches

    # Training

    def step(self) -> StepResult:
        """One mini-batch: forward, loss, backward, update, and an evaluation if it ends an epoch. Returns a StepResult.

        Raises DivergedError, and updates nothing, if the loss is not finite.
        """
        while (result := self._work()) is None:
            pass
        self._finish_evaluation()
        return result

    def epoch(self) -> StepResult:
        """Finish the current epoch; returns the StepResult of its last batch."""
        target = self.epochs + 1
        while self.epochs < target:
            result = self.step()
        return result

    def run(self, seconds: float, to_epoch: int | None = None) -> Iterator[StepResult]:
        """Yield the StepResult of each batch until the time is used up, or `to_epoch` epochs are finished.

        A batch too large for the time is continued in the next call; this one then yields nothing.
        """
        deadline = perf_counter() + seconds
        while to_epoch is None or self.epochs < to_epoch or self.evaluating:
            result = self._work()
            if result is not None:
                yield result
            if perf_counter() >= deadline:
                return

    def _work(self) -> StepResult | None:
        """Do a mini-batch, or part of a large one or of an evaluation; returns the StepResult of a completed batch."""
        if self._evaluation is not None:
            start = perf_counter()
            if next(self._evaluation, DONE) is DONE:
                self._evaluation = None
            self.evaluation_seconds += perf_counter() - start
            return None
        with np.errstate(over="ignore", invalid="ignore"):  # the loss is checked instead
            return self._work_on_batch()

    def _work_on_batch(self) -> StepResult | None:
        if self.large_batch is None:
            rows = self.sampler.draw()
            m = rows.stop if isinstance(rows, slice) else len(rows)
            block, moves = block_size(self.network, m, len(self.workers)), self.sampler.moves(m)
            if m <= block:
                value, right = self.workers.first.gradient(self.digits.train, rows, m, self.digits.n_classes, moves)
                return self._finish_batch(m, value, right)
            self.large_batch = LargeBatch(self.workers, self.digits, rows, m, block, moves)
        if not self.large_batch.work():
            return None
        batch, self.large_batch = self.large_batch, None
        return self._finish_batch(batch.m, batch.value, batch.right)

    def _finish_batch(self, m: int, value: float, right: int) -> StepResult:
        """Update with the gradients of a batch of m examples with this summed loss and number of correct predictions,
        and count the batch; at the end of an epoch, begin an evaluation."""
        rate = self._update(m, value)
        sampler = self.sampler
        sampler.advance(m)
        self.steps += 1
        result = sampler.result(value / m, right / m)
        self.history.add_batch(self.recipe, sampler.position, result.loss, result.accuracy, rate)
        if sampler.cursor >= sampler.n:
            sampler.go_to(sampler.epochs + 1)
            if self.weight_average is not None and self.epochs == self.planned_epochs:
                self.network.parameters[...] = self.weight_average.parameters
            if self.evaluate_epochs:
                self._evaluation = evaluating_checkpoint(self)
        elif self.timeline is not None:
            self.timeline.after_batch(self)
        return result

    def _update(self, m: int, value: float, rate: float | None = None) -> float:
        """Update with the gradients of the next m examples; returns the learning rate used, by default the current one.
        Raises DivergedError if their summed loss is not finite."""
        if not math.isfinite(value):
            self._abandon_batch()
            self.workers.forget_gradients()
            raise DivergedError(self)
        self.network.add_penalty_gradient(self._l2)
        self.optimizer.learning_rate = rate = rate or self.current_learning_rate
        before = copy_weights(self.network) if is_recorded(self.steps + 1, self._spacing) else None
        self.workers.update(self.optimizer)
        self.network.update_statistics()
        if before is not None:
            position = self.epochs + (self.sampler.cursor + m) / self.n_examples
            for sizes in update_sizes(self.network, before):
                self.history.updates.append(position, *sizes)
        if self.weight_average is not None and self.epochs < self.planned_epochs:
            self.weight_average.update()
        return rate

    def learn_from(self, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> StepResult:
        """A step between two mini-batches on examples chosen by the caller: forward, loss, backward, update.

        The position in the epoch and the next mini-batch do not change. Returns a StepResult; raises DivergedError, and
        updates nothing, if the loss is not finite.
        """
        [result] = self.learn_from_each([Split(images, labels, np.arange(len(labels), dtype=np.int32))])
        return result

    def learn_from_each(
        self, batches: Iterable[Split], learning_rate: float | None = None
    ) -> Generator[StepResult, None, None]:
        """The same for several batches, at a learning rate of the caller's choice; yields a StepResult after each. The
        evaluation and the snapshot come after the last one, or when the iterator is closed."""
        self._finish_evaluation()
        self._abandon_batch()
        first, before = self.workers.first, self.steps
        try:
            for batch in batches:
                m = len(batch)
                # A few chosen examples are no sample of the digits, so their statistics are not used.
                with np.errstate(over="ignore", invalid="ignore"), self.network.frozen_statistics():
                    value, right = first.gradient(batch, slice(0, m), m, self.digits.n_classes)
                    rate = self._update(0, value, learning_rate)
                self.steps += 1
                self.history.add_batch(self.recipe, self.position, value / m, right / m, rate)
                yield self.sampler.result(value / m, right / m)
        finally:
            if self.steps > before:
                self._begin_from_changed_weights()

    def intervene(self, intervention: "Intervention") -> None:
        """Apply an Intervention between two mini-batches, and evaluate the network. The history continues and records
        it; the optimizer keeps its averages."""
        self._finish_evaluation()
        self._abandon_batch()
        if self.timeline is not None:
            self.timeline.add(self)  # to go back to
        intervention.change(self.network)
        self.history.interventions.append(Intervened(self.position, len(self.history.evaluations), intervention))
        self._begin_from_changed_weights()
        self._finish_evaluation()

    def _begin_from_changed_weights(self) -> None:
        if self.timeline is not None:
            self.timeline.add(self)
        self._evaluation = evaluating_checkpoint(self)  # same position as the last one, but new weights

    def _abandon_batch(self) -> None:
        """Discard an unfinished batch; the next step begins it again."""
        self.sampler.put_back()
        if self.large_batch is not None:
            self.large_batch.abandon()
            self.large_batch = None

    # Evaluations of the history

    @property
    def evaluating(self) -> bool:
        """Whether an evaluation is in progress: `run` does it in small parts."""
        return self._evaluation is not None

    def evaluate_now(self) -> None:
        """Add an evaluation at this position to the history, unless there is one already."""
        self.begin_evaluation()
        self._finish_evaluation()

    def begin_evaluation(self) -> None:
        """As `evaluate_now`, but left to `run`, in small parts before the next batch."""
        if not self.evaluating and self.history.evaluations.last("epoch") != np.float32(self.position):
            self._evaluation = evaluating_checkpoint(self)

    def _finish_evaluation(self) -> None:
        for _ in self.finishing_evaluation():
            pass

    def finishing_evaluation(self) -> Generator[None, None, None]:
        """Finish an evaluation in progress, in small parts."""
        while self.evaluating:
            self._work()
            yield

    # Evaluation of any split, dry runs

    def evaluate(self, split: Split) -> Evaluation:
        """The Evaluation of any split with the present weights."""
        return evaluate(self.workers, split, self.digits.n_classes)

    def evaluate_in_parts(self, split: Split) -> Generator[float, None, Evaluation]:
        """The same in small parts: yields the share done, and returns the Evaluation."""
        return evaluating(self.workers, split, self.digits.n_classes)

    def accuracy(self, split: Split) -> float:
        """The accuracy on any split, with test-time augmentation if the recipe says so."""
        digits, augmented = self.digits, self.recipe.test_time_augmentation
        return accuracy(self.workers, split, digits.n_classes, augmented, digits.image_shape)

    def dry_run(self, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> DryRun:
        """The DryRun of a step on these examples, (m, pixels) uint8 and (m,); nothing is updated."""
        return dry_run(self, images, labels)

    # Going back

    def state(self) -> TrainerState:
        """A TrainerState: a copy of everything the next step depends on."""
        return TrainerState.of(self)

    def twin(
        self,
        state: TrainerState,
        history: History | None = None,
        last_good: TrainerState | None = None,
        recipe: "Recipe | None" = None,
    ) -> "Trainer":
        """An independent trainer at a state of this one, with the present settings and no timeline. Nothing is
        evaluated. If training has branched since, pass the `history`, `last_good` and `recipe` that belong to the
        state."""
        twin = copy.copy(self)
        twin.timeline = twin.large_batch = twin._evaluation = None
        twin.network, twin.loss = self.network.astype(self.network.dtype), type(self.loss)()
        twin.optimizer, twin.sampler = self.optimizer.twin(twin.network), self.sampler.twin()
        if self.weight_average is not None:
            twin.weight_average = WeightAverage(twin.network, self.weight_average.decay)
        twin.history = (history or self.history).until(state.history)
        twin.last_good = last_good or self.last_good
        twin.threads = self.threads
        if recipe is not None:
            twin.adjust(recipe)
        twin.restore(state)
        return twin

    def restore(self, state: TrainerState) -> None:
        """Go back to a state of this training exactly, in place; the history and the timeline are cut accordingly."""
        self._abandon_batch()
        state.apply_to(self)
        self.steps = self._steps_before + len(self.history.batches)
        self._evaluation = None
        if not self.sampler.cursor:
            self.begin_evaluation()  # the state may precede the end of the epoch's evaluation

    def go_on_from(self, parameters: NDArray, epochs: int) -> None:
        """Adopt weights trained elsewhere for this many epochs; the history begins there."""
        self._abandon_batch()
        self.network.parameters[...] = parameters
        if self.weight_average is not None:
            self.weight_average.reset()
        self.sampler.go_to(epochs)
        self.steps = self._steps_before = epochs * self.batches
        self.history.truncate(())
        if self.timeline is not None:
            self.timeline.cut(())
        self.last_good = self._evaluation = None
        self.evaluate_now()
