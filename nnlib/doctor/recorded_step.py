"""One training step of somebody else's network, from a file: the named matrices of one batch.

The file has arrays named X, Y, W1, b1, Z1, A1, W2, ..., dZ2, dW2, db2, dZ1, ...; any may be missing, but of every
layer there must be one.
Examples may lie in columns or in rows, weights as (outputs, inputs) or (inputs, outputs), targets as labels or one-hot.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nnlib.archive import File, reading

MOST_BYTES = 1 << 28  # of all arrays together
EXPECTED = "expected the matrices of one training step, named X, Y, W1, b1, Z1, A1, ..."
NAME = re.compile(r"(d[WZb]|[WZAb])([1-9]\d?)|[XY]")


class RecordingError(ValueError):
    """The arrays are not those of a training step; the message says what was expected and what was found."""


@dataclass(frozen=True)
class Layout:
    """How matrices are stored: examples as columns or as rows, weights as (outputs, inputs) or as (inputs, outputs)."""

    columns: bool
    outputs_first: bool


LAYOUTS = [Layout(True, True), Layout(False, False), Layout(False, True), Layout(True, False)]


@dataclass(eq=False)
class RecordedStep:
    """The matrices of a step by their names, in float64 and in columns whatever the layout of the file: X (inputs, m),
    Y (outputs, m), W and dW (outputs, inputs), b and db (outputs, 1), Z, A and dZ (units, m).

    units: of the input and of every layer. m: the number of examples.
    turned: the weights and computed arrays that fit only transposed; they are stored here as they fit.
    misfits: the arrays of another shape, as they are.
    precision: the least precise type among the arrays, at best float32.
    """

    layout: Layout
    units: list[int]
    m: int
    precision: np.finfo
    arrays: dict[str, NDArray] = field(default_factory=dict)
    turned: set[str] = field(default_factory=set)
    misfits: dict[str, NDArray] = field(default_factory=dict)

    @property
    def n_layers(self) -> int:
        return len(self.units) - 1

    def shape(self, name: str) -> tuple[int, int]:
        """The shape an array should have, in columns."""
        kind, layer = split_name(name)
        if kind == "Y":
            layer = self.n_layers
        n = self.units[layer]
        return (n, self.units[layer - 1]) if kind in ("W", "dW") else (n, 1) if kind in ("b", "db") else (n, self.m)

    def found(self, name: str) -> NDArray:
        """An array of the file in columns, of whatever shape, and not turned to fit."""
        array = self.misfits[name] if name in self.misfits else self.arrays[name]
        return array.T if name in self.turned else array

    def stored(self, name: str, array: NDArray) -> NDArray:
        """An array in columns, as it is in the file."""
        return array if array.ndim < 2 or _in_columns(split_name(name)[0], self.layout) else array.T

    def required(self, name: str) -> tuple[int, ...]:
        """The shape that an array of the file should have, in its own layout."""
        shape = self.shape(name)
        return shape if _in_columns(split_name(name)[0], self.layout) else shape[::-1]


def load_arrays(file: File) -> dict[str, NDArray]:
    """The arrays of an .npz file that have such names. Raises StorageError for another or a damaged file, and for more
    than MOST_BYTES; RecordingError if it has none."""
    with reading(file, getattr(file, "name", None), EXPECTED, MOST_BYTES) as archive:
        names = sorted(archive.names)
        arrays = {name: archive.read_numbers(name) for name in archive.names if _canonical(name)}
    if not arrays:
        raise RecordingError(f"{EXPECTED}, got {', '.join(names[:12]) or 'none'}")
    return arrays


def split_name(name: str) -> tuple[str, int]:
    """The kind of an array and its layer: dW2 is ("dW", 2), X is ("X", 0)."""
    kind = name.rstrip("0123456789")
    return kind, int(name[len(kind) :] or 0)


def full_name(kind: str, layer: int) -> str:
    """The name of an array; A of layer 0 is X."""
    return "X" if (kind, layer) == ("A", 0) else f"{kind}{layer}"


def recorded_steps(arrays: Mapping[str, NDArray]) -> list[RecordedStep]:
    """The step in each layout that fits as many of the arrays as any other does; where the matrices are square, that is
    more than one. Raises RecordingError if there is nothing of a layer below another, or an array without numbers."""
    known = {_canonical(name): array for name, array in arrays.items() if _canonical(name)}
    n_layers = max((split_name(name)[1] for name in known), default=0)
    missing = set(range(1, n_layers + 1)) - {split_name(name)[1] for name in known}
    if missing or not n_layers:
        got = ", ".join(sorted(arrays)[:12]) or "none"
        raise RecordingError(f"{EXPECTED}; W{min(missing, default=1)} is missing, got {got}")
    for name, array in known.items():
        if not array.size:
            raise RecordingError(f"expected numbers in {name}, got an array of shape {array.shape}")
    dtypes = [np.dtype(np.float32), *(array.dtype for array in known.values() if array.dtype.kind == "f")]
    precision = max(map(np.finfo, dtypes), key=lambda info: info.eps)
    known = {name: array.astype(np.float64, copy=False) for name, array in known.items()}
    steps = [_in_layout(known, n_layers, layout, precision) for layout in LAYOUTS]
    fits = [len(step.arrays) - len(step.turned) for step in steps]
    for step in steps:  # a gradient lies as its weights do
        step.turned -= {f"d{name}" for name in step.turned if name.startswith("W")}
    return [step for step, fit in zip(steps, fits, strict=True) if fit == max(fits)]


def _canonical(name: str) -> str:
    """The name as it is written here (dB2 is db2, A0 is X, y is Y); "" for another array."""
    name = {"a0": "X", "A0": "X", "x": "X", "y": "Y"}.get(name, name.replace("B", "b"))
    return name if NAME.fullmatch(name) else ""


def _in_columns(kind: str, layout: Layout) -> bool:
    return layout.outputs_first if kind in ("W", "dW") else layout.columns


def _in_layout(known: Mapping[str, NDArray], n_layers: int, layout: Layout, precision: np.finfo) -> RecordedStep:
    arrays = {name: _matrix(array, split_name(name)[0], layout) for name, array in known.items()}
    step = RecordedStep(layout, *_sizes(arrays, n_layers), precision)
    for name, array in arrays.items():
        kind, shape = split_name(name)[0], step.shape(name)
        if kind == "Y":
            array = _targets(array, shape)
        elif array.ndim == 1 and array.size == max(shape) and min(shape) == 1:
            array = array.reshape(shape)
        if array.shape == shape:
            step.arrays[name] = array
        elif array.shape == shape[::-1]:
            step.arrays[name] = array.T
            if kind not in ("X", "Y", "b", "db"):  # inputs and vectors may lie as they like
                step.turned.add(name)
        else:
            step.misfits[name] = array
    gradients = {name for name in step.arrays if split_name(name)[0] == "dZ"}
    if len(gradients) > 1 and gradients <= step.turned:  # a habit, and no mistake
        step.turned -= gradients
    return step


def _matrix(array: NDArray, kind: str, layout: Layout) -> NDArray:
    """In columns; images are flattened, one-dimensional arrays stay so."""
    if array.ndim > 2:
        array = array.reshape(len(array), -1)
    return array if array.ndim < 2 or _in_columns(kind, layout) else array.T


def _sizes(arrays: Mapping[str, NDArray], n_layers: int) -> tuple[list[int], int]:
    """The units of the input and of every layer, and the number of examples, as most arrays have them."""
    votes: dict[int | str, Counter[int]] = defaultdict(Counter)
    for name, array in arrays.items():
        kind, layer = split_name(name)
        if kind in ("W", "dW") and array.ndim == 2:
            votes[layer][len(array)] += 2 if kind == "W" else 1
            votes[layer - 1][array.shape[1]] += 2 if kind == "W" else 1
        elif kind in ("b", "db"):
            votes[layer][array.size] += 1
        elif kind == "Y":
            votes["m"][max(array.shape, default=1)] += 1  # the fewest have more classes than examples
        elif array.ndim == 2:
            votes[layer][len(array)] += 1
            votes["m"][array.shape[1]] += 2 if kind == "X" else 1
    first = {key: counter.most_common(1)[0][0] for key, counter in votes.items()}
    return [first.get(layer, 1) for layer in range(n_layers + 1)], first.get("m", 1)


def _targets(array: NDArray, shape: tuple[int, int]) -> NDArray:
    """Labels as one-hot columns, from 0 or, if there is one as high as the number of classes, from 1."""
    classes, m = shape
    if array.size != m:
        return array
    labels = array.reshape(1, m)
    if classes == 1:
        return labels
    first = 1 if labels.max() == classes and labels.min() >= 1 else 0
    if not np.isin(labels, np.arange(first, first + classes)).all():
        return array
    return (labels - first == np.arange(classes)[:, None]).astype(np.float64)
