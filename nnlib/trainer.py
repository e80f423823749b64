"""A training that the caller pulls: one mini-batch, one epoch, or as many batches as fit into a time.

It never runs away with the loop, so it can be paused between any two steps and goes on exactly as if it had not been.
"""

import copy
import math
from dataclasses import dataclass, field
from itertools import chain
from time import perf_counter
from typing import NamedTuple

import numpy as np

from nnlib.augmentation import Augmentation
from nnlib.datasets import Split
from nnlib.dry_run import rehearse
from nnlib.evaluation import evaluate, evaluating
from nnlib.history import History, Intervened
from nnlib.inactive_units import sample_size, taking_part
from nnlib.scratch import scratch
from nnlib.workers import Workers

SOUND = 1.5  # times the best validation loss: up to here a state is worth going back to
DONE = object()
WORTH_SHARING = 20_000_000  # multiplications: 1 ms of work, of which two threads save a third
TURN = 4  # blocks that a worker does one after the other: each handing over takes 0.05 ms
SAMPLE = 5_000  # training examples evaluated beside the validation split
RECORDED = 10  # updates of an epoch whose sizes are recorded, besides those of steps 1, 2, 4, 8, ...
SPACING = 32  # steps from one of them to the next, at least: recording takes about as long as a small step


class StepResult(NamedTuple):
    """One mini-batch: `epoch` counts from 1, `batch` of `batches` from 1 in this epoch; loss (without the L2 penalty)
    and accuracy on the batch, before the update."""

    epoch: int
    batch: int
    batches: int
    loss: float
    accuracy: float


@dataclass(frozen=True, eq=False)
class TrainerState:
    """Everything the next step depends on, except what the caller sets (learning rate, batch size, L2, dropout), and
    how long the history was. Nothing in it changes as the training goes on."""

    parameters: np.ndarray
    optimizer: dict
    epochs: int
    cursor: int
    batch: int
    order: np.ndarray | None
    generators: tuple
    history: tuple = field(default=(0, 0))


class DivergedError(ArithmeticError):
    """The loss is not finite any more. `state` is the last TrainerState worth going back to
    (`Trainer.last_good`), all finite."""

    def __init__(self, message, state):
        super().__init__(message)
        self.state = state


class Trainer:
    """Trains one network on one data set, step by step.

    A step is the same four calls everywhere: `scores = network.forward(X)`, `loss.forward(scores, Y)`,
    `network.backward(loss.backward())`, `optimizer.update()`. `learning_rate`, `batch_size`, `l2` and `augmentation`
    may be set at any moment and take effect at the next step (`adjust` sets all that a Recipe knows). `batch_size` None
    is the full batch. A `timeline`, if there is one, is given a snapshot now and then.
    Every `evaluate_every` epochs the network is evaluated; None: only when the caller asks.
    """

    def __init__(
        self,
        network,
        loss,
        optimizer,
        digits,
        scaling,
        *,
        batch_size=64,
        schedule=None,
        planned_epochs=20,
        l2=0.0,
        generator=None,
        recipe=None,
        threads=1,
        timeline=None,
    ):
        self.network, self.loss, self.optimizer = network, loss, optimizer
        self.digits, self.scaling, self.recipe = digits, scaling, recipe
        self.n_examples = len(digits.train)
        self.schedule, self.planned_epochs = schedule, planned_epochs
        self.learning_rate = optimizer.learning_rate
        self.batch_size = batch_size
        self.l2 = l2
        self.augmentation = Augmentation()
        self.evaluate_every = 1
        self.generator = generator or np.random.default_rng()
        # Moves have a source of their own, one for each batch: switching them on changes nothing else, and a state
        # need not know them.
        self._moves_seed = int(self.generator.bit_generator.seed_seq.generate_state(1)[0])
        self.history = History()
        self.epochs = 0  # finished
        self.steps = self._steps_before = 0  # in all, and of those the ones before this history began
        self._cursor = 0  # examples of this epoch already used
        self._batch = 0  # batches of this epoch already used
        self._order = None
        self._open = None  # a large batch that is only partly done
        self._evaluation = None  # one that is only partly done
        self._last_good = None
        self.timeline = timeline
        self.threads = threads
        self.evaluate_now()

    @classmethod
    def from_recipe(cls, recipe, digits, seed=None):
        """The trainer a Recipe describes, on digits as `load_mnist` returns them. `seed` replaces the recipe's."""
        return recipe.trainer(digits, seed)

    # What may change while training

    @property
    def learning_rate(self):
        """The rate chosen; the schedule multiplies it (`current_learning_rate`). Raises ValueError unless positive."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value):
        value = float(value)  # a NumPy scalar would turn float32 parameters into float64
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"the learning rate must be a positive number, got {value}")
        self._learning_rate = value

    @property
    def current_learning_rate(self):
        """What the next step uses: the rate chosen times the schedule's factor."""
        if self.schedule is None:
            return self._learning_rate
        return self._learning_rate * self.schedule(self.position / self.planned_epochs)

    @property
    def batch_size(self):
        """Examples per step; the whole training split for None. Raises ValueError below 1."""
        return min(self._batch_size or self.n_examples, self.n_examples)

    @batch_size.setter
    def batch_size(self, value):
        if value is not None and int(value) < 1:
            raise ValueError(f"the batch size must be at least 1, got {value}")
        self._batch_size = None if value is None else int(value)
        self._spacing = max(SPACING, math.ceil(self.n_examples / self.batch_size / RECORDED))

    @property
    def l2(self):
        """Strength of the L2 penalty (l2 / 2) sum of W^2. Raises ValueError below 0."""
        return self._l2

    @l2.setter
    def l2(self, value):
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"L2 must be 0 or a positive number, got {value}")
        self._l2 = float(value)

    @property
    def threads(self):
        """How many threads share the blocks of a large batch; small batches are one block. 1 to 64."""
        return len(self.workers)

    @threads.setter
    def threads(self, value):
        self._abandon()
        self.workers = Workers(self.network, self.loss, self.scaling, value)

    def adjust(self, recipe):
        """Take over from a Recipe what may change while training, from the next step on."""
        self.learning_rate, self.batch_size, self.l2 = (recipe.learning_rate, recipe.batch_size, recipe.l2)
        self.recipe = recipe  # what is saved are the settings as they are
        self.workers.set_dropout(recipe.dropout)
        self.augmentation = recipe.augmentation
        self.optimizer.adjust(momentum=recipe.momentum)

    # Where it stands

    @property
    def position(self):
        """Epochs done, with the part of the current one: 2.5 is halfway through the third."""
        return self.epochs + self._cursor / self.n_examples

    @property
    def batch(self):
        """Batches done in the current epoch."""
        return self._batch

    @property
    def batches(self):
        """Batches in the current epoch, if the batch size stays as it is."""
        return self._batch + math.ceil((self.n_examples - self._cursor) / self.batch_size)

    # Training

    def step(self):
        """One mini-batch: forward, loss, backward, update; at an epoch's end an evaluation too. Returns a StepResult.

        Raises DivergedError, and updates nothing, if the loss is not finite.
        """
        while (result := self._work()) is None:
            pass
        self._finish_evaluation()
        return result

    def epoch(self):
        """Finish the current epoch; returns the StepResult of its last batch."""
        target = self.epochs + 1
        while self.epochs < target:
            result = self.step()
        return result

    def run(self, seconds, to_epoch=None):
        """Yield the StepResult of one batch after the other until the time is used up, or so many epochs are finished.

        A batch too large for the time goes on in the next call, and may yield nothing in this one.
        """
        deadline = perf_counter() + seconds
        while to_epoch is None or self.epochs < to_epoch or self.evaluating:
            result = self._work()
            if result is not None:
                yield result
            if perf_counter() >= deadline:
                return

    @property
    def evaluating(self):
        """Whether the evaluation after an epoch is still going on: `run` does it in small parts."""
        return self._evaluation is not None

    def _work(self):
        """A mini-batch, or a little of a large one or of an evaluation; the StepResult if it completed a batch."""
        if self.evaluating:
            if next(self._evaluation, DONE) is DONE:
                self._evaluation = None
            return None
        with np.errstate(over="ignore", invalid="ignore"):  # a loss that is not finite says it better than a warning
            return self._work_on_batch()

    def _finish_evaluation(self):
        while self.evaluating:
            self._work()

    def _work_on_batch(self):
        if self._open is None:
            rows = self._next_rows()
            m = rows.stop if isinstance(rows, slice) else len(rows)
            block, moves = self._block_size(m), self.moves(m)
            if m <= block:
                value, right = self.workers.first.gradient(self.digits.train, rows, m, self.digits.n_classes, moves)
                return self._update(m, value, right)
            self._open = _OpenBatch.of(rows, m, block, self.network, moves)
        if not self._open.work(self.workers, self.digits):
            return None
        batch, self._open = self._open, None
        if batch.masks_seed is not None:
            self.network.generator.bit_generator.state = batch.masks_after
        return self._update(batch.m, batch.value, batch.right)

    def _block_size(self, m):
        """How many examples of a batch of m are computed at a time: few enough for the cache, and for every thread.

        Dropout draws its masks block by block, so with it the blocks are those of two threads however many there are.
        """
        block = self.network.examples_per_block
        if m * self.network.multiplications < WORTH_SHARING:
            return block
        sharing = 2 if self.network.draws_masks else len(self.workers)
        return min(block, math.ceil(m / sharing))

    def moves(self, m):
        """How augmentation moves the next m examples, or None without it."""
        if not self.augmentation:
            return None
        generator = np.random.default_rng([self._moves_seed, self.epochs, self._cursor])
        return self.augmentation.draw(m, self.digits.image_shape, generator)

    def _next_rows(self):
        """Positions in the training split of the next mini-batch; a slice where all examples are used at once."""
        if self.batch_size == self.n_examples and self._cursor == 0:
            return slice(0, self.n_examples)  # the order of a sum does not matter, and a slice costs nothing
        if self._order is None:
            self._order = self.generator.permutation(self.n_examples).astype(np.int32)
        rows = self._order[self._cursor : self._cursor + self.batch_size]
        return rows.astype(np.intp)  # as NumPy wants positions; the order itself is kept in half the memory

    def _update(self, m, value, right):
        """The last of the four calls, on the gradients of a batch of m with this summed loss and count of right."""
        return self._advance(m, value / m, right / m, self._change_parameters(m, value))

    def _change_parameters(self, m, value):
        """Take the step that the gradients of a batch of m say, unless the loss is not finite; returns the learning
        rate used."""
        if not math.isfinite(value):
            self.workers.forget_gradients()
            raise DivergedError(
                f"the loss of batch {self._batch + 1} in epoch {self.epochs + 1} is not finite: "
                f"the weights have grown without bound (learning rate {self.current_learning_rate:g})",
                self.last_good,
            )
        self.network.add_penalty_gradient(self._l2)
        self.optimizer.learning_rate = rate = self.current_learning_rate
        before = self._weights_before() if self._records_step(self.steps + 1) else None
        self.workers.update(self.optimizer)
        if before is not None:
            self._record(before, self.epochs + (self._cursor + m) / self.n_examples)
        return rate

    def _records_step(self, number):
        """Whether the sizes of this step's update go into the history: 1, 2, 4, 8, ..., then at equal distances. These
        begin in the middle of one, or they would always meet the last batch of an epoch, which may be a small one."""
        first = self._spacing // 2
        return number % self._spacing == first or (number < first and number & (number - 1) == 0)

    def _weights_before(self):
        kept = []
        for number, layer in enumerate(self.network.weights()):
            kept.append(scratch(("weights before", number), layer.W.shape, layer.W.dtype))
            kept[-1][...] = layer.W
        return kept

    def _record(self, before, position):
        """Add to the history how large each layer's weights are, their gradients, and what they have changed by."""
        for number, (layer, W) in enumerate(zip(self.network.weights(), before, strict=True), 1):
            size, change = _rms(W), np.subtract(layer.W, W, out=W)
            self.history.updates.append(position, number, size, _rms(layer.dW), _rms(change))

    def _advance(self, m, value, accuracy, rate):
        self._cursor += m
        self._batch += 1
        self.steps += 1
        result = StepResult(self.epochs + 1, self._batch, self.batches, value, accuracy)
        self.history.batches.append(self.position, value, accuracy, rate)
        if self._cursor >= self.n_examples:
            self.epochs += 1
            self._cursor = self._batch = 0
            self._order = None
            if self.evaluate_every and self.epochs % self.evaluate_every == 0:
                self._evaluation = self._evaluate()
        elif self.timeline is not None:
            self.timeline.after_batch(self)
        return result

    # Looking

    def _evaluate(self):
        """Evaluate training sample and validation split, yielding now and then, and add a row to the history."""
        sample = self.digits.train.take(min(SAMPLE, self.n_examples))
        training = yield from evaluating(self.workers, sample, self.digits.n_classes)
        validation = yield from evaluating(self.workers, self.digits.validation, self.digits.n_classes)
        active = yield from self._find_active_units()
        self.history.evaluations.append(
            self.position, training.loss, training.accuracy, validation.loss, validation.accuracy
        )
        for number, units in active.items():
            self.history.activity.append(self.position, number, 1.0 - units.mean())
        snapshot = None if self.timeline is None else self.timeline.after_evaluation(self, validation)
        best = np.fmin.reduce(self.history.evaluations["validation_loss"])  # of those that are numbers
        sound = validation.loss <= SOUND * best and np.isfinite(self.network.parameters).all()
        if self._last_good is None or sound:
            self._last_good = snapshot or self.state()

    def _find_active_units(self):
        """The units of each layer that some digit of a fixed validation sample moves, yielding between its blocks."""
        images, network = self.digits.validation.images[: sample_size(self.network)], self.network
        found = {}
        for start in range(0, len(images), network.examples_per_block):
            rows = slice(start, start + network.examples_per_block)
            with np.errstate(over="ignore", invalid="ignore"):
                part = taking_part(network, self.workers.first.passing_inputs(images, rows))
            found = {number: units | found.get(number, False) for number, units in part.items()}
            yield
        return found

    @property
    def last_good(self):
        """The state at the last evaluation whose validation loss was at most 1.5 times the best so far: where a run
        whose loss explodes goes back to. The untrained state, if there is no later one."""
        return self._last_good

    def evaluate_now(self):
        """Add an evaluation at this very position to the history, unless there is one already."""
        self.begin_evaluation()
        self._finish_evaluation()

    def begin_evaluation(self):
        """The same, but `run` does it in small parts before it goes on with the next batch."""
        if not self.evaluating and self.history.evaluations.last("epoch") != np.float32(self.position):
            self._evaluation = self._evaluate()

    def evaluate(self, split):
        """The Evaluation of any split with the weights as they stand."""
        return evaluate(self.workers, split, self.digits.n_classes)

    def evaluate_in_parts(self, split):
        """The same in small parts: yields what share is done, and returns the Evaluation."""
        return evaluating(self.workers, split, self.digits.n_classes)

    def rehearse(self, images, labels):
        """Every Matrix of one step on these examples with the weights as they stand; nothing is updated.

        `images` (m, pixels) uint8, `labels` (m,). The pass runs on a copy, so the training goes on undisturbed.
        """
        return self.rehearsal(images, labels).matrices

    def rehearsal(self, images, labels):
        """The whole step on these examples taken apart, see `Rehearsal`; nothing is updated."""
        return rehearse(self, images, labels)

    def next_batch(self, most=None):
        """(images, labels) of the next step's mini-batch, or of its first so many, as augmentation moves them; looking
        draws nothing."""
        rows = self.upcoming()
        moves, rows = self.moves(len(rows)), rows[:most]
        images = self.digits.train.images[rows]
        return images if moves is None else moves[: len(rows)].apply(images), self.digits.train.labels[rows]

    def upcoming(self):
        """Positions in the training split of the next step's mini-batch."""
        if self._open is not None:
            rows = self._open.rows
        elif self._order is None and self.batch_size < self.n_examples:
            rows = copy.deepcopy(self.generator).permutation(self.n_examples)[: self.batch_size]
        else:
            rows = self._next_rows()
        return np.arange(self.n_examples)[rows] if isinstance(rows, slice) else rows

    def computes_in_one_piece(self, m):
        """Whether a step on m examples is computed at once and layer by layer, as a rehearsal does it."""
        return m <= self._block_size(m) and not self.network.fused

    def learn_from(self, images, labels):
        """A step between two mini-batches on examples of the caller's choice: forward, loss, backward, update.

        The epoch stays where it is, so that the next mini-batch is the same as without it. Returns a StepResult; raises
        DivergedError, and updates nothing, if the loss is not finite.
        """
        self._finish_evaluation()
        self._abandon()
        split = Split(images, labels, np.arange(len(labels), dtype=np.int32))
        m, first = len(labels), self.workers.first
        with np.errstate(over="ignore", invalid="ignore"):
            value, right = first.gradient(split, slice(0, m), m, self.digits.n_classes)
            rate = self._change_parameters(0, value)
        self.steps += 1
        self.history.batches.append(self.position, value / m, right / m, rate)
        if self.timeline is not None:
            self.timeline.add(self)
        self._evaluation = self._evaluate()  # the position is that of the last one, but the weights are not
        return StepResult(self.epochs + 1, self._batch, self.batches, value / m, right / m)

    def intervene(self, intervention):
        """Change the network by hand between two mini-batches, as an Intervention says, and evaluate it. The history
        goes on, and has a note of it; what the optimizer remembers stays."""
        self._finish_evaluation()
        self._abandon()
        if self.timeline is not None:
            self.timeline.add(self)  # where to go back to
        intervention.change(self.network)
        self.history.interventions.append(Intervened(self.position, len(self.history.evaluations), intervention))
        if self.timeline is not None:
            self.timeline.add(self)
        self._evaluation = self._evaluate()  # the position is that of the last one, but the weights are not
        self._finish_evaluation()

    # Going back

    def state(self):
        """A TrainerState: a copy of everything the next step depends on."""
        masks = self._open.masks_before if self._open else self.network.generator.bit_generator.state
        generators = (self.generator.bit_generator.state, masks)
        return TrainerState(
            self.network.parameters.copy(),
            self.optimizer.state(),
            self.epochs,
            self._cursor,
            self._batch,
            self._order,
            generators,
            self.history.lengths(),
        )

    def twin(self, state, history=None, last_good=None):
        """A trainer of its own that stands where this one stood at a state, with the settings that this one has now and
        no timeline. Nothing is evaluated. If the training has gone another way since, `history` and `last_good` are
        those that belong to the state."""
        twin = copy.copy(self)
        twin.timeline = twin._open = twin._evaluation = None
        twin.network, twin.loss = self.network.astype(self.network.dtype), type(self.loss)()
        twin.optimizer, twin.generator = self.optimizer.twin(twin.network), copy.deepcopy(self.generator)
        twin.history = (history or self.history).until(state.history)
        twin._last_good = last_good or self._last_good
        twin.threads = self.threads
        twin.restore(state)
        return twin

    def restore(self, state):
        """Go back to a state of this training exactly, in place; the history, and a timeline, are cut to what had
        happened by then."""
        self._abandon()
        self.network.parameters[...] = state.parameters
        self.optimizer.restore(state.optimizer)
        self.epochs, self._cursor, self._batch, self._order = (state.epochs, state.cursor, state.batch, state.order)
        for generator, saved in zip((self.generator, self.network.generator), state.generators, strict=True):
            generator.bit_generator.state = saved
        self.history.truncate(state.history)
        if self.timeline is not None:
            self.timeline.cut(state.history)
        self.steps = self._steps_before + len(self.history.batches)
        if self._last_good.history > state.history:  # it lies ahead now
            self._last_good = state
        self._evaluation = None
        if not self._cursor:
            self.begin_evaluation()  # if the state was taken before the one at an epoch's end was finished

    def go_on_from(self, parameters, epochs):
        """Take over weights that were trained elsewhere for so many epochs; the history begins there."""
        self._abandon()
        self.network.parameters[...] = parameters
        self.epochs, self._cursor, self._batch, self._order = epochs, 0, 0, None
        self.steps = self._steps_before = epochs * self.batches
        self.history.truncate(())
        if self.timeline is not None:
            self.timeline.clear()
        self._last_good = self._evaluation = None
        self.evaluate_now()

    def _abandon(self):
        """Forget a batch that is only partly done; the next step begins it again."""
        if self._open is not None:
            self.network.generator.bit_generator.state = self._open.masks_before
            self.workers.forget_gradients()
        self._open = None


def _rms(values):
    """The root mean square: the size of a typical one of them."""
    return math.sqrt(np.vdot(values, values) / values.size)


@dataclass(eq=False)
class _OpenBatch:
    """A batch too large for one block: which blocks are done, and what they gave."""

    rows: object
    m: int
    blocks: list
    moves: object  # what augmentation does to each example, or None
    masks_before: dict  # the state of the generator of dropout's masks
    masks_after: dict
    masks_seed: int | None  # None without dropout: setting a generator takes as long as a small block
    done: int = 0
    value: float = 0.0
    right: int = 0

    @classmethod
    def of(cls, rows, m, block, network, moves):
        """Each block gets masks of its own from one seed, whoever works on it."""
        before = after = network.generator.bit_generator.state
        seed = None
        if network.draws_masks:
            seed = int(network.generator.integers(2**63))
            after = network.generator.bit_generator.state
        blocks = [slice(start, min(start + block, m)) for start in range(0, m, block)]
        return cls(rows, m, blocks, moves, before, after, seed)

    def work(self, workers, digits):
        """A few blocks for each worker; whether those were the last."""

        def add(worker, number):
            part = self.blocks[number]
            if self.masks_seed is not None:
                worker.network.generator.bit_generator.state = np.random.PCG64([self.masks_seed, number]).state
            rows = part if isinstance(self.rows, slice) else self.rows[part]
            moves = None if self.moves is None else self.moves[part]
            return worker.add_gradient(digits.train, rows, self.m, digits.n_classes, moves)

        def add_all(worker, numbers):
            return [add(worker, number) for number in numbers]

        end = min(self.done + TURN * len(workers), len(self.blocks))
        each = math.ceil((end - self.done) / len(workers))
        turns = [range(first, min(first + each, end)) for first in range(self.done, end, each)]
        for value, right in chain.from_iterable(workers.map(add_all, turns)):
            self.value, self.right = self.value + value, self.right + right
        self.done = end
        return self.done == len(self.blocks)
