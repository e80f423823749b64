"""What the data and the mistakes say, in sentences: pure functions from numbers to text. No sentence without its
numbers.
"""

import math

import numpy as np

from dashboard.data.statistics import Statistics
from dashboard.notation.numbers import percent
from dashboard.notation.phrases import listed
from nnlib.augmentation import Augmentation, Moves
from nnlib.datasets import Digits
from nnlib.scaling import Scaling

# The data


def about_data(digits: Digits) -> str:
    """What the network is given."""
    height, width = digits.image_shape
    return (
        f"{len(digits.train):,} pictures of {height} × {width} pixels, each with its class: what it is meant to be, "
        f"{listed(digits.class_names, 'or')}. That is all it learns from: {digits.n_inputs} numbers from 0 to 255 "
        "and one right answer, again and again."
    )


def about_selection(recipe_name: str, used: Digits, available: Digits) -> str:
    """How what a recipe uses differs from the whole data set."""
    height, width = used.image_shape
    return (
        f"The recipe {recipe_name} uses only a part of {available.name}: the classes {listed(used.class_names)}, "
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
    if moves.angles is not None and moves.sizes is not None:
        words.append(f"{np.degrees(moves.angles[number]):+.0f}° {100 * moves.sizes[number]:.0f} %")
    if moves.pulls is not None:
        words.append("bent")
    return "\n".join(word for word in words if word) or "not moved"


def about_augmentation(augmentation: Augmentation, number: int, on: bool) -> str:
    """How far digits move, and what that is good for."""
    all_limits = [
        f"shifted by up to {augmentation.shift} {'pixel' if augmentation.shift == 1 else 'pixels'}",
        f"turned by up to {augmentation.rotation:g}°",
        f"resized by up to {100 * augmentation.zoom:.0f} %",
        f"bent by about {augmentation.distortion:g} {'pixel' if augmentation.distortion == 1 else 'pixels'}",
    ]
    used = (augmentation.shift, augmentation.rotation, augmentation.zoom, augmentation.distortion)
    limits = ", ".join(limit for limit, value in zip(all_limits, used, strict=True) if value)
    lesson = (
        "The label stays the same, so the network learns that where a digit stands and how it leans does not matter. "
        "It never sees the same picture twice, which makes it hard to memorise them. Validation and test digits are "
        "never moved."
    )
    if on:
        return f"Training digit {number} as the network meets it: {limits}, anew whenever it is used. {lesson}"
    return f"Augmentation is off. It would show the network training digit {number} {limits}, like this. {lesson}"


# The mistakes
