"""How far a visitor is: the missions done, and the one under way."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from dashboard.core.lab import Lab
from dashboard.learn.mission import Mission, Step
from dashboard.learn.missions import MISSIONS
from dashboard.notation.numbers import told
from nnlib.datasets import MNIST_DIGEST


def hindrance(lab: Lab) -> str:
    """Why no mission can be walked with this network, in a sentence: its numbers would not be those explained."""
    if lab.bug:
        return "A bug is hidden in your network: take it out first, on Bugs."
    if lab.digits.digest != MNIST_DIGEST:
        return "Missions are about MNIST's digits: go back to them first, on Data."
    return ""


@dataclass
class Progress:
    """`done` are the names of finished missions. Of the one under way, if any: the `number` of its step, from 0, the
    `predicted` choice in it, and all numbers `found` so far; `happened` is the choice that came true, once measured,
    and `position` how many epochs were trained by then. `hits` counts the predictions that came true, of all that were
    `made`. `folded`: the panel shows one line only."""

    done: set[str] = field(default_factory=set)
    mission: Mission | None = None
    number: int = 0
    predicted: int | None = None
    happened: int | None = None
    position: float = 0.0
    found: dict[str, float] = field(default_factory=dict)
    hits: int = 0
    made: int = 0
    folded: bool = False

    @property
    def step(self) -> Step | None:
        """The step under way."""
        return self.mission.steps[self.number] if self.mission else None

    @property
    def place(self) -> tuple[str, int]:
        """The mission under way and the number of its step: what a button is for."""
        return (self.mission.name if self.mission else "", self.number)

    def start(self, mission: Mission):
        """Begin a mission at its first step."""
        self.mission, self.number, self.found, self.folded = mission, 0, {}, False
        self.again()

    def again(self):
        """Begin the step under way again."""
        self.predicted = self.happened = None

    def predict(self, place: tuple[str, int], choice: int):
        """Take the prediction for the step at this place; only the first one counts."""
        if place == self.place and self.predicted is None:
            self.predicted = choice

    def notice(self, lab: Lab):
        """Measure what the task is about, once a prediction is made and until it is done."""
        step = self.step
        if step is None or self.predicted is None or self.happened is not None or hindrance(lab):
            return
        measured = step.measure(lab)
        if measured is None:
            return
        self.found |= measured
        self.happened, self.position = step.answer(self.found), lab.shown.position
        self.made, self.hits = self.made + 1, self.hits + (self.happened == self.predicted)

    def explanation(self) -> str:
        """What happened and why, with its numbers."""
        return told(self.step.explanation, self.found) if self.step else ""

    @property
    def is_last(self) -> bool:
        """Whether the step under way is the mission's last."""
        return self.mission is not None and self.number == len(self.mission.steps) - 1

    def go_on(self, place: tuple[str, int]):
        """On to the next step, or, after the last one, the mission is done."""
        if place != self.place or self.happened is None or self.mission is None:
            return
        if self.is_last:
            self.done.add(self.mission.name)
            self.leave()
        else:
            self.number += 1
            self.again()

    def leave(self):
        """Leave the mission; it counts as done only if it was."""
        self.mission, self.number = None, 0
        self.again()

    def take_up(self, names: Iterable[object]):
        """Count these missions as done too, as a browser remembers them."""
        self.done |= {name for name in names if name in MISSIONS}

    def forget(self):
        """Begin with nothing done."""
        self.done, self.hits, self.made = set(), 0, 0
        self.leave()

    @property
    def next(self) -> Mission | None:
        """The first mission that is not done."""
        return next((mission for name, mission in MISSIONS.items() if name not in self.done), None)
