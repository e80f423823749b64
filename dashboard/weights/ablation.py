"""What a change of the network by hand does to it: in words before it is tried, in numbers afterwards. Pure."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dashboard.components.layer_units import Units
from dashboard.notation.numbers import signed
from nnlib.analysis.interventions import Intervention, Scale, SetWeight, SwitchOff
from nnlib.evaluation import Evaluation
from nnlib.losses import Loss
from nnlib.metrics import confusion_matrix


@dataclass(frozen=True, eq=False)
class Comparison:
    """The same digits read before and after."""

    before: Evaluation
    after: Evaluation
    n_classes: int

    @cached_property
    def lost(self) -> np.ndarray:
        """Positions of the digits that were right and are wrong now, those first whose loss has grown most."""
        return self._sorted((self._right(self.before) & ~self._right(self.after)), -1)

    @cached_property
    def won(self) -> np.ndarray:
        """Positions of those that were wrong and are right now, those first whose loss has fallen most."""
        return self._sorted((~self._right(self.before) & self._right(self.after)), 1)

    @cached_property
    def recalls(self) -> tuple[np.ndarray, np.ndarray]:
        """For each class the share of its digits that are read as this class, before and after: (classes,) each."""
        return _recall(self.before, self.n_classes), _recall(self.after, self.n_classes)

    def _sorted(self, which, sign):
        found = np.flatnonzero(which)
        grown = (self.after.losses - self.before.losses)[found]
        return found[np.argsort(sign * grown, kind="stable")]

    @staticmethod
    def _right(evaluation):
        return evaluation.predicted == evaluation.labels


def _recall(evaluation, n_classes):
    confusion = confusion_matrix(evaluation.labels, evaluation.predicted, n_classes)
    return np.diag(confusion) / np.maximum(confusion.sum(axis=1), 1)


def table(comparison: Comparison) -> str:
    """Before, change, after, as a table in Markdown."""
    before, after = comparison.before, comparison.after
    n = len(before.labels)
    wrong = len(before.mistakes()), len(after.mistakes())
    rows = [
        ("accuracy, %", *(100 * each.accuracy for each in (before, after)), ".2f", ".2f"),
        (f"misread, of {n:,} digits", *wrong, ",d", ",d"),
        ("loss", before.loss, after.loss, ".4g", ".2g"),
    ]
    lines = ["| validation | Before | Change | After |", "|:---|---:|---:|---:|"]
    for name, old, new, form, change_form in rows:
        change = _minus(f"{new - old:+{change_form}}") if new != old else "none"
        lines.append(f"| {name} | {old:{form}} | **{change}** | {new:{form}} |")
    return "\n".join(lines)


def verdict(comparison: Comparison) -> str:
    """One sentence on what was lost and won."""
    lost, won = len(comparison.lost), len(comparison.won)
    if not lost and not won:
        same = (comparison.after.losses == comparison.before.losses).all()
        if same:
            return (
                "Nothing changes at all: what was changed meets nothing but zeros in these digits, or it was so before."
            )
        return "Not one digit is read otherwise; only how surely changes."
    return (
        f"{lost:,} digit{'' if lost == 1 else 's'} that {'was' if lost == 1 else 'were'} right {_is(lost)} wrong now, "
        f"{won:,} that {'was' if won == 1 else 'were'} wrong {_is(won)} right."
    )


def _is(n):
    return "is" if n == 1 else "are"


def name(intervention: Intervention, layers: list[Units]) -> str:
    """What was done, in a few words."""
    layer = layers[intervention.layer]
    who = (
        f"{layer.name(intervention.unit)} of layer {layer.number}" if layer.following else layer.name(intervention.unit)
    )
    match intervention:
        case SwitchOff():
            return f"{who} switched off"
        case Scale(factor=factor):
            return f"the weights of {who} times {_minus(f'{factor:g}')}"
        case SetWeight(place=None, value=value):
            return f"the bias of {who} set to {_minus(f'{value:g}')}"
        case SetWeight(place=place, value=value) if place is not None:
            return f"the weight of {who} {where(layer, place)} set to {_minus(f'{value:g}')}"
    raise TypeError(f"expected one of the interventions, got {intervention!r}")


def where(layer: Units, place: int) -> str:
    """Where in a unit's row of W a weight stands, in words."""
    row, *more = np.unravel_index(place, layer.row_shape)
    if not more:
        return f"on input {row + 1:,}"
    channel = f" of input channel {more[1] + 1}" if len(more) > 1 and layer.channels > 1 else ""
    return f"at row {row + 1}, column {more[0] + 1}{channel}"


def explain(intervention: Intervention, layers: list[Units], loss: Loss, class_names: tuple[str, ...]) -> str:
    """What exactly is done, in sentences."""
    layer, unit = layers[intervention.layer], intervention.unit
    who = layer.name(unit)
    match intervention:
        case SwitchOff() if layer.following:
            n = layer.following.layer.W[:, unit :: len(layer)].size
            those = "the 1 weight there for it becomes" if n == 1 else f"the {n:,} weights there for it become"
            return (
                f"Whatever {who} answers, layer {layer.number + 1} gets 0 from it: {those} 0. Its own weights and bias "
                "stay. (With these at 0 instead, a sigmoid would still answer σ(0) = 0.5.) If you keep it and train "
                "on, the weights that became 0 get gradients again, and the unit may come back."
            )
        case SwitchOff():
            return (
                f"{who.capitalize()} has no next layer. Its weights and bias become 0, so that its score is 0 for "
                f"every digit: everything that spoke for it or against it is gone. {_score_of_zero(loss, class_names)}"
            )
        case Scale(factor=factor):
            return (
                f"Each of the {layer.layer.W.shape[1]:,} weights into {who} is multiplied by {_minus(f'{factor:g}')}; "
                "its bias and all other numbers stay."
            )
        case SetWeight(place=place, value=value):
            now = layer.bias(unit) if place is None else float(layer.layer.W[unit, place])
            what = "its bias" if place is None else f"the weight {where(layer, place)}"
            return f"Of all numbers of {who} only {what} changes, from {signed(now)} to {signed(value)}."
    raise TypeError(f"expected one of the interventions, got {intervention!r}")


def _score_of_zero(loss, class_names):
    zero = np.zeros((1, 1), np.float32)
    if loss.outputs(2) == 1:
        said = class_names[int(loss.predict(zero)[0])]
        return f"As a probability that is 0.5, and from 0.5 on it says {said}: so every digit is read as {said}."
    if loss.gives_probabilities:
        return "That is not a probability of 0: it still says this class wherever all other scores are negative."
    return "It still says this class wherever all other outputs are negative."


def _minus(text):
    return text.replace("-", "−")
