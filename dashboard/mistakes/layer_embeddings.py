"""Maps of the digits: the output of each layer, projected onto its first two principal components."""

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
MOST = 4_096  # numbers per digit: of larger layers so many, chosen once at random
CHEAP = 1_000_000_000  # multiplications for the whole sample, up to which the maps are redrawn while it trains


@dataclass(frozen=True, eq=False)
class Output:
    """What is mapped: the pixels, or the output of a layer with weights after its activation and pooling, which is that
    of the layer at `position` in the network's list."""

    name: str
    made_by: str
    size: int
    position: int | None = None

    @property
    def numbers(self) -> str:
        """How many numbers a digit is here, and how many of them are used."""
        seen = f", of which {MOST:,} are used" if self.size > MOST else ""
        return f"{self.size:,} {'number' if self.size == 1 else 'numbers'} per digit{seen}"


@dataclass(frozen=True, eq=False)
class Map:
    """The projection of m digits: `points` (2, m), their `share` of the variance, and the share of digits whose nearest
    neighbour, in all dimensions, has the same class (`same_class`). Where the output is not finite, both are None and
    all points zero."""

    output: Output
    points: np.ndarray
    share: float | None
    same_class: float | None


def outputs(network: Network) -> list[Output]:
    """The pixels, and every layer with weights together with what follows up to the next one."""
    n_inputs = network.input_shape[0]
    found, number = [Output("pixels", "the image itself", n_inputs)], 0
    group: list[str] = []
    starts = network.weights()
    for layer, following in zip(network.layers, [*network.layers[1:], None], strict=True):
        group = [] if layer in starts else group
        if layer.active and not isinstance(layer, (Images, Flatten, Dropout)):
            group.append(words(layer))
        number += layer in starts
        if number and (following is None or following in starts):
            name = "scores" if following is None else f"layer {number}"
            found.append(Output(name, ", ".join(group), int(np.prod(layer.output_shape)), layer.position))
    return found


def is_cheap(network: Network) -> bool:
    """Whether its maps may be redrawn several times a second: no layer works on images, and all are small."""
    spatial = any(len(layer.output_shape) > 1 for layer in network.layers)
    return not spatial and network.multiplications * SAMPLE <= CHEAP


def activations(
    trainer: Trainer, images: np.ndarray, wanted: list[Output]
) -> Generator[None, None, dict[str, np.ndarray]]:
    """These outputs for the images (m, pixels): yields after every block and returns {name: (numbers, m)}, with at most
    MOST numbers each."""
    network = trainer.network
    kept = {output.position: _used(output.size) for output in wanted if output.position is not None}
    parts: dict[int, list[np.ndarray]] = {position: [] for position in kept}
    for start in range(0, len(images), network.examples_per_block):
        block = images[start : start + network.examples_per_block]
        with np.errstate(over="ignore", invalid="ignore"):  # not finite numbers are reported
            for layer, A in network.passing(trainer.scaling.apply(block).T):
                if layer.position in kept:
                    flat = A if A.ndim == 2 else A.reshape(len(A), -1).T
                    parts[layer.position].append(flat[kept[layer.position]].copy())
        yield None
    found = {
        output.name: np.concatenate(parts[output.position], axis=1) for output in wanted if output.position is not None
    }
    pixels = {output.name: _pixels(images) for output in wanted if output.position is None}
    return pixels | found


def numbers(
    trainer: Trainer, images: np.ndarray, output: Output, most: int | None = None
) -> Iterator[np.ndarray | None]:
    """One output for the images: yields None after every block, and (numbers, m) last, reduced to `most` principal
    components if there are more numbers."""
    found = yield from activations(trainer, images, [output])
    A = found[output.name]
    if most is not None and len(A) > most:
        yield None
        A = project(A, min(most, len(images))).points
    yield A


def _pixels(images):
    return images.T.astype(np.float32) / 255


@lru_cache(maxsize=8)
def _used(size):
    if size <= MOST:
        return slice(None)
    return np.sort(np.random.default_rng(0).choice(size, MOST, replace=False))


def drawing(trainer: Trainer, n: int, before: list[Map] | None = None) -> Iterator[list[Map] | None]:
    """The maps of the first n validation digits, one per output; yields None now and then, and the maps last.

    Each is rotated and mirrored to follow its own map `before`, if there is one, and otherwise the map of the output
    before it, so that a class lies in the same direction on all of them.
    """
    split, places = trainer.digits.validation, outputs(trainer.network)
    found = yield from activations(trainer, split.images[:n], places[1:])
    maps = [pixel_map(split, n, places[0].size)]
    yield None
    for number, output in enumerate(places[1:], 1):
        drawn = _draw(output, found[output.name], split.labels[:n])
        follow = before[number] if before and len(before) == len(places) else maps[-1]
        if follow.points.shape == drawn.points.shape:
            drawn = replace(drawn, points=align(drawn.points, follow.points))
        maps.append(drawn)
        yield None
    yield maps


@lru_cache(maxsize=4)
def pixel_map(split: Split, n: int, size: int) -> Map:
    """The map of the pixels, which training does not change."""
    return _draw(Output("pixels", "the image itself", size), _pixels(split.images[:n]), split.labels[:n])


def _draw(output, A, labels):
    with np.errstate(over="ignore"):
        bounded = np.isfinite(np.square(A).sum())
    if not bounded:
        return Map(output, np.zeros((2, A.shape[1]), np.float32), None, None)
    points, share = project(A)
    return Map(output, points.astype(np.float32), share, neighbour_accuracy(A, labels))


def last(steps: Iterator):
    """The last item of an iterator; None if there is none."""
    kept = deque(steps, maxlen=1)
    return kept.pop() if kept else None


# In words


def about_map(of: Map) -> str:
    """One map in a line or two."""
    if of.same_class is None or of.share is None:
        return "the outputs are not finite"
    return (
        f"two principal components with {percent(of.share)} of the variance · nearest neighbour of the same class: "
        f"{percent(of.same_class)}"
    )


def about_separation(maps: list[Map], untrained: bool, invitation: str = "") -> str:
    """How well the classes are separated from layer to layer; `invitation` is to train an untrained network."""
    shares = [(each.output.name, each.same_class) for each in maps if each.same_class is not None]
    if len(shares) < len(maps):
        return "Not every output is finite, so not every map can be drawn."
    told = ", ".join(f"{name} {percent(share)}" for name, share in shares)
    sentence = f"How often the nearest neighbour of a digit, in all dimensions, has the same class: **{told}**."
    if untrained:
        return f"{sentence} The network is untrained.{invitation}"
    if shares[-1][1] > shares[0][1]:
        return f"{sentence} The scores separate the classes better than the pixels."
    return f"{sentence} The scores do not separate the classes better than the pixels."
