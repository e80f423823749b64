"""Measurements of robustness, each kept with the network it belongs to, and sentences about them."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dashboard.notation.numbers import number, percent
from nnlib.analysis.corruptions import CORRUPTIONS
from nnlib.analysis.robustness import Robustness, margin
from nnlib.augmentation import Augmentation
from nnlib.datasets import Split

SAMPLES = 3  # digits shown under each chart

HOW = {
    "shift": "Each digit moves right, left, up or down by this many pixels, always in the same direction.",
    "rotation": "About the centre of the image; negative is clockwise.",
    "noise": "Gaussian noise of this standard deviation is added to each pixel: always the same pattern, scaled.",
    "thickness": "Dilation gives each pixel the most ink of its neighbourhood, so strokes grow; erosion (left), the "
    "least. Half a pixel is the mean of the images on either side.",
}
LESSONS = {
    "shift": "A fully connected network has separate weights for each position: what it has learned about a stroke "
    "here does not apply three pixels further on. A convolution uses the same weights everywhere.",
    "rotation": "Neither fully connected nor convolutional networks are built for rotation.",
    "noise": "A fully connected unit sums over hundreds of pixels, so much of the noise cancels out.",
    "thickness": "Thin strokes vanish; thick ones close the loops of a 6 or an 8.",
}
ADVICE = {  # by whether augmentation is on
    True: "**Augmentation helps.** It is on: the network trains on digits that are moved a little at random. It does "
    "not help against noise or stroke width. To see its effect, set it to 0 in the sidebar, reset, train as long and "
    "measure again.",
    False: "**Augmentation helps.** Shift and Rotation under Augmentation, in the sidebar, move every training digit a "
    "little at random. Set them, train on and measure again: this measurement stays as a dotted curve. It does not "
    "help against noise or stroke width.",
}
EXAMPLES = {  # the amounts of a corruption that are put into words
    "shift": ((3, "shifted by 3 pixels"),),
    "rotation": ((-30, "rotated by 30° clockwise"), (30, "anticlockwise")),
    "noise": ((30, "with 30 % noise"),),
    "thickness": ((-1, "with strokes one pixel thinner"), (1, "one pixel thicker")),
}


def amount_in_words(name: str, amount: float) -> str:
    """`45°`, `30 %`, `3 pixels`, `1 pixel`."""
    unit = CORRUPTIONS[name].unit.partition(" of ")[0]
    if abs(amount) == 1:
        unit = unit.removesuffix("s")
    return f"{number(amount)}{'' if unit == '°' else ' '}{unit}"


@dataclass(frozen=True, eq=False)
class Trial:
    """A measurement: the `fingerprint` and the architecture of the `network`, the `data` it read, its `position` in
    training (epochs) and the setting of `augmentation` at that time."""

    fingerprint: str
    data: str
    network: str
    position: float
    augmentation: Augmentation
    robustness: Robustness

    @property
    def name(self) -> str:
        """The network in words."""
        return f"{self.network}, epoch {self.position:.2f}, augmentation {'on' if self.augmentation else 'off'}"

    @property
    def n(self) -> int:
        """How many digits each point is measured on."""
        return len(self.robustness.labels)


def add(trials: list[Trial], trial: Trial) -> list[Trial]:
    """The trials to keep, newest first: this one, and the last one of another network."""
    return [trial, *(each for each in trials if each.fingerprint != trial.fingerprint)][:2]


def shown_digits(split: Split, n: int, trial: Trial | None) -> np.ndarray:
    """Positions of a few digits among the first n of a split: of different classes if possible, and read correctly
    by the network of the trial while they are not corrupted."""
    labels = split.labels[:n]
    readable = np.ones(n, bool) if trial is None else trial.robustness.right("shift", 0)
    candidates = np.flatnonzero(readable) if readable.any() else np.arange(n)
    _, first = np.unique(labels[candidates], return_index=True)
    first.sort()
    others = np.setdiff1d(np.arange(len(candidates)), first)
    return candidates[np.concatenate([first, others])[:SAMPLES]]


def about(name: str, trial: Trial) -> str:
    """One curve in numbers."""
    amounts, accuracies = CORRUPTIONS[name].amounts, trial.robustness.accuracies(name)
    at = dict(zip(amounts, accuracies.tolist(), strict=True))
    told = ", ".join(f"{words} **{percent(at[amount])}**" for amount, words in EXAMPLES[name])
    return f"Accuracy: {percent(at[0])} on clean digits, {told}.{_halved(name, at)}"


def _halved(name, at):
    """The first amount, going up from 0, at which less than half of the clean accuracy is left."""
    up = [amount for amount in sorted(at) if amount >= 0]
    fallen = next((next_ for _, next_ in pairwise(up) if at[next_] < at[0] / 2), None)
    if fallen is None:
        return ""
    return f" At {amount_in_words(name, fallen)}, less than half of the clean accuracy is left."


def about_error(trial: Trial) -> str:
    """The sampling error of these numbers."""
    accuracy = float(trial.robustness.accuracies("shift")[0])
    here = f", ± {100 * margin(accuracy, trial.n):.1f} at {percent(accuracy)}" if 0 < accuracy < 1 else ""
    return (
        f"Each point is measured on the same {trial.n:,} validation digits. Bars: 95 % interval, "
        f"± {100 * margin(0.5, trial.n):.1f} percentage points at 50 %{here}."
    )


def about_untrained(trial: Trial | None, invitation: str) -> str:
    """What to do first: train, if there is an `invitation` to."""
    said = f"The network is untrained, so it only guesses.{invitation}"
    return f"{said} Then measure again: the curves stay for comparison." if trial and invitation else said


def about_comparison(now: Trial, before: Trial) -> str:
    """Where the accuracy of two networks differs most."""
    changes = {
        (name, amount): float(difference)
        for name, kind in CORRUPTIONS.items()
        for amount, difference in zip(
            kind.amounts, now.robustness.accuracies(name) - before.robustness.accuracies(name), strict=True
        )
    }
    (name, amount), most = max(changes.items(), key=lambda item: abs(item[1]))
    if not most:
        return f"The dotted curves, an earlier measurement ({before.name}), are the same."
    return (
        f"The dotted curves are an earlier measurement: {before.name}. Largest difference: at "
        f"{amount_in_words(name, amount)} of {name}, the accuracy of {now.name} is {100 * abs(most):.0f} percentage "
        f"points {'higher' if most > 0 else 'lower'}."
    )
