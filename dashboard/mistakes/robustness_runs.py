"""How well a network reads disturbed digits, kept with what it was measured for, and what there is to see in it."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dashboard.notation.numbers import percent
from nnlib.analysis.corruptions import DISTURBANCES
from nnlib.analysis.robustness import Robustness, margin
from nnlib.augmentation import Augmentation
from nnlib.datasets import Split

SAMPLES = 3  # digits shown under each chart

HOW = {
    "shift": "Each digit moves by so many whole pixels to the right, to the left, up or down: always the same way.",
    "rotation": "About the middle of the picture; negative is clockwise.",
    "noise": "To each pixel a normally distributed number is added; the axis gives its standard deviation. Always the "
    "same noise, only stronger.",
    "thickness": "Dilation: each pixel becomes the brightest of its neighbourhood, so that strokes grow. Erosion, to "
    "the left: the darkest. Half a pixel is the mean of the pictures on either side.",
}
LESSONS = {
    "shift": "A fully connected network has a weight for every place: what it knows of a stroke here says nothing of "
    "the same stroke three pixels on. A convolution looks for its strokes everywhere, so it falls later.",
    "rotation": "Nothing in either kind of network expects a turned stroke; beyond some degrees a 6 and a 9 cannot be "
    "told apart by anybody.",
    "noise": "Each pixel is off by a little, and a unit adds up hundreds of them, so that much of the noise cancels "
    "out. You can read these digits for longer than it can.",
    "thickness": "Another pen. Thin strokes vanish, thick ones close the loops of a 6 or an 8.",
}
ADVICE = {  # by whether augmentation is on
    True: "**What helps: augmentation.** It is on: while it trains, every digit is shifted, turned and resized a "
    "little, so that it has met such digits; of noise or another pen it learns nothing by that. Set it to 0 in the "
    "sidebar, Reset, train as long, and measure again to see what it is worth.",
    False: "**What helps: augmentation.** Shift and Rotation under Augmentation, in the sidebar, move every training "
    "digit a little, each time another way. Set them, train on and measure again: this measurement stays as a dotted "
    "curve. It helps against what was practised; against noise it need not.",
}
EXAMPLES = {  # what is said of a disturbance: at which amounts, in which words
    "shift": ((3, "shifted by 3 pixels"),),
    "rotation": ((-30, "turned by 30° clockwise"), (30, "anticlockwise")),
    "noise": ((30, "with noise of 30 %"),),
    "thickness": ((-1, "with strokes one pixel thinner"), (1, "one pixel thicker")),
}


@dataclass(frozen=True, eq=False)
class Trial:
    """A measurement: of the network with this `fingerprint`, on which `data`, and in words `network`, when in its
    training (`position`, in epochs) and how its training digits were moved by then."""

    fingerprint: str
    data: str
    network: str
    position: float
    augmentation: Augmentation
    robustness: Robustness

    @property
    def name(self) -> str:
        """Whose it is, for a legend."""
        moved = "with augmentation" if self.augmentation else "no augmentation"
        return f"{self.network}, epoch {self.position:.2f}, {moved}"

    @property
    def n(self) -> int:
        """How many digits each reading is made of."""
        return len(self.robustness.labels)


def add(trials: list[Trial], trial: Trial) -> list[Trial]:
    """The trials to keep, the newest first: this one, and the last one of another network."""
    return [trial, *(each for each in trials if each.fingerprint != trial.fingerprint)][:2]


def shown_digits(split: Split, n: int, trial: Trial | None) -> np.ndarray:
    """Positions of a few digits among the first n of a split: of different classes where there are so many, and such
    as the network of the trial reads right as long as nobody disturbs them."""
    labels = split.labels[:n]
    readable = np.ones(n, bool) if trial is None else trial.robustness.right("shift", 0)
    candidates = np.flatnonzero(readable) if readable.any() else np.arange(n)
    _, first = np.unique(labels[candidates], return_index=True)
    first.sort()
    others = np.setdiff1d(np.arange(len(candidates)), first)
    return candidates[np.concatenate([first, others])[:SAMPLES]]


def about(name: str, trial: Trial) -> str:
    """What one curve says, in numbers."""
    amounts, accuracies = DISTURBANCES[name].amounts, trial.robustness.accuracies(name)
    at = dict(zip(amounts, accuracies.tolist(), strict=True))
    told = ", ".join(f"{words} **{percent(at[amount])}**" for amount, words in EXAMPLES[name])
    return f"Undisturbed it reads {percent(at[0])} of them, {told}.{_halved(name, at)}"


def _halved(name, at):
    """From which amount on less than half of what it could is left, going up from 0."""
    up = [amount for amount in sorted(at) if amount >= 0]
    fallen = next((next_ for _, next_ in pairwise(up) if at[next_] < at[0] / 2), None)
    if fallen is None:
        return ""
    unit = DISTURBANCES[name].unit.partition(" of ")[0]
    return f" From {fallen:g} {unit} on, less than half of that is left."


def about_error(trial: Trial) -> str:
    """How far chance alone may move these numbers."""
    accuracy = float(trial.robustness.accuracies("shift")[0])
    return (
        f"Each point is measured on the same {trial.n:,} validation digits, so it may be off by chance: the bars hold "
        f"95 % of that, ± {100 * margin(accuracy, trial.n):.1f} percentage points at {percent(accuracy)} and "
        f"± {100 * margin(0.5, trial.n):.1f} at 50 %."
    )


def about_untrained(trial: Trial | None) -> str:
    """Why there is little to see yet."""
    said = "The network is untrained: it guesses, whether the digits are disturbed or not. Press **Run** first."
    return said if trial is None else f"{said} Then measure again: the curves stay for comparison."


def _signed(amount):
    return f"{amount:g}".replace("-", "−")


def about_comparison(now: Trial, before: Trial) -> str:
    """What changed between two networks, where it changed most."""
    changes = {
        (name, amount): float(difference)
        for name, kind in DISTURBANCES.items()
        for amount, difference in zip(
            kind.amounts, now.robustness.accuracies(name) - before.robustness.accuracies(name), strict=True
        )
    }
    (name, amount), most = max(changes.items(), key=lambda item: abs(item[1]))
    unit = DISTURBANCES[name].unit.partition(" of ")[0]
    if not most:
        return f"The dotted curves, of an earlier measurement ({before.name}), are the same."
    return (
        f"The dotted curves are an earlier measurement: {before.name}. The greatest difference: at {_signed(amount)} "
        f"{unit} of {name} this network reads {100 * abs(most):.0f} percentage points "
        f"{'more' if most > 0 else 'fewer'}."
    )
