"""What the data show, in sentences: pure functions from numbers to text, every statement with its numbers."""

import math

import numpy as np

from dashboard.data.statistics import Statistics
from dashboard.notation.formulas import scaled
from dashboard.notation.numbers import minus, number, percent
from dashboard.notation.phrases import listed
from dashboard.notation.plain_text import markdown, markdowns, short
from nnlib.augmentation import Augmentation, Moves
from nnlib.datasets import Digits
from nnlib.scaling import Scaling

FEW = 12  # classes listed by name
ENOUGH = 30  # digits of a class: their standard deviation then says something about the class


def about_data(digits: Digits) -> str:
    """What the network is trained on."""
    height, width = digits.image_shape
    return (
        f"{len(digits.train):,} training images of {height} × {width} pixels, each labelled with its class: "
        f"{_classes(digits, 'or')}. For each image the network receives {digits.n_inputs} numbers, the scaled "
        "brightness of its pixels, and in training the label, nothing else."
    )


def _classes(digits, last="and"):
    names = digits.class_names
    shown = names if len(names) <= FEW else names[:FEW]
    more = (f"{len(names) - FEW} more",) if len(names) > FEW else ()
    return listed([*markdowns([short(name) for name in shown]), *more], last)


def about_selection(recipe_name: str, used: Digits, available: Digits) -> str:
    """Which part of the data set a recipe uses."""
    height, width = used.image_shape
    return (
        f"The recipe {recipe_name} uses only part of {markdown(available.name)}: the classes {_classes(used)}, "
        f"{len(used.train):,} training and {len(used.validation):,} validation digits, the centre {height} × {width} "
        "pixels of each. This page shows that part, except for the section on the crop."
    )


def about_balance(statistics: Statistics, class_names: tuple[str, ...]) -> str:
    """The most and the least frequent class, and the accuracy of always answering the former."""
    counts = statistics.class_counts["training"]
    total, most, least = counts.sum(), int(counts.argmax()), int(counts.argmin())
    if counts[most] == counts[least]:
        return (
            f"Every class has exactly {counts[most]:,} training digits, so always answering the same class is right 1 "
            f"time in {len(class_names)}."
        )
    share = percent(counts[most] / total)
    return (
        f"Most frequent in training is {class_names[most]} ({counts[most]:,}, {share}), least frequent "
        f"{class_names[least]} ({counts[least]:,}, {percent(counts[least] / total)}). Always answering "
        f"{class_names[most]} would be right {share} of the time: a baseline for accuracy."
    )


def about_means(statistics: Statistics, class_names: tuple[str, ...]) -> str:
    """Which class varies most, if there are enough digits of each to tell, and the accuracy of the nearest-mean
    classifier."""
    variety = statistics.spread.mean(axis=1)
    most, least = int(variety.argmax()), int(variety.argmin())
    extremes = (
        f"; {class_names[most]} varies most, {class_names[least]} least"
        if statistics.class_counts["training"].min() >= ENOUGH
        else ""
    )
    return (
        f"A mean is sharp where the digits agree and blurred where they differ{extremes}. Giving every validation "
        f"digit the class of the nearest mean already gets {percent(statistics.nearest_mean_accuracy)} right: another "
        "baseline."
    )


def about_pixels(statistics: Statistics, scaling: Scaling) -> str:
    """The brightness of the pixels, before and after scaling."""
    counts, mean = statistics.pixel_counts, statistics.mean_brightness
    line = minus(scaled(scaling, "brightness"))
    least, most, middle = (number(scaling.factor * value + scaling.offset) for value in (0, 255, mean))
    return (
        f"{percent(statistics.zero_share)} of all pixels are exactly 0 (empty), {percent(counts[255] / counts.sum())} "
        f"are 255 (full ink); the mean is {mean:.1f}. The network receives {line}: numbers from "
        f"{least} to {most} with mean {middle}. Scaling changes the scale of the axis, not the shape of the histogram."
    )


def about_crop(lost: np.ndarray, image_shape: tuple[int, int], size: int) -> str:
    """What the centre crop cuts off, from the share of ink that each digit loses, (n,)."""
    touched = np.count_nonzero(lost)
    if not touched:
        return f"The crop loses nothing: all ink is within the centre {size} × {size} pixels."
    return (
        f"{percent(touched / len(lost))} of the training digits lose some ink, on average over all digits "
        f"{percent(lost.mean())}, at most {percent(lost.max())}. In return there are {size * size} inputs instead of "
        f"{math.prod(image_shape)}, which saves {percent(1 - size * size / math.prod(image_shape))} of the weights of "
        "a dense first layer."
    )


def move(moves: Moves, place: int) -> str:
    """The transformation of one image in a few signs: shift in pixels, angle in degrees, size in per cent."""
    down, right = int(moves.down[place]), int(moves.right[place])
    parts = ["↓↑"[down < 0] + str(abs(down)) if down else "", "→←"[right < 0] + str(abs(right)) if right else ""]
    words = [" ".join(part for part in parts if part)]
    if moves.angles is not None and moves.sizes is not None:
        angle = f"{round(np.degrees(moves.angles[place])):+d}°".replace("-", "−")
        words.append(f"{angle} {100 * moves.sizes[place]:.0f} %")
    if moves.pulls is not None:
        words.append("bent")
    return "\n".join(word for word in words if word) or "not moved"


def about_augmentation(augmentation: Augmentation, place: int, on: bool) -> str:
    """How far digits are moved, and why."""
    limits = {
        f"shifted by up to {_pixels(augmentation.shift)}": augmentation.shift,
        f"rotated by up to {augmentation.rotation:g}°": augmentation.rotation,
        f"resized by up to {100 * augmentation.zoom:.0f} %": augmentation.zoom,
        f"bent by about {_pixels(augmentation.distortion)}": augmentation.distortion,
    }
    told = ", ".join(limit for limit, value in limits.items() if value)
    start = f"Training digit {place} is" if on else f"Augmentation is off. With it, training digit {place} would be"
    return (
        f"{start} {told}, at random each time it is used. The label stays the same, so the network learns to ignore "
        "such changes, and memorising the training digits becomes harder. Validation and test digits are never moved."
    )


def _pixels(n):
    return f"{n:g} {'pixel' if n == 1 else 'pixels'}"
