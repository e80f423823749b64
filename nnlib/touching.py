"""Digits that touch: ink that may be several digits is cut apart where a network reads the parts better than the
whole."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nnlib.preprocessing import Between, Picture, ink_box, prepare_ink, resize, stroke_width
from nnlib.segmentation import Found

Classify = Callable[[NDArray[np.uint8]], NDArray]  # images (n, 28, 28) to the probabilities of 0 to 9 (10, n)
Cut = tuple[float, float]  # where it is at half the height, and how far it goes to the left from top to bottom
# All lengths are shares of the height of the whole.
WIDE = 0.8  # what is narrower is one digit
SEVERAL = 3.0  # what is wider is a word
NARROWEST, WIDEST, LOWEST = 0.1, 1.3, 0.6  # the width and the height of parts
WIDTHS = np.array([1.25, 0.8, 1.36, 1.11, 1.11, 1.43, 1.0, 1.11, 1.05, 0.9])  # 95 % of MNIST's 0 to 9 are narrower
SLANTS = (0.0, -0.15, 0.3, -0.3, -0.6)
APART = 0.12  # the least distance of cuts
MOST_CUTS = 10
MOST_CROSSED = 2.5  # strokes: a cut crosses less ink
HIGH = 90  # pixels: the choice is made in a picture no higher
CUT = 0.75  # the score is multiplied by this for every cut
MOST_TRIED = 30  # the widest ones: a page of scribbles must not take minutes
LEFT, RIGHT = (-np.inf, 0.0), (np.inf, 0.0)


def separated(found: list[Found], classify: Classify, between: Between = lambda: None) -> list[Found]:
    """What was found, with several digits that touch in its parts, from left to right: those whose scores (see
    `_scores`) have the highest product, times CUT for every cut, if that is above the score of the whole."""
    ratios = np.array([whole.ink.shape[1] / whole.ink.shape[0] for whole in found])
    widest = [i for i in np.argsort(-ratios, kind="stable").tolist() if WIDE <= ratios[i] <= SEVERAL][:MOST_TRIED]
    parts = [[whole] for whole in found]
    for i, score in zip(widest, _scores([found[i].ink for i in widest], classify, between), strict=True):
        if score < CUT:
            parts[i] = _best_parts(found[i], score, classify, between)
    return [part for each in parts for part in each]


def _scores(inks: list[Picture], classify: Classify, between: Between) -> list[float]:
    """The highest probability of a class for each, less where digits of the class are seldom so wide."""
    if not inks:
        return []
    images = []
    for ink in inks:
        between()
        images.append(prepare_ink(ink)["scale"])
    between()
    ratios = np.array([ink.shape[1] / ink.shape[0] for ink in inks])
    return (classify(np.array(images)) * np.minimum(WIDTHS[:, None] / ratios, 1) ** 3).max(axis=0).tolist()


def _best_parts(whole: Found, least: float, classify: Classify, between: Between) -> list[Found]:
    """The best parts, or the whole, if they are not above `least`."""
    (height, width), ink = whole.ink.shape, whole.ink
    if height > HIGH:
        ink = resize(ink, (HIGH, round(width * HIGH / height)))
    parts = _parts(ink, [LEFT, *_cuts(ink), RIGHT])
    best: dict[Cut, tuple[float, list[Cut]]] = {LEFT: (1 / CUT, [LEFT])}
    scores = _scores([ink[ink_box(ink)] for ink in parts.values()], classify, between)
    for (start, end), score in zip(parts, scores, strict=True):
        before, cuts = best.get(start, (0.0, []))
        if before * CUT * score > best.get(end, (0.0, []))[0]:
            best[end] = before * CUT * score, [*cuts, end]
    score, cuts = best.get(RIGHT, (0.0, []))
    if score <= least:
        return [whole]
    return [_part(whole, start, end) for start, end in pairwise(cuts)]


def _part(whole: Found, start: Cut, end: Cut) -> Found:
    """What lies between two cuts."""
    ink = np.where(_before(whole.ink, end) & ~_before(whole.ink, start), whole.ink, 0)
    rows, columns = ink_box(ink)
    left, top = whole.box[0] + columns.start, whole.box[1] + rows.start
    ink = ink[rows, columns]
    return Found((left, top, left + ink.shape[1], top + ink.shape[0]), ink)


def _before(ink: Picture, cut: Cut) -> NDArray[np.bool_]:
    """The pixels to the left of a cut."""
    rows, columns = np.ogrid[: ink.shape[0], : ink.shape[1]]
    place, slant = cut
    return columns / len(ink) + slant * (rows / len(ink) - 0.5) < place


def _parts(ink: Picture, cuts: list[Cut]) -> dict[tuple[Cut, Cut], Picture]:
    """The ink between any two cuts, from left to right, that may be a digit."""
    height = len(ink)
    strong = ink > 0.5 * np.percentile(ink[ink > 0], 98)
    before = [_before(ink, cut) for cut in cuts]
    parts = {}
    for end in range(1, len(cuts)):
        for start in range(end):
            inside = before[end] & ~before[start]
            down, across = ink_box(strong & inside)
            wide = (across.stop - across.start) / height
            crossing = (before[start] & ~before[end] & strong).any()
            whole = start == 0 and end == len(cuts) - 1
            if not (crossing or whole) and down.stop - down.start >= LOWEST * height and NARROWEST <= wide <= WIDEST:
                parts[cuts[start], cuts[end]] = np.where(inside, ink, 0)
    return parts


def _cuts(ink: Picture) -> list[Cut]:
    """Lines that cross little ink, from left to right."""
    height, width = ink.shape
    ink = np.minimum(ink / np.percentile(ink[ink > 0], 98), 1)
    rows, columns = np.nonzero(ink > 0.5)
    most = MOST_CROSSED * stroke_width(ink)
    lines = []
    for slant in SLANTS:
        places = np.rint(columns + slant * (rows - height / 2)).astype(np.intp)
        counts = np.bincount(places[(places >= 0) & (places < width)], minlength=width)
        crossed = np.convolve(counts, np.ones(3) / 3, "same")
        for at in np.flatnonzero(crossed <= most).tolist():
            lines.append((float(crossed[at]) + 0.02 * abs(slant) * most, at / height, slant))
    chosen: list[Cut] = []
    for _, place, slant in sorted(lines):
        apart = all(abs(place - other) + abs(slant - tilt) / 4 >= APART for other, tilt in chosen)
        if apart and NARROWEST <= place <= width / height - NARROWEST and len(chosen) < MOST_CUTS:
            chosen.append((place, slant))
    return sorted(chosen)
