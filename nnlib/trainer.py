"""A training that the caller pulls: one mini-batch, one epoch, or as many batches as fit into a time.

It never runs away with the loop, so it can be paused between any two steps and goes on exactly as if it had not been.
"""

import math
from dataclasses import dataclass, field
from time import perf_counter
from typing import NamedTuple

import numpy as np

from nnlib.evaluation import evaluate
from nnlib.history import History

SOUND = 1.5  # times the best validation loss: up to here a state is worth going back to
SAMPLE = 5_000  # training examples evaluated beside the validation split


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
    `network.backward(loss.backward())`, `optimizer.update()`. `learning_rate`, `batch_size` and `l2` may be
    set at any moment and take effect at the next step (`adjust` sets all that a Recipe knows). `batch_size` None is the
    full batch.
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
    ):
        self.network, self.loss, self.optimizer = network, loss, optimizer
        self.digits, self.scaling, self.recipe = digits, scaling, recipe
        self.schedule, self.planned_epochs = schedule, planned_epochs
        self.learning_rate = optimizer.learning_rate
        self.batch_size = batch_size
        self.l2 = l2
        self.generator = generator or np.random.default_rng()
        self.history = History()
        self.epochs = 0  # finished
        self.steps = 0
        self._cursor = 0  # examples of this epoch already used
        self._batch = 0  # batches of this epoch already used
        self._order = None
        self._pixels = self._inputs = np.empty((0, 0))
        self._last_good = None
        self._evaluate()

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

    @property
    def l2(self):
        """Strength of the L2 penalty (l2 / 2) sum of W^2. Raises ValueError below 0."""
        return self._l2

    @l2.setter
    def l2(self, value):
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"L2 must be 0 or a positive number, got {value}")
        self._l2 = float(value)

    def adjust(self, recipe):
        """Take over from a Recipe what may change while training, from the next step on."""
        self.learning_rate, self.batch_size, self.l2 = (recipe.learning_rate, recipe.batch_size, recipe.l2)
        self.network.set_dropout(recipe.dropout)
        if hasattr(self.optimizer, "momentum"):
            self.optimizer.momentum = recipe.momentum

    # Where it stands

    @property
    def n_examples(self):
        """How many training examples there are."""
        return len(self.digits.train)

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
        """One mini-batch: forward, loss, backward, update. Returns a StepResult.

        Raises DivergedError, and updates nothing, if the loss is not finite.
        """
        rows = self._next_rows()
        with np.errstate(over="ignore", invalid="ignore"):  # a loss that is not finite says it better than a warning
            value, accuracy = self._compute_gradients(rows)
        if not math.isfinite(value):
            raise DivergedError(
                f"the loss of batch {self._batch + 1} in epoch {self.epochs + 1} is not finite: "
                f"the weights have grown without bound (learning rate {self.current_learning_rate:g})",
                self.last_good,
            )
        self.optimizer.learning_rate = rate = self.current_learning_rate
        with np.errstate(over="ignore", invalid="ignore"):
            self.optimizer.update()
        return self._advance(rows, value, accuracy, rate)

    def epoch(self):
        """Finish the current epoch; returns the StepResult of its last batch."""
        target = self.epochs + 1
        while self.epochs < target:
            result = self.step()
        return result

    def run(self, seconds):
        """Yield the StepResult of one batch after the other until the time is used up (at least one batch)."""
        deadline = perf_counter() + seconds
        while True:
            yield self.step()
            if perf_counter() >= deadline:
                return

    def _next_rows(self):
        """Positions in the training split of the next mini-batch; a slice where all examples are used at once."""
        if self.batch_size == self.n_examples and self._cursor == 0:
            return slice(0, self.n_examples)  # the order of a sum does not matter, and a slice costs nothing
        if self._order is None:
            self._order = self.generator.permutation(self.n_examples).astype(np.int32)
        return self._order[self._cursor : self._cursor + self.batch_size]

    def _compute_gradients(self, rows):
        """Fill the network's gradients from the examples in these rows; returns mean loss and accuracy."""
        m = rows.stop if isinstance(rows, slice) else len(rows)
        block = self.network.examples_per_block
        if m <= block:
            value, right = self._forward_backward(rows, m)
        else:
            value, right = self._accumulate(rows, m, block)
        self.network.add_penalty_gradient(self._l2)
        return value / m, right / m

    def _forward_backward(self, rows, m):
        """Forward, loss and backward for these rows, part of a batch of m; returns summed loss and count of right."""
        X, labels = self._take(rows)
        scores = self.network.forward(X)
        value = self.loss.forward(scores, self.loss.targets(labels, self.digits.n_classes))
        self.network.backward(self.loss.backward(m))
        return value * len(labels), int(np.count_nonzero(self.loss.predict(scores) == labels))

    def _accumulate(self, rows, m, block):
        """The same for a large batch, in blocks whose activations stay in the cache (up to 1.8 times as fast)."""
        gradients = np.zeros_like(self.network.gradients)
        value, right = 0.0, 0
        for start in range(0, m, block):
            part = slice(start, min(start + block, m))
            part_value, part_right = self._forward_backward(part if isinstance(rows, slice) else rows[part], m)
            gradients += self.network.gradients
            value, right = value + part_value, right + part_right
        self.network.gradients[...] = gradients
        return value, right

    def _take(self, rows):
        """Scaled inputs (inputs, m), a transposed view of rows in memory, and labels (m,)."""
        train = self.digits.train
        if isinstance(rows, slice):
            pixels = train.images[rows]
        else:
            if len(self._pixels) != len(rows):
                self._pixels = np.empty((len(rows), train.images.shape[1]), np.uint8)
            pixels = np.take(train.images, rows, axis=0, out=self._pixels, mode="clip")  # "clip" skips a second copy
        if self._inputs.shape != pixels.shape:
            self._inputs = np.empty(pixels.shape, np.float32)
        return self.scaling.apply(pixels, out=self._inputs).T, train.labels[rows]

    def _advance(self, rows, value, accuracy, rate):
        self._cursor += rows.stop if isinstance(rows, slice) else len(rows)
        self._batch += 1
        self.steps += 1
        result = StepResult(self.epochs + 1, self._batch, self.batches, value, accuracy)
        self.history.batches.append(self.position, value, accuracy, rate)
        if self._cursor >= self.n_examples:
            self.epochs += 1
            self._cursor = self._batch = 0
            self._order = None
            self._evaluate()
        return result

    # Looking

    def _evaluate(self):
        training = self.evaluate(self.digits.train.take(min(SAMPLE, self.n_examples)))
        validation = self.evaluate(self.digits.validation)
        self.history.evaluations.append(
            self.position, training.loss, training.accuracy, validation.loss, validation.accuracy
        )
        best = np.fmin.reduce(self.history.evaluations["validation_loss"])  # of those that are numbers
        sound = validation.loss <= SOUND * best and np.isfinite(self.network.parameters).all()
        if self._last_good is None or sound:
            self._last_good = self.state()

    @property
    def last_good(self):
        """The state at the last evaluation whose validation loss was at most 1.5 times the best so far: where a run
        whose loss explodes goes back to. The untrained state, if there is no later one."""
        return self._last_good

    def evaluate_now(self):
        """Add an evaluation at this very position to the history, unless there is one already."""
        if self.history.evaluations.last("epoch") != np.float32(self.position):
            self._evaluate()

    def evaluate(self, split):
        """The Evaluation of any split with the weights as they stand."""
        return evaluate(self.network, self.loss, self.scaling, split, self.digits.n_classes)

    def rehearse(self, images, labels):
        """Every Matrix of one step on these examples with the weights as they stand; nothing is updated.

        `images` (m, pixels) uint8, `labels` (m,). The pass runs on a copy, so the training goes on undisturbed.
        """
        network = self.network.astype(self.network.dtype)
        network.unfuse()
        loss = type(self.loss)()
        X = self.scaling.apply(np.asarray(images)).T
        scores = network.forward(X)
        loss.forward(scores, loss.targets(labels, self.digits.n_classes))
        network.backward(loss.backward())
        network.add_penalty_gradient(self._l2)
        return network.matrices(loss, l2=self._l2)

    def matrices(self):
        """Every Matrix of a step at the present batch size: see `Network.matrices`."""
        return self.network.matrices(self.loss, self.batch_size, self._l2)

    # Going back

    def state(self):
        """A TrainerState: a copy of everything the next step depends on."""
        generators = tuple(g.bit_generator.state for g in (self.generator, self.network.generator))
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

    def restore(self, state):
        """Go back to a state of this training exactly, in place; the history is cut to what had happened by then."""
        self.network.parameters[...] = state.parameters
        self.optimizer.restore(state.optimizer)
        self.epochs, self._cursor, self._batch, self._order = (state.epochs, state.cursor, state.batch, state.order)
        for generator, saved in zip((self.generator, self.network.generator), state.generators, strict=True):
            generator.bit_generator.state = saved
        self.history.truncate(state.history)
        self.steps = len(self.history.batches)
        if self._last_good.history > state.history:  # it lies ahead now
            self._last_good = state
