"""Sentences of the Mistakes page, and the choices that depend on numbers: numbers in, text out."""

import math

import numpy as np

from dashboard.mistakes.misclassified import Mistakes
from dashboard.notation.numbers import number, percent
from dashboard.notation.phrases import digits_of, listed, times, with_article
from nnlib.analysis.calibration import Calibration
from nnlib.analysis.roc import Thresholds
from nnlib.metrics import classification_report

FREQUENT = 3  # so many of the most frequent confusions are named


# One digit


def rival(values: np.ndarray, chosen: int, truth: int) -> int:
    """The class to compare a chosen one with, given the probability or score of each (classes,): the truth, or for the
    truth itself the strongest other class."""
    if chosen != truth:
        return truth
    others = np.where(np.arange(len(values)) == chosen, -np.inf, values)
    return int(others.argmax())


def role(k: int, truth: int, guess: int, class_names: tuple[str, ...]) -> str:
    """The name of a class and its role for this digit."""
    signs = {truth: "the truth ✓", guess: "the guess ✗"} | ({truth: "truth and guess ✓"} if truth == guess else {})
    return f"{class_names[k]}, {signs[k]}" if k in signs else class_names[k]


def about_neighbours(labels: np.ndarray, truth: int, guess: int, class_names: tuple[str, ...]) -> str:
    """Whether the nearest training digits, nearest first, agree with the network."""
    first, right = class_names[labels[0]], int(np.count_nonzero(labels == truth))
    said = f"The nearest training digit is {with_article(first)}"
    if labels[0] == truth == guess:
        return f"{said}: comparing pixels alone is right too ✓."
    if labels[0] == truth:
        return f"{said}, the truth: comparing pixels alone would have been right ✓."
    if labels[0] == guess:
        though = f" {right} of the {len(labels)} nearest {'has' if right == 1 else 'have'} the true class."
        return f"{said}, like the guess: comparing pixels alone would be wrong too.{though if right else ''}"
    return f"{said}, neither the truth nor the guess."


def caption(guess: int, truth: int, confidence: float, class_names: tuple[str, ...], probabilities: bool = True) -> str:
    """Under a digit: its guess, whether that is right, and the confidence."""
    said = f"✓\u00a0{class_names[truth]}"
    if guess != truth:
        said = f"✗\u00a0{class_names[guess]} → {said}"
    return f"{said}\n{percent(confidence) if probabilities else f'score {number(confidence)}'}"


def misclassified_caption(mistakes: Mistakes, place: int, class_names: tuple[str, ...], probabilities: bool) -> str:
    """The same under a misclassified digit, with its loss."""
    guess, truth, confidence, loss = (
        each[place].item() for each in (mistakes.guess, mistakes.truth, mistakes.confidence, mistakes.losses)
    )
    return f"{caption(guess, truth, confidence, class_names, probabilities)}\nloss {number(loss)}"


# The confusion matrix


def about_accuracy(confusion: np.ndarray, split: str, untrained: bool, invitation: str = "") -> str:
    """How many digits of a split are misread; an untrained network gets an `invitation` to train it."""
    total, right = int(confusion.sum()), int(np.trace(confusion))
    if right == total:
        every, verb = ("The", "is") if total == 1 else ("All", "are")
        return f"{every} {digits_of(split, total)} {verb} read correctly."
    wrong = digits_of(split, f"**{total - right:,} of {total:,}**")
    sentence = f"It misreads {wrong} ({percent((total - right) / total)})."
    if not untrained:
        return sentence
    return (
        f"The network is untrained.{invitation} {sentence} One class alone gets "
        f"{percent(confusion.sum(axis=0).max() / total)} of its guesses."
    )


def about_confusion(confusion: np.ndarray, class_names: tuple[str, ...]) -> str:
    """The most frequent confusions, and the classes with the highest and the lowest error rate."""
    mistakes = confusion - np.diag(np.diag(confusion))
    if not mistakes.any():
        return "All digits are on the diagonal, where guess and truth agree."
    only = _only_guess(confusion)
    if only is not None:
        return f"All digits are read as {class_names[only]}."
    order = np.argsort(-mistakes, axis=None, kind="stable")
    ranked = mistakes.ravel()[order]
    beyond = ranked[FREQUENT] if len(ranked) > FREQUENT else 0  # of confusions that tie, all are named or none
    named = [
        f"{class_names[t]} read as {class_names[g]} ({times(mistakes[t, g])})"
        for t, g in zip(*np.unravel_index(order[:FREQUENT], mistakes.shape), strict=True)
        if mistakes[t, g] > beyond
    ]
    tied = f"{np.count_nonzero(ranked == ranked[0])} confusions are equally frequent ({times(ranked[0])} each)."
    support = confusion.sum(axis=1)
    rate = np.where(support > 0, mistakes.sum(axis=1) / np.maximum(support, 1), np.nan)
    told = "; ".join(filter(None, (_with_rate(what, rate, value, class_names) for what, value in _extremes(rate))))
    return f"{f'Most frequent: {listed(named)}.' if named else tied}{told and f' {told[0].upper()}{told[1:]}.'}"


def _only_guess(confusion):
    """The class that all digits are read as, or None."""
    guessed = np.flatnonzero(confusion.sum(axis=0))
    return int(guessed[0]) if len(guessed) == 1 else None


def _extremes(rate):
    worst, best = np.nanmax(rate), np.nanmin(rate)
    return [("hardest", worst), ("easiest", best)] if worst > best else []


def _with_rate(what, rate, value, class_names):
    """The classes with this error rate; empty if they are too many to be named."""
    those = [class_names[k] for k in np.flatnonzero(rate == value)]
    each = "each " * (len(those) > 1)
    return f"{what}: {listed(those)}, {each}{percent(value)} misread" if len(those) <= FREQUENT else ""


def _sole(values, extreme):
    """The position of the extreme value, or None if several tie."""
    places = np.flatnonzero(values == extreme)
    return int(places[0]) if len(places) == 1 else None


# The class report


def about_worst(confusion: np.ndarray, class_names: tuple[str, ...]) -> str:
    """Which class has the lowest F1, and whether because it is missed or because others are misread as it."""
    scores = classification_report(confusion)
    f1 = np.where(scores.support > 0, scores.f1, np.inf)
    worst = _sole(f1, f1.min())
    if worst is None or f1[worst] == 1 or _only_guess(confusion) is not None:
        return ""
    mistakes = confusion - np.diag(np.diag(confusion))
    missed, taken = mistakes[worst], mistakes[:, worst]
    reasons = [
        (
            missed.sum(),
            f"{missed.sum():,} of its {scores.support[worst]:,} digits missed",
            "most often read as",
            missed,
        ),
        (taken.sum(), f"{taken.sum():,} from other classes misread as it", "most often", taken),
    ]
    told = [
        words + _most_often(often, which, class_names)
        for count, words, often, which in sorted(reasons, key=lambda reason: -reason[0])
        if count
    ]
    return f"Lowest F1: **{class_names[worst]}**, {percent(scores.f1[worst])}; {'; '.join(told)}."


def _most_often(words, counts, class_names):
    most = _sole(counts, counts.max())
    return "" if most is None else f", {words} {class_names[most]} ({counts[most]:,})"


def about_report(confusion: np.ndarray, class_names: tuple[str, ...]) -> str:
    """What precision and recall mean, for the classes where each is lowest."""
    report, called = classification_report(confusion), confusion.sum(axis=0)
    if report.accuracy == 1:
        return "Precision and recall are 100 % for every class."
    only = _only_guess(confusion)
    if only is not None:
        wrong = percent(1 - report.precision[only])
        return f"All digits are read as {class_names[only]}, {wrong} of them wrongly. Precision 0 of 0 counts as 0."
    recalls, precisions = (
        np.where(report.support > 0, report.recall, np.inf),
        np.where(called > 0, report.precision, np.inf),
    )
    recall, precision = _sole(recalls, recalls.min()), _sole(precisions, precisions.min())
    never = [name for name, n in zip(class_names, called, strict=True) if n == 0]
    told = []
    if precision is not None:
        told.append(
            f"Lowest precision{' of the classes it guesses' * bool(never)}: {class_names[precision]}, with "
            f"{percent(1 - report.precision[precision])} of these guesses wrong."
        )
    if recall is not None:
        told.append(
            f"Lowest recall: {class_names[recall]}, with {percent(1 - report.recall[recall])} of its digits missed."
        )
    if never:
        told.append(f"It never guesses {listed(never, 'or')}: precision 0 of 0 counts as 0.")
    return " ".join(told)


# Calibration


def about_answers(answered: int, right: int, n: int, all_right: int) -> str:
    """A confidence threshold: how many digits are still answered, how many of those correctly, and the cost."""
    if not answered:
        return f"It answers **none** of {n:,}: it is never that sure."
    refused = n - answered
    cost = (
        f"Of the {refused:,} rejected, {all_right - right:,} would have been right." if refused else "None is rejected."
    )
    return (
        f"It answers **{answered:,} of {n:,}** ({percent(answered / n)}); **{percent(right / answered)}** of these "
        f"answers are right, {answered - right:,} wrong instead of {n - all_right:,}. {cost}"
    )


def about_calibration(found: Calibration, n: int) -> str:
    """Mean confidence against accuracy, and the expected calibration error."""
    weights = found.count / n
    sure, right = (float(np.nansum(weights * each)) for each in (found.confidence, found.accuracy))
    gap = sure - right
    kind = (
        "equal to within one point"
        if abs(gap) < 0.01
        else f"**{'over' if gap > 0 else 'under'}confident** by {100 * abs(gap):.1f} points"
    )
    return (
        f"Mean confidence {percent(sure)}, accuracy {percent(right)}: {kind}. Expected calibration error: "
        f"**{100 * found.error:.1f} points**, the mean gap over the bins, weighted by their digits."
    )


# Two classes and a threshold


def about_threshold(found: Thresholds, at: float, class_names: tuple[str, ...]) -> str:
    """Hits and false alarms at a threshold."""
    negative, positive = class_names
    place = found.at(at)
    hits, alarms = int(found.hits[place]), int(found.false_alarms[place])
    called = hits + alarms
    precision = (
        f"{percent(hits / called)} of the digits it reads as {positive} are"
        if called
        else f"it never guesses {positive}"
    )
    return (
        f"At {at:g} it finds **{hits:,} of {found.positives:,}** of class {positive} (recall, or true positive rate: "
        f"{percent(_share(hits, found.positives))}) and misreads **{alarms:,} of {found.negatives:,}** of class "
        f"{negative} (false positive rate: {percent(_share(alarms, found.negatives))}). Precision: {precision}."
    )


def about_areas(found: Thresholds, class_names: tuple[str, ...]) -> str:
    """The areas under both curves, and what they mean."""
    negative, positive = class_names
    if not found.positives or not found.negatives:
        return "With one class only there is no area under either curve."
    return (
        f"Area under the ROC curve: **{_area(found.roc_area)}**, the probability that a random digit of class "
        f"{positive} scores higher than one of class {negative}; guessing gives 0.5. Area under precision over "
        f"recall, the average precision: **{_area(found.precision_recall_area)}**; guessing gives "
        f"{found.positives / (found.positives + found.negatives):.2f}, the share of {positive}."
    )


def _share(part, whole):
    return part / whole if whole else math.nan


def _area(value):
    return "1" if math.isclose(value, 1) else f"{min(value, 0.9999):.4f}"  # only a perfect area is written as 1
