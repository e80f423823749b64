"""A visitor's score in an exercise."""

from dataclasses import dataclass
from typing import Any


@dataclass
class Score:
    """The `number` of the present question, how many were `asked` and answered and how many were `right` at the first
    try, and the last `answer` to the present question, which is `about` one network."""

    number: int = 0
    asked: int = 0
    right: int = 0
    answer: Any = None
    about: object = None

    def ask(self, about: object):
        """Set what the question is about; an answer about something else is forgotten."""
        if about != self.about:
            self.about, self.answer = about, None

    def take(self, answer: object, right: bool):
        """Take an answer; only the first one to a question counts."""
        if self.answer is None:
            self.asked, self.right = self.asked + 1, self.right + right
        self.answer = answer

    def next(self):
        """On to the next question; a skipped one does not count."""
        self.number, self.answer = self.number + 1, None
