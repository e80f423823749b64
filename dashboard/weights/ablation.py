"""The effect of a change by hand: a description before it is tried, a comparison afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dashboard.components.layer_units import Units
from dashboard.notation.numbers import digits_that_differ, minus, number, rounded, signed
from dashboard.notation.phrases import capitalized
from nnlib.analysis.interventions import Intervention, Scale, SetWeight, SwitchOff
from nnlib.evaluation import Evaluation
from nnlib.losses import Loss
from nnlib.metrics import confusion_matrix


@dataclass(frozen=True, eq=False)
class Comparison:
    """Evaluations of the same digits before and after a change."""

    before: Evaluation
    after: Evaluation
    n_classes: int

    @cached_property
    def lost(self) -> np.ndarray:
        """Positions of the newly misclassified digits, the largest increase of the loss first."""
        return self._sorted(np.setdiff1d(self.after.mistakes(), self.before.mistakes()), -1)

    @cached_property
    def won(self) -> np.ndarray:
        """Positions of the newly correct digits, the largest decrease of the loss first."""
        return self._sorted(np.setdiff1d(self.before.mistakes(), self.after.mistakes()), 1)

    @cached_property
    def recalls(self) -> tuple[np.ndarray, np.ndarray]:
        """The recall of each class before and after, (classes,) each."""
        return _recall(self.before, self.n_classes), _recall(self.after, self.n_classes)

    def _sorted(self, positions, sign):
        grown = (self.after.losses - self.before.losses)[positions]
        return positions[np.argsort(sign * grown, kind="stable")]


def _recall(evaluation, n_classes):
    confusion = confusion_matrix(evaluation.labels, evaluation.predicted, n_classes)
    return np.diag(confusion) / np.maximum(confusion.sum(axis=1), 1)


def table(comparison: Comparison) -> str:
    """Accuracy, misclassified digits and loss before and after, and their changes, as a Markdown table. Every change is
    that of the numbers printed."""
    before, after = comparison.before, comparison.after
    n = len(before.labels)
    wrong = len(before.mistakes()), len(after.mistakes())
    accuracies = round(100 * before.accuracy, 2), round(100 * after.accuracy, 2)
    digits = digits_that_differ(before.loss, after.loss, 4)
    losses = rounded(before.loss, digits), rounded(after.loss, digits)
    rows: list[tuple[str, float, float, Callable[[float], str]]] = [
        ("accuracy, %", *accuracies, "{:.2f}".format),
        (f"misclassified, of {n:,} digits", *wrong, "{:,d}".format),
        ("loss", *losses, lambda loss: number(loss, digits)),
    ]
    lines = ["| validation | Before | Change | After |", "|:---|---:|---:|---:|"]
    for name, old, new, write in rows:
        change = f"{'+' if new > old else ''}{minus(write(new - old))}" if new != old else "none"
        lines.append(f"| {name} | {write(old)} | **{change}** | {write(new)} |")
    return "\n".join(lines)


def verdict(comparison: Comparison) -> str:
    """How many predictions became wrong and how many right."""
    lost, won = len(comparison.lost), len(comparison.won)
    if lost or won:
        return f"Newly misclassified: {lost:,}. Newly correct: {won:,}."
    if (comparison.after.losses == comparison.before.losses).all():
        return "Nothing changes: the changed weights only multiply zeros, or they had these values before."
    return "No digit becomes right or wrong; only the loss changes."


def name(intervention: Intervention, layers: list[Units]) -> str:
    """A change in a few words."""
    layer = layers[intervention.layer]
    who = layer.said(intervention.unit)
    if layer.following:
        who += f" of layer {layer.number}"
    match intervention:
        case SwitchOff():
            return f"{who} switched off"
        case Scale(factor=factor):
            return f"weights of {who} times {number(factor, 6)}"
        case SetWeight(place=None, value=value):
            return f"bias of {who} set to {number(value, 6)}"
        case SetWeight(place=place, value=value) if place is not None:
            return f"weight of {who} {where(layer, place)} set to {number(value, 6)}"
    raise TypeError(f"expected one of the interventions, got {intervention!r}")


def where(layer: Units, place: int) -> str:
    """The position of a weight in a unit's row of W, in words."""
    row, *more = np.unravel_index(place, layer.row_shape)
    if not more:
        return f"on input {row + 1:,}"
    channel = f" of input channel {more[1] + 1}" if len(more) > 1 and layer.channels > 1 else ""
    return f"at row {row + 1}, column {more[0] + 1}{channel}"


def explain(intervention: Intervention, layers: list[Units], loss: Loss, class_names: tuple[str, ...]) -> str:
    """What a change does exactly."""
    layer, unit = layers[intervention.layer], intervention.unit
    who = layer.said(unit)
    match intervention:
        case SwitchOff() if layer.following:
            own = "weights and bias" if layer.layer.bias else "weights"
            n = layer.following.layer.W[:, unit :: len(layer)].size
            return (
                f"Layer {layer.number + 1} gets 0 from {who} for every digit: the weights out of it ({n:,}) become 0, "
                f"its own {own} stay. (If those were 0, a sigmoid would still output σ(0) = 0.5.) If you "
                "keep the change and train on, the weights out of it may grow again."
            )
        case SwitchOff():
            return (
                f"{capitalized(who)} has no next layer, so its own weights and bias become 0 and with them its score "
                f"for every digit. {_score_of_zero(loss, class_names)}"
            )
        case Scale(factor=factor):
            n = layer.layer.W.shape[1]
            bias = "; its bias stays" if layer.layer.bias else ""
            return f"The weights into {who} ({n:,}) are multiplied by {number(factor, 6)}{bias}."
        case SetWeight(place=place, value=value):
            now = layer.bias(unit) if place is None else float(layer.layer.W[unit, place])
            what = "bias" if place is None else f"weight {where(layer, place)}"
            return f"The {what} of {who} changes from {signed(now)} to {signed(value)}; nothing else changes."
    raise TypeError(f"expected one of the interventions, got {intervention!r}")


def _score_of_zero(loss, class_names):
    zero = np.zeros((1, 1), np.float32)
    if loss.outputs(2) == 1:
        return (
            f"A score of 0 is a probability of 0.5: every digit is read as {class_names[int(loss.predict(zero)[0])]}."
        )
    zero_is = "A score of 0 is not a probability of 0" if loss.gives_probabilities else "Scores can be negative"
    return f"{zero_is}: the class is still predicted wherever all other scores are negative."
