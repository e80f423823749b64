"""What the network says of one digit, in sentences."""

import math

import numpy as np

from dashboard.notation.numbers import percent
from dashboard.notation.phrases import times


def about_looks(looks: int) -> str:
    """How often the test digits have been evaluated."""
    if looks == 0:
        return "The test digits have not been looked at in this session."
    return f"The test digits have been looked at {times(looks)} in this session."


def about_guess(
    values: np.ndarray, truth: int, guess: int, loss: float, class_names: tuple[str, ...], probabilities: bool
) -> str:
    """What the network says about one digit, `values` (classes,), and what that costs."""
    said, right = class_names[guess], class_names[truth]
    if not (np.isfinite(values).all() and math.isfinite(loss)):
        return f"Its numbers for this {right} are not finite any more: the weights have grown without bound."
    if not probabilities:
        verdict = "and that is right ✓" if guess == truth else f"✗; the truth, {right} ✓, got {values[truth]:.2f}"
        return f"Its largest score, {values[guess]:.2f}, is that of {said} {verdict}. Its loss is {loss:.3g}."
    cost = (
        f"Its loss is −ln {_digits_kept(values[truth])} = {loss:.3g}"
        if values[truth] > 0
        else f"Its loss is {loss:.3g}"
    )
    if guess == truth:
        return f"It says {said} with {percent(values[guess])}, and that is right ✓. {cost}: the surer, the nearer to 0."
    return (
        f"It says {said} ✗ with {percent(values[guess])}; the truth, {right} ✓, got {percent(values[truth])}. {cost}: "
        "the loss looks only at what the truth got."
    )


def _digits_kept(probability):
    """A probability with as many digits as its logarithm needs: close to 1, those of its distance from 1."""
    distance = 1 - float(probability)
    if 0 < distance < 0.1:
        return f"{probability:.{1 - math.floor(math.log10(distance))}f}"
    return f"{probability:.3g}"
