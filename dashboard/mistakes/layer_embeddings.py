"""Maps of the digits: where each layer puts them, seen from where they lie farthest apart. Pure: networks in, points
out."""

from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from dashboard.notation.layer_names import words
from dashboard.notation.numbers import percent
from nnlib.analysis.neighbour_accuracy import neighbour_accuracy
from nnlib.analysis.pca import align, project
from nnlib.convolution import Flatten, Images
from nnlib.datasets import Split
from nnlib.layers import Dropout
from nnlib.network import Network
from nnlib.trainer import Trainer

SAMPLE = 1_000  # validation digits on a map
MOST = 4_096  # numbers per digit that are looked at: of larger layers so many, chosen once at random
CHEAP = 1_000_000_000  # multiplications for the whole sample: up to here the maps are drawn anew while it trains


@dataclass(frozen=True, eq=False)
class Station:
    """A place on the way of a digit: the pixels, or what layer `number` with weights makes of it, its activation and
    pooling included, which is the output of the layer at `position` in the network's list."""

    name: str
    made_by: str
    size: int
    position: int | None = None

    @property
    def numbers(self) -> str:
        """How many numbers a digit is here, and how many of them are looked at."""
        seen = f", of which {MOST:,} count here" if self.size > MOST else ""
        return f"{self.size:,} {'number' if self.size == 1 else 'numbers'} per digit{seen}"


@dataclass(frozen=True, eq=False)
class Map:
    """Where a station puts m digits: `points` (2, m), the share of all variance that is seen in them, and the share of
    digits whose nearest neighbour, in all dimensions, is of the same class. Both are None where the numbers are not
    finite any more; then all points are at zero."""

    station: Station
    points: np.ndarray
    share: float | None
    apart: float | None


def stations(network: Network) -> list[Station]:
    """The pixels, and every layer with weights together with what follows it up to the next one."""
    n_inputs = network.input_shape[0]
    found, number = [Station("pixels", "as they are on the paper", n_inputs)], 0
    group: list[str] = []
    starts = [layer for layer in network.layers if layer.parameter_shapes()]
    for layer, following in zip(network.layers, [*network.layers[1:], None], strict=True):
        group = [] if layer in starts else group
        if layer.active and not isinstance(layer, (Images, Flatten, Dropout)):
            group.append(words(layer))
        number += layer in starts
        if number and (following is None or following in starts):
            name = "scores" if following is None else f"layer {number}"
            found.append(Station(name, ", ".join(group), int(np.prod(layer.output_shape)), layer.position))
    return found


def is_cheap(network: Network) -> bool:
    """Whether its maps may be drawn anew several times a second: it works on no pictures, and not too much."""
    pictures = any(len(layer.output_shape) > 1 for layer in network.layers)
    return not pictures and network.multiplications * SAMPLE <= CHEAP


def activations(
    trainer: Trainer, images: np.ndarray, wanted: list[Station]
) -> Generator[None, None, dict[str, np.ndarray]]:
    """What these stations make of the images (m, pixels): yields after every block, and returns {name: (numbers, m)},
    of stations with more numbers than MOST only so many."""
    network = trainer.network
    kept = {station.position: _looked_at(station.size) for station in wanted if station.position is not None}
    parts: dict[int, list[np.ndarray]] = {position: [] for position in kept}
    for start in range(0, len(images), network.examples_per_block):
        block = images[start : start + network.examples_per_block]
        with np.errstate(over="ignore", invalid="ignore"):  # weights without bound are shown as what they are
            for layer, A in network.passing(trainer.scaling.apply(block).T):
                if layer.position in kept:
                    flat = A if A.ndim == 2 else A.reshape(len(A), -1).T
                    parts[layer.position].append(flat[kept[layer.position]].copy())
        yield None
    found = {
        station.name: np.concatenate(parts[station.position], axis=1)
        for station in wanted
        if station.position is not None
    }
    pixels = {station.name: _pixels(images) for station in wanted if station.position is None}
    return pixels | found


def numbers(
    trainer: Trainer, images: np.ndarray, station: Station, most: int | None = None
) -> Iterator[np.ndarray | None]:
    """What one station makes of the images: yields None after every block, and (numbers, m) last of all, brought down
    to the `most` greatest principal components if there are more."""
    found = yield from activations(trainer, images, [station])
    A = found[station.name]
    if most is not None and len(A) > most:
        yield None
        A = project(A, min(most, len(images))).points
    yield A


def _pixels(images):
    return images.T.astype(np.float32) / 255


@lru_cache(maxsize=8)
def _looked_at(size):
    if size <= MOST:
        return slice(None)
    return np.sort(np.random.default_rng(0).choice(size, MOST, replace=False))


def drawing(trainer: Trainer, n: int, before: list[Map] | None = None) -> Iterator[list[Map] | None]:
    """The maps of the first n validation digits at every station; yields None now and then, and the maps last of all.

    Each is turned and mirrored so that it follows its own map `before`, if there is one, and otherwise that of the
    station before it: then a class is found in the same direction on all of them.
    """
    split, places = trainer.digits.validation, stations(trainer.network)
    found = yield from activations(trainer, split.images[:n], places[1:])
    maps = [pixel_map(split, n, places[0].size)]
    yield None
    for number, station in enumerate(places[1:], 1):
        drawn = _draw(station, found[station.name], split.labels[:n])
        follow = before[number] if before and len(before) == len(places) else maps[-1]
        if follow.points.shape == drawn.points.shape:
            drawn = replace(drawn, points=align(drawn.points, follow.points))
        maps.append(drawn)
        yield None
    yield maps


@lru_cache(maxsize=4)
def pixel_map(split: Split, n: int, size: int) -> Map:
    """The map of the pixels, which no training changes."""
    return _draw(Station("pixels", "as they are on the paper", size), _pixels(split.images[:n]), split.labels[:n])


def _draw(station, A, labels):
    if not np.isfinite(A).all() or not np.isfinite(np.square(A).sum()):
        return Map(station, np.zeros((2, A.shape[1]), np.float32), None, None)
    points, share = project(A)
    return Map(station, points.astype(np.float32), share, neighbour_accuracy(A, labels))


def last(steps: Iterator):
    """The last of the things that an iterator yields; None, if there is none."""
    kept = deque(steps, maxlen=1)
    return kept.pop() if kept else None


# In words


def about_map(of: Map) -> str:
    """One map in a line or two: how much of it is seen, and how far apart the classes are."""
    if of.apart is None or of.share is None:
        return "its numbers are not finite any more"
    return (
        f"its two principal axes show {percent(of.share)} of the variance · nearest neighbour of the same class: "
        f"{percent(of.apart)}"
    )


def about_way(maps: list[Map], steps: int) -> str:
    """What happens to the classes from layer to layer."""
    apart = [(each.station.name, each.apart) for each in maps if each.apart is not None]
    if len(apart) < len(maps):
        return "The weights have grown without bound, and there is nothing to draw: go back to the last good ones."
    told = ", ".join(f"{name} {percent(share)}" for name, share in apart)
    sentence = (
        "How far apart are the classes? For each digit look for the one that is nearest to it, in all dimensions: "
        f"as often as this it is of the same class: **{told}**."
    )
    if not steps:
        return (
            f"{sentence} The network is untrained: its layers only shuffle what lies in the pixels, and lose some of "
            "it. Press **Run** and watch the classes come apart."
        )
    if apart[-1][1] > apart[0][1]:
        return f"{sentence} On their way through the layers the classes have come apart."
    return f"{sentence} The scores do not tell them better apart than the pixels did: it has not learned enough yet."
