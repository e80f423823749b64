"""A visitor's walk through one training step: the step, the phase, the matrix and cell shown, and whether the step has
been taken. Chosen cells are kept in the column convention whatever the page shows.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from weakref import ref

import numpy as np

from dashboard.core.lab import Lab
from dashboard.notation.phrases import MINE
from dashboard.step.gradient_check import WeightCheck, check_weight
from dashboard.step.training_step import BACKWARD, BATCH, FORWARD, PHASES, UPDATE, Step
from dashboard.step.vectorization import Timings
from nnlib.describe.matrices import Matrix
from nnlib.dry_run import DryRun

PACE = 1.5  # seconds per matrix in slow motion
TRAINING = "train"


@dataclass(eq=False)
class Walk:
    """Every method may be called twice by one click."""

    phase: str = BATCH
    whole: bool = False  # all phases at once
    playing: bool = False
    example: int = 0  # of the batch, from 0
    temperature: float = 1.0
    dry_run: DryRun | None = None
    taken: bool = False
    opened: dict[str, str] = field(default_factory=dict)  # phase: symbol
    cells: dict[str, tuple[int, int]] = field(default_factory=dict)  # symbol: (row, column), from 0
    starts: dict[str, tuple[int, int]] = field(default_factory=dict)  # symbol: first row and column of its window
    inner: dict[str, int] = field(default_factory=dict)  # symbol: first term of the window on its sums
    checks: dict[int, WeightCheck] = field(default_factory=dict)  # by place in the vector of all parameters
    timings: dict[str, Timings] = field(default_factory=dict)  # symbol: its layer computed three ways
    _steps: dict[bool, Step] = field(default_factory=dict)
    _made_for: tuple = ()
    _trainer: Callable = lambda: None  # weak references: they keep no network alive
    _shown: Callable = lambda: None
    _moved: float = 0.0
    rerun_page: bool = False  # the last action concerns more than the fragment
    epoch: float = 0.0  # of the network in the dry run
    whole_batch: int = 0  # digits in the mini-batch, of which the first are shown

    # Which step

    def step(self, lab: Lab, digit: tuple[str, int] | None, rows: bool) -> Step:
        """The step on the next mini-batch, or on a digit (split, number), in columns or in rows. It is recomputed when
        anything it depends on has changed; while training runs, only after `refresh`."""
        now = self._situation(lab, digit)
        other = self._trainer() is not lab.trainer or self._made_for[:2] != now[:2]
        elsewhere = self._shown() is not lab.shown  # in time
        dry_run = self.dry_run
        if dry_run is None or other or elsewhere or (self._made_for != now and not lab.moving):
            dry_run = self._make_dry_run(lab, digit, now, other)
        if rows not in self._steps:
            self._steps[rows] = Step(dry_run, rows)
        return self._steps[rows]

    def refresh(self):
        """Recompute the step at its next use."""
        self.dry_run = None

    def release(self):
        """Free the arrays of the step, up to 25 MB, until its next use; the chosen matrices and cells are kept."""
        self.refresh()
        self.playing, self.taken = False, False
        self._steps, self.checks, self.timings = {}, {}, {}

    def is_current(self, lab: Lab, digit: tuple[str, int] | None) -> bool:
        """Whether the step is that of the network in its present state."""
        return self._made_for == self._situation(lab, digit)

    def _situation(self, lab, digit):
        trainer, recipe = lab.shown, lab.recipe
        settings = (trainer.sampler.augmentation, trainer.learning_rate, trainer.l2, trainer.batch_size)
        example = digit and lab.split(digit[0])  # one of the visitor's own may be another digit by now
        return (
            digit,
            example,
            trainer.steps,
            trainer.position,
            *settings,
            recipe.optimizer,
            recipe.momentum,
            recipe.dropout,
        )

    def _make_dry_run(self, lab, digit, now, other):
        trainer = lab.shown
        if digit is None:
            self.whole_batch = len(trainer.sampler.upcoming())
            images, labels = trainer.sampler.next_batch(trainer.network.examples_per_block)
        else:
            name, number = digit
            split, self.whole_batch = lab.split(name), 1
            images, labels = split.images[number - 1 : number], split.labels[number - 1 : number]
        self.dry_run = dry_run = trainer.dry_run(images, labels)
        self._trainer, self._shown = ref(lab.trainer), ref(trainer)
        self._made_for, self.epoch = now, trainer.position
        self.taken, self.example = False, min(self.example, dry_run.m - 1)
        self._steps, self.checks, self.timings = {}, {}, {}
        if other:
            self.cells, self.starts, self.inner = {}, {}, {}
        return dry_run

    # Taking it

    def next_batch_is_whole(self, digit: tuple[str, int] | None) -> bool:
        """Whether the step shown is the next step of the training, on a whole mini-batch."""
        return digit is None and self.dry_run is not None and self.whole_batch == self.dry_run.m

    def may_take(self, lab: Lab, digit: tuple[str, int] | None) -> str:
        """Why the step cannot be taken, or "" if it can."""
        if lab.cursor is not None:
            return (
                f"This is the snapshot of epoch {lab.cursor.position:.2f}. Press “Continue from here” first: it starts "
                "a new branch of the training here."
            )
        if lab.running:
            return "Pause first: training is changing the network."
        if self.dry_run is not None and not self.dry_run.finite:
            return "The loss is not finite, so there is no update to apply."
        if digit is not None and digit[0] not in (TRAINING, MINE):
            return (
                f"This {digit[0]} digit is held out: it measures how the network reads digits it has not learned from. "
                "The update is shown, but cannot be applied."
            )
        return ""

    def take(self, lab: Lab, digit: tuple[str, int] | None):
        """Take the step: the next training step, or an extra one on these digits."""
        dry_run = self.dry_run
        if dry_run is None or self.taken or self.may_take(lab, digit) or not self.is_current(lab, digit):
            return
        if self.next_batch_is_whole(digit):
            lab.step()
        else:
            lab.learn_from(dry_run.images, dry_run.labels)
        self.stop()
        self.taken, self._made_for = True, self._situation(lab, digit)

    def go_on(self):
        """Go to the first phase of the next step."""
        self.refresh()
        self.opened, self.rerun_page = {}, True
        self.go(BATCH)

    # Walking

    def go(self, phase: str):
        """Show a phase."""
        if self.playing:
            self.stop()
        self.phase, self.whole = phase, False

    def move(self, phases: int):
        """Go forward (or back, if negative) by a number of phases, at most to the last (first) one."""
        place = PHASES.index(self.phase) + phases
        self.go(PHASES[min(max(place, 0), len(PHASES) - 1)])

    def show_whole(self):
        """Show all phases at once."""
        self.stop()
        self.whole = True

    def play(self):
        """Start slow motion at the first matrix."""
        self.phase, self.whole, self.playing, self.opened = BATCH, False, True, {}
        self._moved, self.rerun_page = perf_counter(), True

    def stop(self):
        """Stop slow motion."""
        self.playing, self.rerun_page = False, True

    def tick(self, step: Step):
        """In slow motion, open the next matrix if it is due; stop after the last one."""
        if not self.playing or perf_counter() - self._moved < 0.8 * PACE:
            return
        self._moved = perf_counter()
        matrices = [(phase, each.symbol) for phase in PHASES for each in step.of_phase(phase) if _is_made(each, phase)]
        now = (self.phase, self.open(step, self.phase).symbol)
        place = matrices.index(now) + 1 if now in matrices else 0
        if place == len(matrices):
            self.stop()
            return
        self.phase, symbol = matrices[place]
        self.opened[self.phase] = symbol

    # Looking

    def open(self, step: Step, phase: str) -> Matrix:
        """The open matrix of a phase."""
        symbols = [each.symbol for each in step.of_phase(phase)]
        chosen = self.opened.get(phase)
        return step.by_symbol[chosen] if chosen in symbols else step.first_choice(phase)

    def go_to(self, step: Step, place: tuple[str, int, int] | None):
        """Show this cell of the forward pass, (symbol, row, column) in the column convention, if there is one."""
        if place is None or place[0] not in step.by_symbol:
            return
        symbol, row, column = place
        self.choose_matrix(FORWARD, symbol)
        self.cells[symbol] = row, column
        self.inner.pop(symbol, None)
        self.starts.pop(symbol, None)

    def choose_matrix(self, phase: str, symbol: str):
        """Show a phase with this matrix open. Weights and their gradient are opened together."""
        self.go(phase)
        self.opened[phase] = symbol
        if phase == BACKWARD:
            self.opened[UPDATE] = symbol.removeprefix("d")
        elif phase == UPDATE:
            self.opened[BACKWARD] = f"d{symbol}"

    def cell(self, step: Step, matrix: Matrix) -> tuple[int, int]:
        """The chosen cell of a matrix, in the convention of the step; at first the largest entry, of the chosen example
        if entries belong to examples. In the update, the weight whose gradient was chosen."""
        matrix = self._of_cells(step, matrix)
        columns = matrix.in_rows() if step.rows else matrix
        if matrix.symbol not in self.cells:
            height, width = columns.shape
            first, last = 0, width
            if "m" in columns.dimensions[1].split():
                each = width // step.dry_run.m
                first, last = self.example * each, (self.example + 1) * each
            sizes = np.abs(columns.value[:, first:last])
            largest = np.unravel_index(int(np.argmax(np.where(np.isfinite(sizes), sizes, 0))), sizes.shape)
            self.cells[matrix.symbol] = int(largest[0]), int(largest[1]) + first
        height, width = columns.shape
        row, column = self.cells[matrix.symbol]
        place = min(row, height - 1), min(column, width - 1)
        return place[::-1] if step.rows else place

    def choose_cell(self, step: Step, matrix: Matrix, row: int, column: int):
        """Choose a cell, from 0, in the convention of the step."""
        if self.playing:
            self.stop()
        matrix = self._of_cells(step, matrix)
        self.cells[matrix.symbol] = (column, row) if step.rows else (row, column)
        self.inner.pop(matrix.symbol, None)
        example = step.example_of(matrix, row, column)
        if example is not None and example != self.example:
            self.choose_example(example, keep=matrix.symbol)

    def choose_example(self, example: int, keep: str = ""):
        """Choose an example of the batch; every matrix but `keep` goes back to its largest cell."""
        self.example = example
        self.cells = {symbol: cell for symbol, cell in self.cells.items() if symbol == keep}
        self.starts = {symbol: start for symbol, start in self.starts.items() if symbol == keep}
        self.inner = {}

    def start(self, step: Step, matrix: Matrix) -> tuple[int, int]:
        """First row and column of the window on a matrix, in the convention of the step; by default it contains the
        chosen cell."""
        matrix = self._of_cells(step, matrix)
        if matrix.symbol not in self.starts:
            row, column = self.cell(step, matrix)
            return max(row - 3, 0), max(column - 3, 0)
        start = self.starts[matrix.symbol]
        return start[::-1] if step.rows else start

    def move_window(self, step: Step, matrix: Matrix, row: int, column: int):
        """Set the first row and column of the window on a matrix, in the convention of the step."""
        if self.playing:
            self.stop()
        matrix = self._of_cells(step, matrix)
        self.starts[matrix.symbol] = (column, row) if step.rows else (row, column)

    def follow_cell(self, step: Step, matrix: Matrix):
        """Move the window on a matrix to its chosen cell."""
        self.starts.pop(self._of_cells(step, matrix).symbol, None)

    def _of_cells(self, step, matrix):
        """The matrix whose cells are chosen: in the update, the gradient of the parameter."""
        return step.by_symbol[f"d{matrix.symbol}"] if self.phase == UPDATE and matrix.parameter else matrix

    def check(self, place: int):
        """Gradient check of a weight, given by its place in the vector of all parameters."""
        if self.dry_run is not None and place not in self.checks:
            self.checks[place] = check_weight(self.dry_run, place)


def _is_made(matrix, phase):
    return matrix.formula is not None or phase in (BATCH, UPDATE)
