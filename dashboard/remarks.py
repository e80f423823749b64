"""What the parts of the Mistakes page say of one digit, of certainty and of thresholds: pure functions from numbers to
text, and the choices that hang on numbers.
"""

import math

import numpy as np

from nnlib.attribution import Attribution
from nnlib.neighbours import Neighbours

FULL = 255  # brightness of full ink


# One digit


def rival(values: np.ndarray, chosen: int, truth: int) -> int:
    """The class to compare a chosen one with, given what each got (classes,): the truth; for the truth itself, the one
    that got most of the others."""
    if chosen != truth:
        return truth
    others = np.where(np.arange(len(values)) == chosen, -np.inf, values)
    return int(others.argmax())


def role(k: int, truth: int, guess: int) -> str:
    """What a class is for this digit, in a word and a sign."""
    if k == truth:
        return "the truth and the guess ✓" if k == guess else "the truth ✓"
    return "the guess ✗" if k == guess else "another class"


def sum_of(found: Attribution) -> str:
    """A score as what it is made of, as an equation with numbers."""
    rest = "" if found.exact else f" {_signed(found.rest)} left"
    return f"{_number(found.score)} = {_number(found.parts.sum())} pixels {_signed(found.biases)} biases{rest}"


def about_attribution(found: Attribution, layers: int) -> str:
    """What to see in the pictures, and how exact they are; `layers` counts those with weights."""
    if layers == 1:
        slope = (
            "Without hidden layers the slope is simply the weight, so this is **weight × pixel**: all of them and the "
            "bias add up to the score, exactly."
        )
    elif found.exact:
        slope = (
            "The units here bend only at zero, so the pixels and what reaches the score from the biases add up to it "
            f"exactly. But only for this digit: with all inputs at 0 the score would be {_number(found.at_zero)}, not "
            f"{_number(found.biases)}, because on the way there units switch on and off and the slopes change."
        )
    else:
        slope = (
            "The units here bend everywhere, so pixels and biases do not add up to the score: "
            f"{_number(found.rest)} is left that belongs to neither. Read the picture as true for small changes of "
            "this digit only."
        )
    paper = float(found.x.min())
    ground = f" Empty paper enters as {paper:.2f} here, not as 0, so it contributes too." if paper < 0 else ""
    return (
        "**Blue** pixels raised the score, **orange** ones lowered it: what a pixel enters as × the slope, how fast "
        f"the score grows with it. {slope}{ground}"
    )


def about_neighbours(labels: np.ndarray, truth: int, guess: int, class_names: tuple[str, ...]) -> str:
    """Whether the training digits that look most like a digit, nearest first, say the same as the network."""
    first, right = class_names[labels[0]], int(np.count_nonzero(labels == truth))
    said = f"The training digit that looks most like it is a {first}"
    if labels[0] == truth == guess:
        return f"{said}: comparing pixels alone would read it right too ✓."
    if labels[0] == truth:
        return (
            f"{said}, the truth: comparing pixels alone would have read it right ✓. The network keeps no digits, only "
            "weights, and these have let it down here."
        )
    if labels[0] == guess:
        others = f", though {_counted(right, len(labels))} of these a {class_names[truth]}" if right else ""
        return f"{said}, what the network guessed: by its pixels this digit does look like one{others}."
    return f"{said}, neither the truth nor the guess: by its pixels this digit is an unusual one."


def distance(found: Neighbours, place: int) -> str:
    """How far a neighbour is, full ink counting as 1."""
    return f"distance {found.distances[place] / FULL:.2f}"


def about_distance(image: np.ndarray) -> str:
    """What a distance is, and how far nothing is from this image (pixels,) of uint8 brightness."""
    empty = float(np.linalg.norm(image.astype(np.float64))) / FULL
    return (
        "Distance: the root of the sum of all squared differences of two digits, pixel by pixel, full ink counting as "
        f"1. An empty sheet of paper would be {empty:.2f} away."
    )


def _counted(n, of):
    return "all" if n == of else f"{n} {'is' if n == 1 else 'are'}"


def _number(value):
    value = float(value)
    return f"{value:.2f}".replace("-", "−") if math.isfinite(value) else "no number"


def _signed(value):
    text = _number(abs(float(value)))
    return f"{'−' if value < 0 else '+'} {text}"
