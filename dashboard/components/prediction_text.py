"""Sentences about the prediction for one digit, and about the use of the test digits."""

import math

import numpy as np

from dashboard.notation.numbers import number, percent
from dashboard.notation.phrases import times


def about_looks(looks: int) -> str:
    """How often the test digits have been evaluated."""
    if looks == 0:
        return "The test digits have not been looked at in this session."
    return f"The test digits have been looked at {times(looks)} in this session."


def about_guess(
    values: np.ndarray, truth: int, guess: int, loss: float, class_names: tuple[str, ...], probabilities: bool
) -> str:
    """The prediction for one digit from its outputs `values` (classes,), and its loss."""
    said, right, mark = class_names[guess], class_names[truth], "✓" if guess == truth else "✗"
    if not (np.isfinite(values).all() and math.isfinite(loss)):
        return f"The outputs for this {right} are not finite."
    if not probabilities:
        true_class = "" if guess == truth else f"; the true class, {right} ✓, got {values[truth]:.2f}"
        return f"It says {said} {mark} with a score of {values[guess]:.2f}{true_class}. The loss is {number(loss)}."
    formula = f"−ln {_probability(values[truth])} = " if values[truth] > 0 else ""
    sure = percent(values[guess])
    if guess == truth:
        return f"It says {said} with {sure} ✓. The loss is {formula}{number(loss)}."
    return (
        f"It says {said} ✗ with {sure}; the true class, {right} ✓, got {percent(values[truth])}. The loss is "
        f"{formula}{number(loss)}."
    )


def _probability(probability):
    """A probability with the digits that its logarithm needs: close to 1, those of its distance from 1."""
    distance = 1 - float(probability)
    if 0 < distance < 0.1:
        return f"{probability:.{1 - math.floor(math.log10(distance))}f}"
    return f"{probability:.3g}"
