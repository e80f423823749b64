"""How a visitor does at an exercise."""

from dataclasses import dataclass
from typing import Any


@dataclass
class Score:
    """How one visitor does: the number of the question that is asked now, of those answered and of those right at the
    first try; and the answer given last, if it is one to the question asked now: `about` says of which network."""

    number: int = 0
    asked: int = 0
    right: int = 0
    answer: Any = None
    about: object = None

    def ask(self, about: object):
        """The question is now about this; an answer about something else is forgotten."""
        if about != self.about:
            self.about, self.answer = about, None

    def take(self, answer: object, right: bool):
        """An answer to the question; only the first one counts."""
        if self.answer is None:
            self.asked, self.right = self.asked + 1, self.right + right
        self.answer = answer

    def next(self):
        """On to the next question. One that was not answered does not count."""
        self.number, self.answer = self.number + 1, None
