"""What the data and the mistakes say, in sentences: pure functions from numbers to text. No sentence without its
numbers.
"""

import math

import numpy as np

from dashboard.data.statistics import Statistics
from dashboard.mistakes.misclassified import Mistakes
from nnlib.augmentation import Augmentation, Moves
from nnlib.datasets import Digits
from nnlib.metrics import classification_report
from nnlib.scaling import Scaling

NO_NUMBER = "no number"
FREQUENT = 3  # so many of the most frequent confusions are named


def percent(share: float) -> str:
    """A share from 0 to 1 as text, never rounded to a certainty that it is not."""
    if math.isnan(share):
        return NO_NUMBER
    if share in (0, 1):
        return f"{100 * share:.0f} %"
    if share < 0.0005:
        return "< 0.1 %"
    if share >= 0.9995:
        return "> 99.9 %"
    return f"{100 * share:.1f} %"


# The data


def about_data(digits: Digits) -> str:
    """What the network is given."""
    height, width = digits.image_shape
    return (
        f"{len(digits.train):,} pictures of {height} × {width} pixels, each with its class: what it is meant to be, "
        f"{_list(digits.class_names, 'or')}. That is all it learns from: {digits.n_inputs} numbers from 0 to 255 "
        "and one right answer, again and again."
    )


def about_selection(recipe_name: str, used: Digits, available: Digits) -> str:
    """How what a recipe uses differs from the whole data set."""
    height, width = used.image_shape
    return (
        f"The recipe {recipe_name} uses only a part of {available.name}: the classes {_list(used.class_names)}, "
        f"{len(used.train):,} training and {len(used.validation):,} validation digits, of each the middle "
        f"{height} × {width} pixels. This page shows that part; only the crop, last, starts from the whole pictures."
    )


def about_balance(statistics: Statistics, class_names: tuple[str, ...]) -> str:
    """Which classes are frequent and which are rare, and what that means for accuracy."""
    counts = statistics.class_counts["training"]
    total, most, least = counts.sum(), int(counts.argmax()), int(counts.argmin())
    if counts[most] == counts[least]:
        return (
            f"Every class has exactly {counts[most]:,} training digits: nothing is gained by preferring one, and blind "
            f"guessing gets 1 in {len(class_names)} right."
        )
    share = percent(counts[most] / total)
    return (
        f"Most frequent in training is {class_names[most]} ({counts[most]:,}, {share}), rarest {class_names[least]} "
        f"({counts[least]:,}, {percent(counts[least] / total)}). Always answering {class_names[most]} would be right "
        f"{share} of the time: that is what accuracy has to be read against."
    )


def about_means(statistics: Statistics, class_names: tuple[str, ...]) -> str:
    """What the mean digits show, and how far they alone would get."""
    variety = statistics.spread.mean(axis=1)
    most, least = int(variety.argmax()), int(variety.argmin())
    return (
        f"A mean is sharp where people agree and blurred where they do not: {class_names[most]} varies most from digit "
        f"to digit, {class_names[least]} least. Reading every validation digit as the class whose mean is nearest, "
        "pixel by pixel, already gets "
        f"{percent(statistics.nearest_mean_accuracy)} right, without any learning: what a network adds begins there."
    )


def about_pixels(statistics: Statistics, scaling: Scaling) -> str:
    """How bright the pixels are, before and after the scaling."""
    counts, mean = statistics.pixel_counts, statistics.mean_brightness
    full = percent(counts[255] / counts.sum())
    offset = f" {scaling.offset:+.4g}".replace("+", "+ ").replace("-", "− ") if scaling.offset else ""
    return (
        f"{percent(statistics.zero_share)} of all pixels are exactly 0, empty paper, and {full} are 255, full ink; the "
        f"mean is {mean:.1f}. The network receives brightness × {scaling.factor:.4g}{offset}, numbers from "
        f"{scaling.offset:.3g} to {255 * scaling.factor + scaling.offset:.3g} with mean "
        f"{scaling.factor * mean + scaling.offset:.3f}: the shape stays the same, only the scale changes. Fed with 0 "
        f"to 255, the first layer's sums would be {1 / scaling.factor:.0f} times as large, and so would its gradients."
    )


def about_crop(lost: np.ndarray, image_shape: tuple[int, int], size: int) -> str:
    """What the centre crop cuts off, from the share of ink that each digit loses, (n,)."""
    touched = np.count_nonzero(lost)
    if not touched:
        return f"The crop loses nothing: all ink lies within the middle {size} × {size} pixels."
    return (
        f"{percent(touched / len(lost))} of the training digits lose some ink, on average {percent(lost.mean())}, at "
        f"the worst {percent(lost.max())}. What it saves: {size * size} inputs instead of {math.prod(image_shape)}, so "
        f"{percent(1 - size * size / math.prod(image_shape))} of the first layer's weights."
    )


def move(moves: Moves, number: int) -> str:
    """What happens to one picture, in a few signs under it: pixels, degrees, per cent of its size."""
    down, right = int(moves.down[number]), int(moves.right[number])
    parts = ["↓↑"[down < 0] + str(abs(down)) if down else "", "→←"[right < 0] + str(abs(right)) if right else ""]
    words = [" ".join(part for part in parts if part)]
    if moves.angles is not None:
        words.append(f"{np.degrees(moves.angles[number]):+.0f}° {100 * moves.sizes[number]:.0f} %")
    if moves.pulls is not None:
        words.append("bent")
    return "\n".join(word for word in words if word) or "not moved"


def about_augmentation(augmentation: Augmentation, number: int, on: bool) -> str:
    """How far digits move, and what that is good for."""
    limits = [
        f"shifted by up to {augmentation.shift} {'pixel' if augmentation.shift == 1 else 'pixels'}",
        f"turned by up to {augmentation.rotation:g}°",
        f"resized by up to {100 * augmentation.zoom:.0f} %",
        f"bent by about {augmentation.distortion:g} {'pixel' if augmentation.distortion == 1 else 'pixels'}",
    ]
    used = (augmentation.shift, augmentation.rotation, augmentation.zoom, augmentation.distortion)
    limits = ", ".join(limit for limit, value in zip(limits, used, strict=True) if value)
    lesson = (
        "The label stays the same, so the network learns that where a digit stands and how it leans does not matter. "
        "It never sees the same picture twice, which makes it hard to memorise them. Validation and test digits are "
        "never moved."
    )
    if on:
        return f"Training digit {number} as the network meets it: {limits}, anew whenever it is used. {lesson}"
    return f"Augmentation is off. It would show the network training digit {number} {limits}, like this. {lesson}"


# The mistakes


def about_looks(looks: int) -> str:
    """How often the test digits have been evaluated."""
    if looks == 0:
        return "The test digits have not been looked at in this session."
    return f"The test digits have been looked at {_times(looks)} in this session."


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
        f"{class_names[t]} is read as {class_names[g]} ({_times(mistakes[t, g])})"
        for t, g in zip(*cells, strict=True)
        if mistakes[t, g]
    ]
    support = confusion.sum(axis=1)
    rate = np.where(support > 0, mistakes.sum(axis=1) / np.maximum(support, 1), np.nan)
    worst, best = int(np.nanargmax(rate)), int(np.nanargmin(rate))
    return (
        f"Most often {_list(named)}. Hardest is {class_names[worst]}, of which {percent(rate[worst])} are misread; "
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
    silent = f" It never says {_list(never, 'or')}: their precision, 0 of 0, counts as 0." if never else ""
    return (
        f"Of what it calls {class_names[precision]}, {percent(1 - report.precision[precision])} is something else: the "
        f"lowest precision. Of what is {class_names[recall]}, it misses {percent(1 - report.recall[recall])}: the "
        f"lowest recall.{silent}"
    )


def caption(mistakes: Mistakes, place: int, class_names: tuple[str, ...], probabilities: bool) -> str:
    """Three lines under a misread digit: wrong guess and truth, how sure it was, and the loss."""
    guess, truth = class_names[mistakes.guess[place]], class_names[mistakes.truth[place]]
    confidence, loss = float(mistakes.confidence[place]), float(mistakes.losses[place])
    sure = percent(confidence) if probabilities else f"score {confidence:.2f}"
    return f"✗ {guess} → ✓ {truth}\n{sure}\nloss {f'{loss:.3g}' if math.isfinite(loss) else NO_NUMBER}"


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


def _times(n):
    return {1: "once", 2: "twice"}.get(n, f"{n:,} times")


def _list(parts, last="and"):
    parts = list(parts)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"
