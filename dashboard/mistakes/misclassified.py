"""The misclassified digits of one evaluation, to sort and to filter, and the class report as rows."""

from dataclasses import dataclass, fields

import numpy as np

from nnlib.evaluation import Evaluation
from nnlib.metrics import classification_report

# Sort keys, smallest first. Ties stay in the order of the split; NaN comes last.
ORDERS = {
    "most sure": lambda mistakes: -mistakes.confidence,
    "least sure": lambda mistakes: mistakes.confidence,
    "highest loss": lambda mistakes: -mistakes.losses,
    "number": lambda mistakes: mistakes.positions,
}


@dataclass(frozen=True, eq=False)
class Mistakes:
    """n misclassified digits: five arrays (n,).

    positions: in the split, counted from 0. truth, guess: classes. confidence: the probability of the guess, or its
    score where the loss gives no probabilities. losses: per example.
    """

    positions: np.ndarray
    truth: np.ndarray
    guess: np.ndarray
    confidence: np.ndarray
    losses: np.ndarray

    def __len__(self):
        return len(self.positions)

    def take(self, which) -> "Mistakes":
        """Those at a slice, a mask or an array of places, in that order."""
        return Mistakes(*(getattr(self, field.name)[which] for field in fields(self)))

    def between(self, truth: int | None, guess: int | None) -> "Mistakes":
        """Those of this true class that were misread as this class; None is any."""
        return self.take(((self.truth == truth) | (truth is None)) & ((self.guess == guess) | (guess is None)))

    def in_order(self, order: str) -> "Mistakes":
        """All of them, sorted by one of ORDERS."""
        return self.take(np.argsort(ORDERS[order](self), kind="stable"))


def find(evaluation: Evaluation, probabilities: np.ndarray) -> Mistakes:
    """All mistakes of an evaluation, given its class probabilities (classes, n)."""
    wrong = evaluation.mistakes()
    guess = evaluation.predicted[wrong]
    return Mistakes(wrong, evaluation.labels[wrong], guess, probabilities[guess, wrong], evaluation.losses[wrong])


def report_rows(confusion: np.ndarray, class_names: tuple[str, ...]) -> list[dict]:
    """One row per class and two averages: precision, recall and F1 from 0 to 1, and the number of digits."""
    scores = classification_report(confusion)
    columns = (class_names, scores.precision, scores.recall, scores.f1, scores.support)
    total = int(scores.support.sum())
    means = [("macro average", *scores.macro, total), ("weighted average", *scores.weighted, total)]
    return [
        {"class": name, "precision": float(p), "recall": float(r), "F1": float(f), "digits": int(n)}
        for name, p, r, f, n in [*zip(*columns, strict=True), *means]
    ]
