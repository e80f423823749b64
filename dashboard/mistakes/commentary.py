"""What the parts of the Mistakes page say of one digit, of certainty and of thresholds: pure functions from numbers to
text, and the choices that hang on numbers.
"""

import math

import numpy as np

from dashboard.mistakes.misclassified import Mistakes
from dashboard.notation.numbers import NO_NUMBER, percent
from dashboard.notation.phrases import listed, times
from nnlib.analysis.attribution import Attribution
from nnlib.analysis.calibration import Calibration
from nnlib.analysis.nearest_neighbours import Neighbours
from nnlib.analysis.roc import Thresholds
from nnlib.metrics import classification_report

FULL = 255  # brightness of full ink


# One digit


def rival(values: np.ndarray, chosen: int, truth: int) -> int:
    """The class to compare a chosen one with, given what each got (classes,): the truth; for the truth itself, the one
    that got most of the others."""
    if chosen != truth:
        return truth
    others = np.where(np.arange(len(values)) == chosen, -np.inf, values)
    return int(others.argmax())


def role(k: int, truth: int, guess: int, class_names: tuple[str, ...]) -> str:
    """A class and what it is for this digit, in a word and a sign."""
    signs = {truth: "the truth ✓", guess: "the guess ✗"} | ({truth: "truth and guess ✓"} if truth == guess else {})
    return f"{class_names[k]}, {signs[k]}" if k in signs else class_names[k]


def sums(named: list[tuple[str, Attribution]]) -> str:
    """What scores are made of, as a table: pixels and biases, and what is left, if anything."""
    left = not all(found.exact for _, found in named)
    decimals = _decimals(*(found.score for _, found in named))
    lines = []
    for name, found in named:
        parts = (found.parts.sum(), found.biases, *((found.rest,) if left else ()))
        numbers = " | ".join(_signed(part, decimals) for part in parts)
        lines.append(f"| {name} | {numbers} | **{_signed(found.score, decimals)}** |")
    columns = f"| | pixels | biases |{' left over |' if left else ''} score |"
    return "\n".join([columns, f"|---|{'---:|' * (3 + left)}", *lines])


def about_attribution(found: Attribution, layers: int) -> str:
    """What to see in the pictures, and how exact they are; `layers` counts those with weights."""
    decimals = _decimals(found.score)
    at_zero, biases, rest = (number(each, decimals) for each in (found.at_zero, found.biases, found.rest))
    if layers == 1:
        slope = (
            "Without hidden layers the slope is simply the weight, so this is **weight × pixel**: all of them and the "
            "bias add up to the score, exactly."
        )
    elif found.exact:
        slope = (
            "The units here bend only at zero, so the pixels and what reaches the score from the biases add up to it "
            f"exactly. But only for this digit: with all inputs at 0 the score would be {at_zero}, not {biases}, "
            "because on the way there units switch on and off and the slopes change."
        )
    else:
        slope = (
            f"The units here bend everywhere, so pixels and biases do not add up to the score: {rest} is left that "
            "belongs to neither. Read the picture as true for small changes of this digit only."
        )
    paper = float(found.x.min())
    ground = f" Empty paper enters as {number(paper, 2)} here, not as 0, so it contributes too." if paper < 0 else ""
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
        though = (
            f", though {right} of the {len(labels)} {'is' if right == 1 else 'are'} {class_names[truth]}"
            if right
            else ""
        )
        return f"{said}, what the network guessed: by its pixels this digit does look like one{though}."
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


def _decimals(*values):
    """How many keep about three digits of the largest."""
    return 2 if max(map(abs, map(float, values))) >= 1 else 4


def number(value, decimals):
    if not math.isfinite(value):
        return "no number"
    return f"{round(float(value), decimals) + 0.0:.{decimals}f}".replace("-", "−")  # + 0.0: zero has no sign


def _signed(value, decimals):
    text = number(value, decimals)
    return text if text.startswith("−") or not math.isfinite(value) else f"+{text}"


# The report


def about_worst(confusion: np.ndarray, class_names: tuple[str, ...]) -> str:
    """Which class has the lowest F1, and whether because it is missed or because others are taken for it."""
    scores = classification_report(confusion)
    worst = int(np.where(scores.support > 0, scores.f1, np.inf).argmin())
    if scores.f1[worst] == 1:
        return ""
    mistakes = confusion - np.diag(np.diag(confusion))
    missed, taken = mistakes[worst], mistakes[:, worst]
    reasons = [
        (missed.sum(), f"{missed.sum():,} of its {scores.support[worst]:,} digits are missed, most often as", missed),
        (taken.sum(), f"{taken.sum():,} digits that are something else are called so, most often", taken),
    ]
    told = [
        f"{words} {class_names[int(which.argmax())]} ({which.max():,})"
        for count, words, which in sorted(reasons, key=lambda reason: -reason[0])
        if count
    ]
    return f"Worst is **{class_names[worst]}**, with an F1 of {percent(scores.f1[worst])}: {'; and '.join(told)}."


# Certainty


def about_answers(answered: int, right: int, n: int, all_right: int) -> str:
    """What a threshold does: how many it still answers, how many of those are right, and what it is spared."""
    if not answered:
        return f"It answers **none** of {n:,}: it is never that sure."
    wrong, refused = answered - right, n - answered
    sentence = (
        f"It answers **{answered:,} of {n:,}** ({percent(answered / n)}), and of those answers "
        f"**{percent(right / answered)}** are right: {wrong:,} wrong instead of {n - all_right:,}."
    )
    if not refused:
        return f"{sentence} It refuses nothing."
    lost = all_right - right
    return f"{sentence} Of the {refused:,} that it refuses, it would have read {lost:,} right: that is the price."


def caption(guess: int, truth: int, confidence: float, class_names: tuple[str, ...], probabilities: bool = True) -> str:
    """Under a digit: what it is called, whether that is right, and how sure it was."""
    said = f"✓ {class_names[truth]}" if guess == truth else f"✗ {class_names[guess]} → ✓ {class_names[truth]}"
    return f"{said}\n{percent(confidence) if probabilities else f'score {confidence:.2f}'}"


def about_calibration(found: Calibration, n: int) -> str:
    """Whether it is as sure as it is right."""
    weights = found.count / n
    sure, right = (float(np.nansum(weights * each)) for each in (found.confidence, found.accuracy))
    gap = sure - right
    kind = (
        "as sure as it is right, to within a point"
        if abs(gap) < 0.01
        else f"**{'over' if gap > 0 else 'under'}confident** by {100 * abs(gap):.1f} points"
    )
    return (
        f"On average it is {percent(sure)} sure and {percent(right)} right: {kind}. Bin by bin the two are "
        f"**{100 * found.error:.1f} points** apart, weighted by the number of digits: the expected calibration error."
    )


# Two classes and a threshold


def about_threshold(found: Thresholds, at: float, class_names: tuple[str, ...]) -> str:
    """What a threshold finds and what it lets through."""
    negative, positive = class_names
    place = found.at(at)
    hits, alarms = int(found.hits[place]), int(found.false_alarms[place])
    called = hits + alarms
    precision = (
        f"{percent(hits / called)} of what it calls {positive} is" if called else f"nothing is called {positive}"
    )
    return (
        f"At {at:g} it finds **{hits:,} of {found.positives:,}** that are {positive} (recall, or true positive rate: "
        f"{percent(_share(hits, found.positives))}) and takes **{alarms:,} of {found.negatives:,}** that are "
        f"{negative} for {positive} (false positive rate: {percent(_share(alarms, found.negatives))}). Precision: "
        f"{precision}."
    )


def about_areas(found: Thresholds, class_names: tuple[str, ...]) -> str:
    """What the areas under both curves say, whatever the threshold."""
    negative, positive = class_names
    return (
        f"Area under the ROC curve: **{_area(found.roc_area)}**. So often does a {positive} drawn at random get more "
        f"than a {negative} drawn at random; guessing has 0.5. Area under precision over recall: "
        f"**{_area(found.precision_recall_area)}**, the average precision; guessing has "
        f"{found.positives / (found.positives + found.negatives):.2f}, the share of {positive}. Neither depends on the "
        "threshold."
    )


def _share(part, whole):
    return part / whole if whole else math.nan


def _area(value):
    if not math.isfinite(value):
        return "none, with one class only"
    return "1" if math.isclose(value, 1) else f"{min(value, 0.9999):.4f}"  # never rounded to what it is not


FREQUENT = 3  # so many of the most frequent confusions are named


def about_accuracy(confusion: np.ndarray, split: str, untrained: bool) -> str:
    """How many of a split are misread."""
    total, right = int(confusion.sum()), int(np.trace(confusion))
    if right == total:
        return f"Not one of {total:,} {split} digits is misread."
    sentence = f"It misreads **{total - right:,} of {total:,}** {split} digits ({percent((total - right) / total)})."
    if not untrained:
        return sentence
    return (
        f"The network is untrained: press **Run** below. {sentence} With random weights it has favourites: one class "
        f"alone gets {percent(confusion.sum(axis=0).max() / total)} of its guesses."
    )


def about_confusion(confusion: np.ndarray, class_names: tuple[str, ...]) -> str:
    """The most frequent confusions, and the classes that suffer most and least."""
    mistakes = confusion - np.diag(np.diag(confusion))
    if not mistakes.any():
        return "Everything stands on the diagonal, where guess and truth agree."
    cells = np.unravel_index(np.argsort(-mistakes, axis=None, kind="stable")[:FREQUENT], mistakes.shape)
    named = [
        f"{class_names[t]} is read as {class_names[g]} ({times(mistakes[t, g])})"
        for t, g in zip(*cells, strict=True)
        if mistakes[t, g]
    ]
    support = confusion.sum(axis=1)
    rate = np.where(support > 0, mistakes.sum(axis=1) / np.maximum(support, 1), np.nan)
    worst, best = int(np.nanargmax(rate)), int(np.nanargmin(rate))
    return (
        f"Most often {listed(named)}. Hardest is {class_names[worst]}, of which {percent(rate[worst])} are misread; "
        f"easiest is {class_names[best]}, with {percent(rate[best])}."
    )


def about_report(confusion: np.ndarray, class_names: tuple[str, ...]) -> str:
    """What precision and recall mean, said of the classes where each is lowest."""
    report, called = classification_report(confusion), confusion.sum(axis=0)
    if report.accuracy == 1:
        return "Precision and recall are 100 % for every class: nothing is misread."
    recall = int(np.where(report.support > 0, report.recall, np.inf).argmin())
    precision = int(np.where(called > 0, report.precision, np.inf).argmin())
    never = [name for name, n in zip(class_names, called, strict=True) if n == 0]
    silent = f" It never says {listed(never, 'or')}: their precision, 0 of 0, counts as 0." if never else ""
    return (
        f"Of what it calls {class_names[precision]}, {percent(1 - report.precision[precision])} is something else: the "
        f"lowest precision. Of what is {class_names[recall]}, it misses {percent(1 - report.recall[recall])}: the "
        f"lowest recall.{silent}"
    )


def misclassified_caption(mistakes: Mistakes, place: int, class_names: tuple[str, ...], probabilities: bool) -> str:
    """Three lines under a misread digit: wrong guess and truth, how sure it was, and the loss."""
    guess, truth = class_names[mistakes.guess[place]], class_names[mistakes.truth[place]]
    confidence, loss = float(mistakes.confidence[place]), float(mistakes.losses[place])
    sure = percent(confidence) if probabilities else f"score {confidence:.2f}"
    return f"✗ {guess} → ✓ {truth}\n{sure}\nloss {f'{loss:.3g}' if math.isfinite(loss) else NO_NUMBER}"
