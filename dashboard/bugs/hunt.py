"""A hunt for hidden bugs: the bug, the lines to choose from, and the score of this session."""

from dataclasses import dataclass, field

import numpy as np

from nnlib.bugs.bug import Bug
from nnlib.bugs.catalogue import BUGS

CHOICES = 5  # lines
NEEDED = 2  # found on a level before the next
HIDEABLE = {name: bug for name, bug in BUGS.items() if bug.hideable}


@dataclass
class Hunt:
    """`name` is that of the bug, None before the first; `choices` are the names of the bugs whose lines are offered;
    `answer` is the one chosen, None before. `asked` and `found` count the bugs."""

    name: str | None = None
    choices: list[str] = field(default_factory=list)
    answer: str | None = None
    asked: int = 0
    found: int = 0
    before: list[str] = field(default_factory=list)

    @property
    def bug(self) -> Bug | None:
        """The one hidden now."""
        return None if self.name is None else BUGS[self.name]

    @property
    def level(self) -> int:
        """The difficulty of the next bug, 1 to 3: it grows with what was found."""
        return min(3, 1 + self.found // NEEDED)

    @property
    def right(self) -> bool:
        """Whether the answer is right."""
        return self.answer is not None and self.answer == self.name

    def begin(self, generator: np.random.Generator) -> Bug:
        """Choose the next bug, of the present level and, while there are some, a new one."""
        level = [name for name, bug in HIDEABLE.items() if bug.difficulty == self.level]
        fresh = [name for name in level if name not in self.before]
        self.name = str(generator.choice(fresh or [name for name in level if name != self.name]))
        others = [name for name in HIDEABLE if name != self.name]
        chosen = generator.choice(others, CHOICES - 1, replace=False).tolist()
        self.choices = generator.permutation([self.name, *chosen]).tolist()
        self.before.append(self.name)
        self.answer = None
        return BUGS[self.name]

    def take(self, answer: str):
        """Take an answer to the present question; only the first counts."""
        if self.answer is None and answer in self.choices:
            self.answer = answer
            self.asked, self.found = self.asked + 1, self.found + (answer == self.name)
