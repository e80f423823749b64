"""The misread digits of one evaluation: which, taken for what, how surely, at what loss; and the report of all classes
as a table. Pure: sorting and choosing.
"""

from dataclasses import dataclass, fields

import numpy as np

from nnlib.evaluation import Evaluation
from nnlib.metrics import classification_report

# What to sort by: the numbers, smallest first; equal ones, and what is not a number, stay in the split's order.
ORDERS = {
    "most sure": lambda mistakes: -mistakes.confidence,
    "least sure": lambda mistakes: mistakes.confidence,
    "highest loss": lambda mistakes: -mistakes.losses,
    "in order": lambda mistakes: mistakes.positions,
}


@dataclass(frozen=True, eq=False)
class Mistakes:
    """n misread digits: five arrays (n,).

    positions: in the split, counted from 0. truth, guess: classes. confidence: what the guess got, a probability if the
    loss gives probabilities. losses: the loss of each alone.
    """

    positions: np.ndarray
    truth: np.ndarray
    guess: np.ndarray
    confidence: np.ndarray
    losses: np.ndarray

    def __len__(self):
        return len(self.positions)

    def take(self, which) -> "Mistakes":
        """Those that a slice, a mask or an array of places chooses, in its order."""
        return Mistakes(*(getattr(self, field.name)[which] for field in fields(self)))

    def between(self, truth: int | None, guess: int | None) -> "Mistakes":
        """Those of this true class that were taken for this class; None is any."""
        return self.take(
            ((self.truth == truth) | (truth is None)) & ((self.guess == guess) | (guess is None)),
        )

    def in_order(self, order: str) -> "Mistakes":
        """All of them, sorted by one of ORDERS."""
        return self.take(np.argsort(ORDERS[order](self), kind="stable"))


def find(evaluation: Evaluation, probabilities: np.ndarray) -> Mistakes:
    """All mistakes of an evaluation, given the class probabilities (classes, n) that belong to it."""
    wrong = evaluation.mistakes()
    guess = evaluation.predicted[wrong]
    return Mistakes(wrong, evaluation.labels[wrong], guess, probabilities[guess, wrong], evaluation.losses[wrong])


def report_rows(confusion: np.ndarray, class_names: tuple[str, ...]) -> list[dict]:
    """One row a class and one for each mean: precision, recall and F1 as shares from 0 to 1, and the number of
    digits."""
    scores = classification_report(confusion)
    columns = (class_names, scores.precision, scores.recall, scores.f1, scores.support)
    total = int(scores.support.sum())
    means = [("mean of the classes", *scores.macro, total), ("mean weighted by digits", *scores.weighted, total)]
    return [
        {"class": name, "precision": float(p), "recall": float(r), "F1": float(f), "digits": int(n)}
        for name, p, r, f, n in [*zip(*columns, strict=True), *means]
    ]
