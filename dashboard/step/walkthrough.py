"""A visitor's walk through one training step: which step, which phase, which matrix, which cell, and whether the step
has been taken. Pure Python; what is chosen is kept in columns, whatever the page shows.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from weakref import ref

import numpy as np

from dashboard.core.lab import Lab
from dashboard.step.gradient_check import Nudge, nudge
from dashboard.step.training_step import BACKWARD, BATCH, PHASES, UPDATE, Step
from dashboard.step.vectorization import Ways
from nnlib.describe.matrices import Matrix
from nnlib.dry_run import Rehearsal

PACE = 1.5  # seconds for each matrix in slow motion
TRAINING = "train"


@dataclass(eq=False)
class Walk:
    """Verbs say where to go; a click may arrive twice."""

    phase: str = BATCH
    whole: bool = False  # all phases at once
    playing: bool = False
    example: int = 0  # of the batch, from 0
    temperature: float = 1.0
    rehearsal: Rehearsal | Any = None
    taken: bool = False
    opened: dict[str, str] = field(default_factory=dict)  # phase: symbol
    cells: dict[str, tuple[int, int]] = field(default_factory=dict)  # symbol: (row, column), from 0
    starts: dict[str, tuple[int, int]] = field(default_factory=dict)  # symbol: where its window begins
    inner: dict[str, int] = field(default_factory=dict)  # symbol: where the window on what is summed over begins
    nudges: dict[int, Nudge] = field(default_factory=dict)  # place in the vector of all parameters: its check
    ways: dict[str, Ways] = field(default_factory=dict)  # symbol: the layer computed in three ways
    _steps: dict[bool, Step] = field(default_factory=dict)
    _made_for: tuple = ()
    _trainer: Callable = lambda: None  # a network that nobody trains any more need not be kept
    _shown: Callable = lambda: None  # nor one that nobody looks at
    _moved: float = 0.0
    everything: bool = False  # what was done last concerns more than the fragment that walks
    epoch: float = 0.0  # where the training stood when the step was rehearsed
    whole_batch: int = 0  # digits in the mini-batch of which the first are shown

    # Which step

    def step(self, lab: Lab, digit: tuple[str, int] | None, rows: bool) -> Step:
        """The step to look at, in columns or in rows: that of the next mini-batch, or of a digit (split, number). It is
        computed anew when anything it depends on has changed; while training runs, only when asked: `refresh`."""
        now = self._situation(lab, digit)
        other = self._trainer() is not lab.trainer or self._made_for[:1] != now[:1]
        elsewhere = self._shown() is not lab.shown  # in time
        if self.rehearsal is None or other or elsewhere or (self._made_for != now and not lab.moving):
            self._rehearse(lab, digit, now, other)
        if rows not in self._steps:
            self._steps[rows] = Step(self.rehearsal, rows)
        return self._steps[rows]

    def refresh(self):
        """Rehearse anew at the next look."""
        self.rehearsal = None

    def rest(self):
        """Let go of what a step holds, up to 25 MB, until the next look; where one looked is kept."""
        self.refresh()
        self.playing, self.taken = False, False
        self._steps, self.nudges, self.ways = {}, {}, {}

    def is_of_now(self, lab: Lab, digit: tuple[str, int] | None) -> bool:
        """Whether the step is that of the network as it stands."""
        return self._made_for == self._situation(lab, digit)

    def _situation(self, lab, digit):
        trainer = lab.shown
        settings = (
            trainer.augmentation,
            trainer.learning_rate,
            trainer.l2,
            trainer.batch_size,
            lab.recipe.momentum,
            lab.recipe.dropout,
        )
        return (digit, trainer.steps, trainer.position, *settings)

    def _rehearse(self, lab, digit, now, other):
        trainer = lab.shown
        if digit is None:
            self.whole_batch = len(trainer.upcoming())
            images, labels = trainer.next_batch(trainer.network.examples_per_block)
        else:
            name, number = digit
            split, self.whole_batch = getattr(trainer.digits, name), 1
            images, labels = split.images[number - 1 : number], split.labels[number - 1 : number]
        self.rehearsal = trainer.rehearsal(images, labels)
        self._trainer, self._shown = ref(lab.trainer), ref(trainer)
        self._made_for, self.epoch = now, trainer.position
        self.taken, self.example = False, min(self.example, self.rehearsal.m - 1)
        self._steps, self.nudges, self.ways = {}, {}, {}
        if other:
            self.cells, self.starts, self.inner = {}, {}, {}

    # Taking it

    def next_batch_is_whole(self, digit: tuple[str, int] | None) -> bool:
        """Whether the step shown is the very next step of the training, on a whole mini-batch."""
        return digit is None and self.whole_batch == self.rehearsal.m

    def may_take(self, lab: Lab, digit: tuple[str, int] | None) -> str:
        """Why the step cannot be taken, or "" if it can."""
        if lab.cursor is not None:
            return (
                f"This is the network as it was at epoch {lab.cursor.position:.2f}. Press “Continue from here” first, "
                "above or in the sidebar: it begins another branch of the training at this moment."
            )
        if lab.running:
            return "Pause first: the network is moving on."
        if not self.rehearsal.finite:
            return "The loss is not finite: there is no step to take."
        if digit is not None and digit[0] != TRAINING:
            return (
                f"This is a {digit[0]} digit. It is held back to see how the network reads digits it has never "
                "practised on, so the network does not learn from it; what it would do stands here all the same."
            )
        return ""

    def take(self, lab: Lab, digit: tuple[str, int] | None):
        """Take the step: the trainer's own next one, or one on these digits alone."""
        if self.taken or self.may_take(lab, digit) or not self.is_of_now(lab, digit):
            return
        if self.next_batch_is_whole(digit):
            lab.step()
        else:
            lab.learn_from(self.rehearsal.images, self.rehearsal.labels)
        self.stop()
        self.taken, self._made_for = True, self._situation(lab, digit)

    def go_on(self):
        """To the next step, from its beginning."""
        self.refresh()
        self.opened, self.everything = {}, True
        self.go(BATCH)

    # Walking

    def go(self, phase: str):
        """To a phase, by hand."""
        if self.playing:
            self.stop()
        self.phase, self.whole = phase, False

    def move(self, phases: int):
        """So many phases on or back from the present one, as far as there are any."""
        place = PHASES.index(self.phase) + phases
        self.go(PHASES[min(max(place, 0), len(PHASES) - 1)])

    def show_whole(self):
        """All phases at once."""
        self.stop()
        self.whole = True

    def play(self):
        """Slow motion from the first matrix on."""
        self.phase, self.whole, self.playing, self.opened = BATCH, False, True, {}
        self._moved, self.everything = perf_counter(), True

    def stop(self):
        self.playing, self.everything = False, True

    def tick(self, step: Step):
        """In slow motion: on to the next matrix, if it is time; after the last one it stops."""
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
        """The matrix that is open in a phase."""
        symbols = [each.symbol for each in step.of_phase(phase)]
        chosen = self.opened.get(phase)
        return step.by_symbol[chosen] if chosen in symbols else step.first_choice(phase)

    def choose_matrix(self, phase: str, symbol: str):
        """Open a matrix in a phase, and go there. A gradient and the weights it belongs to are opened together."""
        self.go(phase)
        self.opened[phase] = symbol
        if phase == BACKWARD:
            self.opened[UPDATE] = symbol.removeprefix("d")
        elif phase == UPDATE:
            self.opened[BACKWARD] = f"d{symbol}"

    def cell(self, step: Step, matrix: Matrix) -> tuple[int, int]:
        """The chosen cell of a matrix, as the step shows it; at first the largest, of the chosen example if it has a
        part of its own. In the update it is the weight whose gradient was looked at."""
        matrix = self._of_cells(step, matrix)
        columns = self._columns(step, matrix)
        if matrix.symbol not in self.cells:
            height, width = columns.shape
            first, last = 0, width
            if "m" in columns.dimensions[1].split():
                each = width // self.rehearsal.m
                first, last = self.example * each, (self.example + 1) * each
            sizes = np.abs(columns.value[:, first:last])
            largest = np.unravel_index(int(np.argmax(np.where(np.isfinite(sizes), sizes, 0))), sizes.shape)
            self.cells[matrix.symbol] = int(largest[0]), int(largest[1]) + first
        height, width = columns.shape
        row, column = self.cells[matrix.symbol]
        place = min(row, height - 1), min(column, width - 1)
        return place[::-1] if step.rows else place

    def choose_cell(self, step: Step, matrix: Matrix, row: int, column: int):
        """Choose a cell, as the step shows it, from 0."""
        if self.playing:
            self.stop()
        matrix = self._of_cells(step, matrix)
        self.cells[matrix.symbol] = (column, row) if step.rows else (row, column)
        self.inner.pop(matrix.symbol, None)
        example = step.example_of(matrix, row, column)
        if example is not None and example != self.example:
            self.choose_example(example, keep=matrix.symbol)

    def choose_example(self, example: int, keep: str = ""):
        """Look at another example of the batch: in every matrix where it has a part, at that part."""
        self.example = example
        kept = {symbol: cell for symbol, cell in self.cells.items() if symbol == keep}
        self.cells = kept
        self.starts = {symbol: start for symbol, start in self.starts.items() if symbol == keep}
        self.inner = {}

    def start(self, step: Step, matrix: Matrix) -> tuple[int, int]:
        """Where the window on a matrix begins, as the step shows it; at first so that the chosen cell is in it."""
        matrix = self._of_cells(step, matrix)
        if matrix.symbol not in self.starts:
            row, column = self.cell(step, matrix)
            return max(row - 3, 0), max(column - 3, 0)
        start = self.starts[matrix.symbol]
        return start[::-1] if step.rows else start

    def move_window(self, step: Step, matrix: Matrix, row: int, column: int):
        """Begin the window on a matrix here, as the step shows it."""
        if self.playing:
            self.stop()
        matrix = self._of_cells(step, matrix)
        self.starts[matrix.symbol] = (column, row) if step.rows else (row, column)

    def follow_cell(self, step: Step, matrix: Matrix):
        """Let the window on a matrix go where its chosen cell is."""
        self.starts.pop(self._of_cells(step, matrix).symbol, None)

    def _of_cells(self, step, matrix):
        """The matrix whose cells are chosen: in the update, the gradient of what is updated."""
        return step.by_symbol[f"d{matrix.symbol}"] if self.phase == UPDATE and matrix.parameter else matrix

    def check(self, symbol: str, row: int, column: int):
        """Nudge a weight, by its place in columns."""
        start, shape = self.rehearsal.place(symbol)
        place = start + row * shape[1] + column
        if place not in self.nudges:
            self.nudges[place] = nudge(self.rehearsal, place)

    def _columns(self, step, matrix):
        return matrix.in_rows() if step.rows else matrix


def _is_made(matrix, phase):
    return matrix.formula is not None or phase in (BATCH, UPDATE)
