"""A mission: a few steps on the real pages, each a prediction, something to do, and what happened."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dashboard.core import query_params
from dashboard.core.lab import Lab
from nnlib.recipes import Recipe

Numbers = Mapping[str, float]


@dataclass(frozen=True)
class Step:
    """A `question` with `choices`, asked before the `task` is told. `measure` returns the numbers that tell what
    happened, by name, or None until the task is done; `answer` finds in them, and in those of the steps before, which
    choice came true. They stand in the `explanation`, such as {accuracy:percent}. `page` is where it happens; a step
    with `settings`, as in an address, begins with a new network."""

    question: str
    choices: tuple[str, ...]
    task: str
    measure: Callable[[Lab], dict[str, float] | None]
    answer: Callable[[Numbers], int]
    explanation: str
    page: str = "train"
    settings: Mapping[str, str] | None = None

    @property
    def recipe(self) -> Recipe | None:
        """The settings of the network it begins with, None if that of the step before goes on."""
        return None if self.settings is None else query_params.from_query(dict(self.settings))[0]


@dataclass(frozen=True)
class Mission:
    """`name` stands in addresses; `minutes` is about how long it takes; `about` says what it shows."""

    name: str
    title: str
    minutes: int
    about: str
    steps: tuple[Step, ...] = field(repr=False)


def nearest(value: float, *candidates: float) -> int:
    """The index of the candidate nearest to a value."""
    return min(range(len(candidates)), key=lambda i: abs(candidates[i] - value))


def compared(value: float, other: float, margin: float = 0.0) -> int:
    """0 if the value is lower than the other by more than a margin, 1 if about the same, 2 if higher."""
    return 1 if abs(value - other) <= margin else 2 * (value > other)
