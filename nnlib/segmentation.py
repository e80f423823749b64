"""Digits on a page: where they stand, in reading order, and the ink of each.

Ink is what `preprocessing.without_background` leaves of a picture. Its connected components are found by their
horizontal runs of pixels; specks, ruled lines and the edges of the paper are dropped, and the parts of a broken digit
joined.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray

from nnlib.preprocessing import (
    BACKGROUND_WINDOW,
    Between,
    Picture,
    dark_ink,
    extreme_along,
    otsu,
    without_background,
    without_strong_noise,
)

Point = tuple[int, int]  # column, row
Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels; right and bottom are the first ones outside

MOST_LEVELLINGS = 3
FAINTEST = 0.08  # ink
SMALLEST = 6  # pixels: the least height of a digit
FAINT = 0.5  # of the threshold: a stroke may go on as faint as this
MOST_DIGITS = 1000  # a halftone has more dots than a page has digits
SPECK = 0.3  # of the usual height of a digit: smaller is no digit, if it belongs to none
PART = 0.65  # of the usual height: smaller may be a part of a digit
DOT = 0.1  # of the usual height: smaller is not even that
FLAT = 0.4  # of the usual height: such a part may stand beside the other, as the bar of a 5 does
GAP = 0.2  # of the usual height: the widest gap in a broken digit
HIGHEST = 1.4  # of the usual height: joined parts are no higher
FRAMED = 0.35  # of the height of what is around it: a digit in a frame
EDGE = 0.8  # of the contrast of the ink: so dark on one side, it is the edge of something
EDGE_SHARE = 25  # per cent of that side may be brighter
THIN = 0.15  # of the usual width: thinner is the edge of something
LARGEST = 2.5  # of the usual height: what is larger is no digit
LINE = 0.45  # of the longer side of the picture: a ruled line is at least as long
MOST_PIECES = 1000  # more are no lines
FEWEST_LINES = 3  # fewer count only if they cross WHOLE_LINE of the picture
WHOLE_LINE = 0.92
LINE_INK = 1.5  # of the usual ink of lines: more is a stroke
LINE_RUN = 1 / 16  # of the side: the least length of its straight pieces
LINE_WIDTH = 1 / 100  # of the shorter side: at most as wide


@dataclass(frozen=True, eq=False)
class Found:
    """A digit on a page: its box, and the ink in the box without what belongs to others."""

    box: Box
    ink: Picture


@dataclass(frozen=True, eq=False)
class Runs:
    """Horizontal runs of set pixels, from top to bottom and left to right: `row`, `start` and `stop` (the first pixel
    outside), and the number of the connected component of each, `part`."""

    row: NDArray[np.intp]
    start: NDArray[np.intp]
    stop: NDArray[np.intp]
    part: NDArray[np.intp]

    def boxes(self) -> NDArray[np.intp]:
        """(components, 4): the box of every component."""
        n = int(self.part.max(initial=-1)) + 1
        boxes = np.zeros((n, 4), np.intp)
        boxes[:, :2] = np.iinfo(np.intp).max
        np.minimum.at(boxes[:, 0], self.part, self.start)
        np.minimum.at(boxes[:, 1], self.part, self.row)
        np.maximum.at(boxes[:, 2], self.part, self.stop)
        np.maximum.at(boxes[:, 3], self.part, self.row + 1)
        return boxes

    def areas(self) -> NDArray[np.intp]:
        """The number of pixels of every component."""
        return np.bincount(self.part, self.stop - self.start).astype(np.intp)


def components(mask: NDArray[np.bool_]) -> Runs:
    """The runs of a mask; pixels that touch, also at a corner, belong to the same component."""
    height, width = mask.shape
    steps = np.zeros((height, width + 2), np.int8)
    steps[:, 1:-1] = mask
    steps = np.diff(steps, axis=1).reshape(-1)
    across = width + 1
    first, last = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    row, start, stop = first // across, first % across, last % across
    # Runs touch those in the next row that stop at or after their start, and start at or before their stop.
    low = np.searchsorted(row * across + stop, (row + 1) * across + start)
    high = np.searchsorted(row * across + start, (row + 1) * across + stop, side="right")
    counts = np.maximum(high - low, 0)
    upper = np.repeat(np.arange(len(row)), counts)
    lower = np.arange(len(upper)) + np.repeat(low - np.cumsum(counts) + counts, counts)
    return Runs(row, start, stop, _connected(len(row), upper, lower))


def _connected(n: int, first: NDArray, second: NDArray) -> NDArray[np.intp]:
    """The component, counted from 0, of each of n nodes with edges first[i] - second[i]: every root joins the smallest
    of its neighbours' roots, until no edge leads to another component."""
    root = np.arange(n)
    while len(first):
        one, other = root[first], root[second]
        apart = one != other
        first, second, one, other = first[apart], second[apart], one[apart], other[apart]
        np.minimum.at(root, np.maximum(one, other), np.minimum(one, other))
        while True:
            above = root[root]
            if np.array_equal(above, root):
                break
            root = above
    return np.unique(root, return_inverse=True)[1]


def find_digits(darkness: Picture, between: Between = lambda: None) -> list[Found]:
    """The digits of a page (see `preprocessing.grey`), line by line from top to bottom, each from left to right.

    Once their usual height is known, the light is levelled in windows of that size, which removes smaller shadows.
    """
    darkness = dark_ink(without_strong_noise(darkness))
    window = int(max(darkness.shape, default=0) * BACKGROUND_WINDOW)
    between()
    page = _Page(without_background(darkness, window, between), between)
    for _ in range(MOST_LEVELLINGS - 1):
        if not SMALLEST < page.usual < 0.9 * window:
            break
        window = round(page.usual)
        page = _Page(without_background(darkness, window, between), between)
    return page.digits(darkness, between)


def _is_edge(darkness: Picture, without_ink: Picture, found: Found) -> bool:
    """Whether it is a piece of the edge of something: as dark on one side of its box as inside."""
    left, top, right, bottom = found.box
    wide = max(3, (bottom - top) // 8)
    above, before = max(top - wide, 0), max(left - wide, 0)
    sides = (
        without_ink[above:top, left:right],
        without_ink[bottom : bottom + wide, left:right],
        without_ink[top:bottom, before:left],
        without_ink[top:bottom, right : right + wide],
    )
    levels = [float(np.percentile(side, EDGE_SHARE)) for side in (s[s >= 0] for s in sides) if side.size]
    ink = float(darkness[top:bottom, left:right][found.ink > 0.5 * found.ink.max()].mean())
    return bool(levels) and max(levels) - min(levels) > EDGE * (ink - min(levels))


class _Page:
    """The components of a page's ink."""

    def __init__(self, ink: Picture, between: Between) -> None:
        between()
        strong = max(otsu(ink[ink > 0]), FAINTEST)
        mask = ink > FAINT * strong
        lines = ruled_lines(ink, mask, between)
        if lines.any():
            ink, mask = np.where(lines, 0, ink), mask & ~lines
        between()
        self.ink, self.runs = ink, components(mask)
        self.boxes = self.runs.boxes()
        peaks = np.zeros(len(self.boxes), np.float32)
        run_peaks = _run_peaks(ink, self.runs)
        np.maximum.at(peaks, self.runs.part, run_peaks)
        areas, edges = self.runs.areas(), np.bincount(self.runs.part, run_peaks**2)
        self.usual, self.kept = _plausible(self.boxes, areas, edges, peaks > strong, mask.shape)

    def digits(self, darkness: Picture, between: Between) -> list[Found]:
        between()
        without_ink = np.where(self.ink > 0, np.nan, darkness)
        found = []
        for group in _joined(self.boxes, self.kept, self.usual):
            between()
            digit = _cut(self.ink, self.runs, self.boxes, group)
            if not _is_edge(darkness, without_ink, digit):
                found.append(digit)
        return [found[i] for i in _reading_order(np.array([digit.box for digit in found]).reshape(-1, 4))]


def _run_peaks(ink: Picture, runs: Runs) -> NDArray:
    """The strongest ink of each run."""
    if not len(runs.row):
        return np.zeros(0, np.float32)
    flat = np.append(ink.reshape(-1), 0)
    ends = np.stack([runs.row * ink.shape[1] + runs.start, runs.row * ink.shape[1] + runs.stop], axis=1)
    return np.maximum.reduceat(flat, ends.reshape(-1))[::2]


def _plausible(
    boxes: NDArray, areas: NDArray, edges: NDArray, strong: NDArray[np.bool_], shape: tuple[int, int]
) -> tuple[float, NDArray[np.intp]]:
    """The usual height of a digit, and the components that may be digits or parts of one."""
    widths, heights = (boxes[:, 2:] - boxes[:, :2]).T
    sizes = np.maximum(widths, heights)
    borders = (boxes[:, :2] <= 1).sum(axis=1) + (boxes[:, 2:] >= np.array(shape)[::-1] - 1).sum(axis=1)
    possible = strong & (sizes >= SMALLEST)
    inside = possible & (borders == 0)
    if inside.any():  # else one digit may fill the whole picture
        possible &= ~((borders > 0) & (sizes > 2 * np.max(heights[inside])))
    candidates = np.flatnonzero(possible)
    candidates = np.sort(candidates[np.argsort(-areas[candidates], kind="stable")[:MOST_DIGITS]])
    candidates = candidates[~_is_frame(boxes[candidates])]
    if not len(candidates):
        return 0.0, candidates
    # The median by the length of edges: a hundred specks count no more than one digit, nor does a shadow.
    order = candidates[np.argsort(heights[candidates])]
    weights = np.cumsum(edges[order])
    usual = float(heights[order][np.searchsorted(weights, weights[-1] / 2)])
    widths_of_strokes = areas[candidates] / sizes[candidates]  # or more
    thinnest = THIN * np.median(np.repeat(widths_of_strokes, areas[candidates]))
    return usual, candidates[(sizes[candidates] <= LARGEST * usual) & (widths_of_strokes >= thinnest)]


def _is_frame(boxes: NDArray) -> NDArray[np.bool_]:
    """Which boxes have another one, not much smaller, inside."""
    heights = boxes[:, 3] - boxes[:, 1]
    large = boxes[np.flatnonzero(heights >= FRAMED * np.max(heights, initial=0))]
    inside = (large[:, None, :2] > boxes[:, :2]).all(axis=2) & (large[:, None, 2:] < boxes[:, 2:]).all(axis=2)
    return (inside & ((large[:, 3] - large[:, 1])[:, None] >= FRAMED * heights)).any(axis=0)


def _joined(boxes: NDArray, kept: NDArray, usual: float) -> list[list[int]]:
    """The components of each digit: small ones belong to the nearest that they fit to, or are specks."""
    groups, unions = [[int(i)] for i in kept], boxes[kept]
    heights = boxes[kept, 3] - boxes[kept, 1]
    for number in np.argsort(-heights, kind="stable").tolist():
        own = unions[number]
        if own[3] - own[1] >= PART * usual or max(own[2:] - own[:2]) < DOT * usual:
            continue
        distances = _distances(own, unions)
        distances[[i == number or not group for i, group in enumerate(groups)]] = np.inf
        for other in np.argsort(distances, kind="stable")[:3].tolist():
            union = _union(unions[[number, other]])
            if distances[other] <= GAP * usual and _is_one_digit(own, unions[other], union, usual):
                groups[other] += groups[number]
                unions[other] = union
                groups[number] = []
                break
    least = max(SPECK * usual, SMALLEST)
    return [group for group, box in zip(groups, unions, strict=True) if group and box[3] - box[1] >= least]


def _is_one_digit(part: NDArray, other: NDArray, union: NDArray, usual: float) -> bool:
    """Whether two boxes may be parts of one digit: together no larger, and one above the other at least in part."""
    height, width = union[3] - union[1], union[2] - union[0]
    across = min(part[2], other[2]) - max(part[0], other[0])
    beside = across >= 0.3 * (part[2] - part[0]) or part[3] - part[1] < FLAT * usual
    return bool(beside and height <= HIGHEST * usual and width <= HIGHEST * usual)


def _union(boxes: NDArray) -> NDArray:
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def _distances(box: NDArray, others: NDArray) -> NDArray:
    """The gaps between a box and others."""
    apart = np.maximum(np.maximum(box[:2] - others[:, 2:], others[:, :2] - box[2:]), 0)
    return np.hypot(apart[:, 0], apart[:, 1])


def _cut(ink: Picture, runs: Runs, boxes: NDArray, group: list[int]) -> Found:
    left, top, right, bottom = (int(side) for side in _union(boxes[group]))
    cut = np.zeros((bottom - top, right - left), np.float32)
    for row, start, stop in _runs_of(runs, group):
        cut[row - top, start - left : stop - left] = ink[row, start:stop]
    return Found((left, top, right, bottom), cut)


def _runs_of(runs: Runs, group: list[int]) -> Iterator[tuple[int, int, int]]:
    chosen = np.flatnonzero(np.isin(runs.part, group))
    return zip(runs.row[chosen].tolist(), runs.start[chosen].tolist(), runs.stop[chosen].tolist(), strict=True)


def _reading_order(boxes: NDArray) -> list[int]:
    """The order of boxes: lines, which may be slanted, from top to bottom, each from left to right. From left to right,
    each box goes on with the line whose last box is at its height."""
    lines: list[list[int]] = []
    if not len(boxes):
        return []
    middles = (boxes[:, 1] + boxes[:, 3]) / 2
    heights = boxes[:, 3] - boxes[:, 1]
    for i in np.argsort(boxes[:, 0] + boxes[:, 2], kind="stable").tolist():
        beside = [(abs(middles[i] - middles[line[-1]]), line) for line in lines]
        distance, line = min(beside, key=lambda pair: pair[0], default=(np.inf, []))
        if distance <= 0.6 * max(heights[i], heights[line[-1]] if line else 0):
            line.append(i)
        else:
            lines.append([i])
    rise = sum(middles[b] - middles[a] for line in lines for a, b in pairwise(line))
    run = sum(boxes[b, 0] - boxes[a, 0] for line in lines for a, b in pairwise(line))
    slope = rise / run if run else 0.0
    lines.sort(key=lambda line: float(np.mean(middles[line] - slope * boxes[line, 0])))
    return [i for line in lines for i in line]


def ruled_lines(ink: Picture, mask: NDArray[np.bool_], between: Between = lambda: None) -> NDArray[np.bool_]:
    """The pixels of ruled lines, horizontal and vertical ones: thin, straight and long, and all of about the same ink,
    so that a stroke on them stays."""
    across, across_band = _horizontal_lines(mask, between)
    down, down_band = (lines.T for lines in _horizontal_lines(mask.T, between))
    lines = across | down
    if lines.any():
        lines |= mask & across_band & down_band
        lines &= ink <= LINE_INK * np.median(ink[lines])
    return lines


def _horizontal_lines(mask: NDArray[np.bool_], between: Between) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The pixels of horizontal lines, and the bands that these lines cover."""
    thickest, piece = int(LINE_WIDTH * min(mask.shape)), int(LINE_RUN * mask.shape[1])
    if thickest < 1:
        return np.zeros_like(mask), np.zeros_like(mask)
    between()
    thin = mask & ~_opened(mask, thickest + 1, axis=0)
    near = extreme_along(thin, 3, np.logical_or, axis=0)
    near = ~_opened(~near, 2 * thickest, axis=1)  # lines that cross leave gaps
    between()
    runs = components(_opened(near, piece, axis=1))
    between()
    chains = [chain for chain in _chains(_pieces(runs)) if chain[-1][0] - chain[0][0] >= LINE * max(mask.shape)]
    if len(chains) < FEWEST_LINES:
        chains = [chain for chain in chains if chain[-1][0] - chain[0][0] >= WHOLE_LINE * mask.shape[1]]
    wide = _band(chains, mask.shape, thickest)
    length = sum(chain[-1][0] - chain[0][0] for chain in chains)
    thickness = (thin & wide).sum() / max(length, 1)
    band = _band(chains, mask.shape, min(thickest, ceil(thickness / 2) + 2))
    return thin & band, band


def _band(chains: list[list[Point]], shape: tuple[int, int], half: int) -> NDArray[np.bool_]:
    """The pixels at most `half` above or below the chains, which go on to both sides."""
    band = np.zeros(shape, bool)
    columns = np.arange(shape[1])
    for chain in chains:
        x, y = np.array(chain).T
        slope = (y[-1] - y[0]) / (x[-1] - x[0])
        rows = np.interp(columns, x, y) + slope * (np.minimum(columns - x[0], 0) + np.maximum(columns - x[-1], 0))
        at = np.rint(rows).astype(int) + np.arange(-half, half + 1)[:, None]
        inside = (at >= 0) & (at < shape[0])
        band[at[inside], np.broadcast_to(columns, at.shape)[inside]] = True
    return band


def _pieces(runs: Runs) -> list[tuple[Point, Point]]:
    """The left and the right end of every component, from left to right."""
    order = np.lexsort((runs.start, runs.part))
    first = order[np.unique(runs.part[order], return_index=True)[1]]
    order = np.lexsort((-runs.stop, runs.part))
    last = order[np.unique(runs.part[order], return_index=True)[1]]
    ends = zip(
        zip(runs.start[first].tolist(), runs.row[first].tolist(), strict=True),
        zip(runs.stop[last].tolist(), runs.row[last].tolist(), strict=True),
        strict=True,
    )
    return sorted(ends)[:MOST_PIECES]


def _chains(pieces: list[tuple[Point, Point]]) -> list[list[Point]]:
    """Pieces that continue each other in a straight line: each goes on with the line that points to it best."""
    chains: list[list[Point]] = []
    for left, right in pieces:
        best, least = None, np.inf
        for chain in chains:
            (x0, y0), (x1, y1) = chain[0], chain[-1]
            gap = left[0] - x1
            away = abs(y1 + (y1 - y0) / (x1 - x0) * gap - left[1])
            if gap > -3 and away <= 3 + 0.02 * gap and away < least:
                best, least = chain, away
        if best is None:
            chains.append([left, right])
        else:
            best += [left, right]
    return chains


def _opened(mask: NDArray[np.bool_], size: int, axis: int) -> NDArray[np.bool_]:
    """Only the pixels in runs of at least `size` along the axis."""
    eroded = extreme_along(mask, size, np.logical_and, axis)
    return extreme_along(eroded[::-1, ::-1], size, np.logical_or, axis)[::-1, ::-1]
