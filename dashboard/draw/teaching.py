"""Fine-tuning the network on the visitor's own digits, mixed with training digits, and what became of both."""

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple
from weakref import ref

import numpy as np

from dashboard.core.branch import Branch
from dashboard.core.lab import Lab
from dashboard.notation.numbers import percent
from dashboard.notation.phrases import MINE, digits_of
from nnlib.datasets import Split
from nnlib.evaluation import Evaluation

BATCH = 20  # digits a step: a twentieth of it is one digit
SHARES = range(0, 100, 5)  # per cent of the training digits in a batch
STEPS = [10, 30, 100, 300, 1_000]
SEED = 0
SAMPLE, POINTS = 500, 10  # validation digits read now and then in between, and how often
OVERHEAD, BACKWARD = 0.0005, 3  # seconds a step takes besides; a step's time as a multiple of reading its digits
FORGOTTEN = 0.02  # a loss of accuracy on the validation digits that is spoken of


class Right(NamedTuple):
    """How many digits were read correctly, of the validation digits and of the visitor's own."""

    validation: int
    own: int


def batches(own: Split, training: Split, share: int, steps: int) -> Iterator[Split]:
    """So many batches of BATCH digits, `share` per cent of them training digits. Both are taken in a random order, and
    again in another one when all have had their turn."""
    generator = np.random.default_rng(SEED)
    n = BATCH * share // 100
    mine, theirs = _endless(len(own), generator), _endless(len(training), generator)
    for _ in range(steps):
        a, b = np.fromiter(mine, np.int32, BATCH - n), np.fromiter(theirs, np.int32, n)
        yield Split(
            np.concatenate([own.images[a], training.images[b]]),
            np.concatenate([own.labels[a], training.labels[b]]),
            np.concatenate([own.source_index[a], training.source_index[b]]),
        )


def _endless(n, generator):
    while True:
        yield from generator.permutation(n).tolist()


def expected_seconds(lab: Lab, steps: int) -> float:
    """About how long so many steps take, with all that is read before, in between and afterwards."""
    learning = steps * (OVERHEAD + BACKWARD * lab.reading_seconds(BATCH))
    looks = POINTS + 3  # at one's own digits, once for every point of the curve and at both ends
    return learning + 2 * lab.evaluation_seconds + looks * lab.reading_seconds(SAMPLE + len(lab.split(MINE)))


@dataclass(eq=False)
class Teaching:
    """One fine-tuning of a lab's network on the visitor's digits of its classes: `share` per cent training digits,
    `steps` steps, of which `done` are taken. `before` and `after` are None until they are counted; `curve` has (step,
    accuracy on the first SAMPLE validation digits, on one's own) now and then in between."""

    lab: Lab
    share: int
    steps: int
    learning_rate: float
    done: int = 0
    before: Right | None = None
    after: Right | None = None

    def __post_init__(self):
        lab = self.lab
        self.own, self.n_validation = lab.split(MINE), len(lab.split("validation"))
        self.n_sample = min(SAMPLE, self.n_validation)
        self.untrained, self.epoch = not lab.shown.steps, lab.shown.position
        self._branch = ref(lab.branch)  # weak: it would keep all snapshots of a run that is gone
        self._version: tuple = ()
        self.curve: list[tuple[int, float, float]] = []

    def work(self) -> Generator[float, None, None]:
        """Do it in small parts; yields the share of the steps that is done. It may be left at any point."""
        lab, first = self.lab, self.lab.shown.steps
        self.before = yield from self._count()
        yield from self._sample()
        examples = batches(self.own, lab.shown.digits.train, self.share, self.steps)
        with closing(lab.teach(examples, self.learning_rate)) as parts:
            for _ in parts:
                self.done, self._branch, self._version = lab.trainer.steps - first, ref(lab.branch), lab.version
                yield self.done / self.steps
                if self.done >= self.curve[-1][0] + self.steps / POINTS:
                    yield from self._sample()
        yield from self.finish()

    @property
    def unfinished(self) -> bool:
        """Whether what became of the digits is still to be counted, and can be."""
        return self.after is None and self.lab.version == self._version

    @property
    def branch(self) -> Branch | None:
        """The branch that was taught, None if it is gone."""
        return self._branch()

    @property
    def shown(self) -> bool:
        """Whether the branch that was taught is one of the present run."""
        return self.done > 0 and self.branch in self.lab.branches

    def finish(self) -> Generator[float, None, None]:
        """Count what is read correctly now, if that is still to be done."""
        if self.unfinished:
            self.after = yield from self._count()

    def _sample(self) -> Generator[float, None, None]:
        trainer = self.lab.shown
        some = trainer.digits.validation.take(self.n_sample)
        validation = yield from self._telling(trainer.evaluate_in_parts(some))
        own = yield from self._telling(trainer.evaluate_in_parts(self.own))
        self.curve.append((self.done, validation.accuracy, own.accuracy))

    def _count(self) -> Generator[float, None, Right]:
        for _ in self.lab.evaluating("validation"):
            yield self.done / self.steps
        own = yield from self._telling(self.lab.shown.evaluate_in_parts(self.own))
        validation = self.lab.evaluation("validation")
        return Right(self.n_validation - len(validation.mistakes()), len(self.own) - len(own.mistakes()))

    def _telling(self, parts: Generator[float, None, Evaluation]) -> Generator[float, None, Evaluation]:
        """The same evaluation, yielding the share of the steps that is done."""
        while True:
            try:
                next(parts)
            except StopIteration as end:
                return end.value
            yield self.done / self.steps


def table(of: Teaching) -> str:
    """What was read correctly before and after, in Markdown; nothing before it is counted."""
    if of.before is None or of.after is None:
        return ""
    lines = ["| read correctly | before | after |", "|---|---:|---:|"]
    for split, n, counts in (
        ("validation", of.n_validation, (of.before.validation, of.after.validation)),
        (MINE, len(of.own), (of.before.own, of.after.own)),
    ):
        shares = (percent(right / n).replace(" ", "\u00a0") for right in counts)
        cells = (f"{right:,} ({share})" for right, share in zip(counts, shares, strict=True))
        lines.append(f"| of {digits_of(split, n)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def about(of: Teaching) -> str:
    """How it was taught, and whether it has forgotten what it knew."""
    steps = f"{of.done:,} steps" if of.done == of.steps else f"stopped after {of.done:,} of {of.steps:,} steps"
    mixed = f"{of.share} % training digits" if of.share else "no training digits"
    where = f"Branch {of.branch.number}, taught" if of.branch else "Taught"
    told = [
        f"{where} at epoch {of.epoch:.2f}: {steps} of {BATCH} digits, {mixed}, learning rate {of.learning_rate:.3g}."
    ]
    if of.before and of.after and of.share == 0 and not of.untrained:
        before, after = (right.validation / of.n_validation for right in (of.before, of.after))
        if before - after >= FORGOTTEN:
            told.append(
                f"**Catastrophic forgetting**: from {percent(before)} to {percent(after)} of the validation digits, "
                "because every step served your digits alone, and nothing kept the weights that the others need."
            )
    if of.lab.branch is of.branch:
        told.append("This network has learned from your digits: only new ones test it.")
    return " ".join(told)
