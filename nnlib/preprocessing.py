"""A picture of one handwritten digit, prepared as the digits of MNIST were: ink on an empty background, cropped, fitted
into a box of 20 x 20 pixels with its aspect ratio kept, and placed by its centre of mass in 28 x 28.

LeCun, Bottou, Bengio and Haffner (1998) describe these steps for MNIST; the levelling of the light stands before them,
because photographs have shadows. Every stage is a function from picture to picture, and can be switched off.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray

Shape = tuple[int, int]
Picture = NDArray[np.float32]

Between = Callable[[], object]  # called between two short parts of the work, so that others may have their turn

MNIST_SHAPE = (28, 28)
BOX = 20 / 28  # the side of MNIST's box as a share of the picture
LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)  # of red, green and blue (ITU-R BT.601)
BACKGROUND_SIDE = 320  # pixels: the background is estimated in a reduced picture
BACKGROUND_WINDOW = 1 / 3  # of the longer side: what is wider than this is background
POLARITY_WINDOWS = (1 / 32, 1 / 16)  # of the shorter side
DECISIVE = 0.03  # from one half
STRONG_NOISE = 0.05  # standard deviation
DARKEST_PAPER = 0.35  # brightness: the contrast in a deeper shadow is not amplified further
NOISE = 3.0  # standard deviations
STROKES = (1.6, 4.6)  # pixels in the box of 20 x 20: of MNIST's digits, 4 % have thinner and 1 % thicker strokes


def grey(picture: NDArray[np.uint8]) -> Picture:
    """The darkness, 0 (white) to 1 (black), of a picture (height, width) of brightness or (height, width, 3) of red,
    green and blue."""
    brightness = picture @ LUMINANCE if picture.ndim == 3 else picture.astype(np.float32)
    brightness *= np.float32(-1 / 255)
    brightness += 1
    return brightness


def level(darkness: Picture) -> Picture:
    """The ink, 0 to 1, whether it is darker than its background or brighter."""
    return without_background(
        dark_ink(without_strong_noise(darkness)), int(max(darkness.shape, default=0) * BACKGROUND_WINDOW)
    )


def dark_ink(darkness: Picture) -> Picture:
    """The darkness, or, if the ink is brighter than its background, the brightness.

    Most pixels near a stroke are background, so their mean is nearer to the one extreme of a window about them than to
    the other. The smallest window that is decisive counts: the edge of the paper fills both halves of it equally. If
    none is, the strokes are thick, and the edge of the picture is background.
    """
    if not darkness.size:
        return darkness
    small, _ = _reduced(darkness)
    for part in POLARITY_WINDOWS:
        window = max(3, int(min(small.shape) * part) | 1)
        darkest = extreme_filter(small, window, np.maximum)
        contrast = darkest - extreme_filter(small, window, np.minimum)
        total = float(np.vdot(contrast, contrast))
        bright = float(np.vdot(contrast, darkest - small)) / total if total else 1.0
        if abs(bright - 0.5) >= DECISIVE:
            break
    else:
        edge = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])
        bright = float(np.median(edge) <= (small.min() + small.max()) / 2)
    return darkness if bright >= 0.5 else 1 - darkness


def without_strong_noise(darkness: Picture) -> Picture:
    """The mean of 3 x 3 pixels if neighbours differ much nearly everywhere; else the picture itself."""
    steps = np.abs(np.diff(darkness[::3], axis=1))
    if not steps.size or float(np.median(steps)) < STRONG_NOISE * 0.95:  # the median step of normally distributed noise
        return darkness
    wide = np.pad(darkness, 1, mode="edge")
    rows = wide[:-2] + wide[1:-1] + wide[2:]
    return (rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / 9


def without_background(darkness: Picture, window: int, between: Between = lambda: None) -> Picture:
    """The ink, 0 to 1: what is left of each pixel without the background around it and without noise. The background is
    the picture without all that is narrower than the window (a morphological opening), so light may be uneven; contrast
    is relative to the light."""
    if not darkness.size:
        return darkness
    small, reduction = _reduced(darkness)
    window = max(3, round(window / reduction) | 1)
    # Beyond its edges the picture goes on as it changes before them, so that light may fall off there.
    wide = np.pad(small, window // 2, mode="reflect", reflect_type="odd") if min(small.shape) > window // 2 else small
    wide = np.clip(wide, small.min(), small.max())
    opened = extreme_filter(extreme_filter(wide, window, np.minimum), window, np.maximum)
    if reduction > 1:
        opened = extreme_filter(opened, 3, np.maximum)  # interpolated, it must not fall short of a sharp edge
    border = (wide.shape[0] - small.shape[0]) // 2
    rows, columns = (slice(border, border + side) for side in small.shape)
    between()
    background = _interpolated(opened[rows, columns], reduction, darkness.shape)
    between()
    ink = darkness - background
    ink /= np.clip(1 - background, DARKEST_PAPER, 1)
    sample = ink[:: max(1, ink.shape[0] // 400), :: max(1, ink.shape[1] // 400)]
    sample = np.append(sample[sample < 0.5], 0)  # not the ink, of which there may be more than background
    middle = np.median(sample)
    spread = np.median(np.abs(sample - middle)) * 1.4826  # the standard deviation of normally distributed noise
    empty = min(float(middle + NOISE * spread), 0.9)
    ink -= empty
    ink /= 1 - empty
    return np.clip(ink, 0, 1, out=ink)


def _reduced(picture: Picture) -> tuple[Picture, int]:
    """The picture with sides of at most BACKGROUND_SIDE, and the side of the square of pixels that became one."""
    reduction = max(1, ceil(max(picture.shape) / BACKGROUND_SIDE))
    if reduction == 1:
        return picture, 1
    height, width = (ceil(side / reduction) for side in picture.shape)
    border = [(0, new * reduction - old) for new, old in zip((height, width), picture.shape, strict=True)]
    rows = np.pad(picture, border, mode="edge").reshape(height, reduction, -1).mean(axis=1)
    return rows.reshape(height, width, reduction).mean(axis=2), reduction


def otsu(values: NDArray) -> float:
    """The threshold between two classes of values from 0 to 1 with the largest variance between them (Otsu, 1979)."""
    counts, edges = np.histogram(values, 256, (0.0, 1.0))
    below = np.cumsum(counts)[:-1]
    above = below[-1] + counts[-1] - below
    sums = np.cumsum(counts * (edges[:-1] + edges[1:]) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums[:-1] / below - (sums[-1] - sums[:-1]) / above) ** 2
    between = np.nan_to_num(between)
    best = np.flatnonzero(between == between.max())  # the middle of an empty gap
    return float(edges[1:-1][best].mean())


def threshold(ink: Picture) -> Picture:
    """Background to 0 and strokes to 1, by Otsu's threshold. The larger the picture, the sharper: edges keep the grey
    levels that they need to be smooth in the box, so a digit of MNIST's own size keeps all of them."""
    if not ink.any():
        return ink
    full = float(np.percentile(ink[ink > 0], 98))
    ink = np.minimum(ink / full, 1)
    middle = otsu(ink[ink > 0])
    rows, columns = ink_box(ink > middle)
    sharpness = max(1.0, max(rows.stop - rows.start, columns.stop - columns.start) / (BOX * MNIST_SHAPE[0]))
    zero, one = middle - middle / sharpness, middle + (1 - middle) / sharpness
    return np.clip((ink - zero) / (one - zero), 0, 1)


def adjust_stroke(ink: Picture) -> Picture:
    """Thin strokes widened and thick ones thinned, to the range of MNIST's. The mean width of strokes is twice their
    area by the length of their edges. The picture keeps its size, unless it has no room for wider strokes."""
    rows, columns = ink_box(ink)
    if rows.stop == rows.start:
        return ink
    unit = max(rows.stop - rows.start, columns.stop - columns.start) / (BOX * MNIST_SHAPE[0])
    width = stroke_width(ink[rows, columns]) / unit
    wanted = min(max(width, STROKES[0]), STROKES[1])
    more = (wanted - width) * unit
    if not more:
        return ink
    border = ceil(abs(more)) + 1
    whole, share = divmod(abs(more), 1)
    extreme = np.maximum if more > 0 else np.minimum
    wide = np.pad(ink, border)
    near = slice(rows.start, rows.stop + 2 * border), slice(columns.start, columns.stop + 2 * border)
    less, most = (extreme_filter(wide[near], 1 + n + int(whole), extreme) for n in (0, 1))
    wide[near] = (1 - share) * less + share * most
    same = wide[border:-border, border:-border]
    return same if np.count_nonzero(same) == np.count_nonzero(wide) else wide


def stroke_width(ink: Picture) -> float:
    """The mean width of the strokes in pixels."""
    ink = np.pad(ink, 1)
    edges = sum(float(np.abs(np.diff(ink, axis=axis)).sum()) for axis in (0, 1))
    return 2 * float(ink.sum()) / (edges * np.pi / 4)  # edges are counted in steps along rows and columns


def crop(ink: Picture) -> Picture:
    """The smallest rectangle with all of the ink."""
    return ink[ink_box(ink)]


def ink_box(ink: NDArray) -> tuple[slice, slice]:
    """The rows and columns of the smallest rectangle with all that is not 0; empty if nothing is."""
    sides = [np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0)]
    top_bottom, left_right = (slice(int(s[0]), int(s[-1]) + 1) if len(s) else slice(0, 0) for s in sides)
    return top_bottom, left_right


def fit(ink: Picture, image_shape: Shape) -> Picture:
    """Resized so that it just fits into the box, its aspect ratio kept."""
    if not ink.size:
        return ink
    scale = min(BOX * most / side for most, side in zip(image_shape, ink.shape, strict=True))
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    return resize(ink, (height, width))


def stretch(picture: Picture, image_shape: Shape) -> Picture:
    """Resized to the whole picture, its aspect ratio lost: what happens without `fit`."""
    return resize(picture, image_shape) if picture.size else picture


def centre(ink: Picture, image_shape: Shape) -> Picture:
    """Moved by whole pixels so that the centre of mass comes to the middle of the picture, as far as the ink stays
    inside."""
    ink = crop(ink)
    total = float(ink.sum())
    starts = []
    for axis, side in enumerate(image_shape):
        along = ink.sum(axis=1 - axis)
        mass = float(along @ np.arange(len(along))) / total if total else 0.0
        start = ceil(side / 2 - 0.5 - mass - 1e-6)  # as in MNIST: from half a pixel before the middle to half after
        starts.append(min(max(start, 0), side - len(along)))
    return _placed(ink, image_shape, starts)


def middle(ink: Picture, image_shape: Shape) -> Picture:
    """The picture in the middle: what happens without `centre`."""
    return _placed(ink, image_shape, [(side - own) // 2 for side, own in zip(image_shape, ink.shape, strict=True)])


def _placed(ink: Picture, image_shape: Shape, starts: list[int]) -> Picture:
    picture = np.zeros(image_shape, np.float32)
    picture[tuple(slice(start, start + side) for start, side in zip(starts, ink.shape, strict=True))] = ink
    return picture


def scale(ink: Picture) -> NDArray[np.uint8]:
    """0 to 255, one byte each; the strongest ink becomes 255."""
    return np.rint(ink * (255 / max(float(ink.max(initial=0)), 1e-6))).astype(np.uint8)


@dataclass(frozen=True)
class Stage:
    """A step: what it does, its function (picture, image_shape), and the one in its place if it is switched off. Those
    that have none cannot be switched off."""

    title: str
    apply: Callable[[NDArray, Shape], NDArray]
    off: Callable[[NDArray, Shape], NDArray] | None = None


def _unchanged(picture: NDArray, _: Shape) -> NDArray:
    return picture


STAGES = {
    "raw": Stage("The picture", _unchanged),
    "grey": Stage("Grey levels, dark is 1", lambda picture, _: grey(picture)),
    "level": Stage("Ink: the background removed", lambda picture, _: level(picture), _unchanged),
    "threshold": Stage("Threshold", lambda picture, _: threshold(picture), _unchanged),
    "stroke": Stage("Stroke width", lambda picture, _: adjust_stroke(picture), _unchanged),
    "crop": Stage("Cropped to the ink", lambda picture, _: crop(picture), _unchanged),
    "fit": Stage("Fitted into the box", fit, stretch),
    "centre": Stage("Placed by the centre of mass", centre, middle),
    "scale": Stage("0 to 255", lambda picture, _: scale(picture)),
}
FROM_INK = list(STAGES)[list(STAGES).index("threshold") :]


def prepare(
    picture: NDArray[np.uint8], image_shape: Shape = MNIST_SHAPE, off: Collection[str] = ()
) -> dict[str, NDArray]:
    """The picture (height, width) or (height, width, 3) after every stage, by its name in STAGES; the last, "scale", is
    an `image_shape` picture of uint8 as a network reads it. Stages in `off` are left out of the result and of the way
    there; a picture without ink becomes all 0."""
    return _through(list(STAGES), picture, image_shape, off)


def prepare_ink(ink: Picture, image_shape: Shape = MNIST_SHAPE, off: Collection[str] = ()) -> dict[str, NDArray]:
    """The same from "threshold" on, for ink that is levelled already."""
    return _through(FROM_INK, ink, image_shape, off)


def _through(names: list[str], picture: NDArray, image_shape: Shape, off: Collection[str]) -> dict[str, NDArray]:
    optional = [name for name, stage in STAGES.items() if stage.off]
    if not set(off) <= set(optional):
        raise ValueError(f"expected stages among {', '.join(optional)} to switch off, got {', '.join(off)}")
    pictures = {}
    for name in names:
        stage = STAGES[name]
        if name in off:
            assert stage.off is not None
            picture = stage.off(picture, image_shape)
        else:
            pictures[name] = picture = stage.apply(picture, image_shape)
    return pictures


def resize(picture: Picture, shape: Shape) -> Picture:
    """The picture in another size: each new pixel is the mean of the area that it covers."""
    rows, columns = (_areas(old, new) for old, new in zip(picture.shape, shape, strict=True))
    return rows @ picture @ columns.T


@lru_cache(maxsize=64)
def _areas(old: int, new: int) -> NDArray:
    """(new, old): the share of each old pixel in each new one."""
    edges = np.arange(new + 1) * (old / new)
    pixels = np.arange(old)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.asarray(np.maximum(overlap, 0) * (new / old)).astype(np.float32)


def _interpolated(picture: Picture, factor: int, shape: Shape) -> Picture:
    """The picture enlarged by a whole factor, bilinearly, and cut to the shape."""
    for axis, side in enumerate(shape if factor > 1 else ()):
        places = np.clip((np.arange(side, dtype=np.float32) + 0.5) / factor - 0.5, 0, picture.shape[axis] - 1)
        before = places.astype(np.intp)
        after = np.minimum(before + 1, picture.shape[axis] - 1)
        share = np.expand_dims(places - before, 1 - axis).astype(np.float32)
        first = picture.take(before, axis)
        picture = (picture.take(after, axis) - first) * share + first
    return picture


def extreme_filter(picture: NDArray, size: int, extreme: np.ufunc) -> NDArray:
    """The extreme, np.minimum or np.maximum, of the size x size window about each pixel; beyond its edges the picture
    goes on as it ends."""
    return extreme_along(extreme_along(picture, size, extreme, axis=0), size, extreme, axis=1)


def extreme_along(picture: NDArray, size: int, extreme: np.ufunc, axis: int) -> NDArray:
    """The extreme of the `size` pixels about each one along an axis: windows of 2, 4, 8, ... are each made of two."""
    border = [(0, 0), (0, 0)]
    border[axis] = ((size - 1) // 2, size // 2)
    wide = np.pad(picture, border, mode="edge").swapaxes(0, axis)
    done = 1
    while done < size:
        step = min(done, size - done)
        wide = extreme(wide[:-step], wide[step:])
        done += step
    return wide.swapaxes(0, axis)
