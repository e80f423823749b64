"""Fused convolution, ReLU and 2 x 2 max pooling.

The result is that of the three layers in sequence, which a test verifies. The savings:

* Only outputs that are pooled are computed; an odd last row or column is left out.
* The four outputs of each pooling window are in four separate slabs, so that pooling is three maxima of whole slabs,
  and the winners are three comparisons. There are three ways to compute them: `patches`, which fits every kernel,
  `tiles` for the first layer, and `winograd` for 3 x 3 kernels.
* Bias and ReLU come after pooling, on a quarter of the numbers. max(z) + b = max(z + b), and ReLU is monotonic, so the
  values are the same.

A step of cnn-32-64-128 takes just under three fifths of its time with patches alone.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.activations import ReLU
from nnlib.convolution import Conv2D, MaxPool2D
from nnlib.fast_convolution.patches import WINDOW, Patches
from nnlib.fast_convolution.tiles import Tiles
from nnlib.fast_convolution.winograd import Winograd
from nnlib.layers import Layer, ones
from nnlib.scratch import scratch

BUFFER = 1024  # numbers: at most one contiguous run of 32 pictures of 32 channels


@contextmanager
def small_buffers() -> Iterator[None]:
    """NumPy copies non-contiguous operands through buffers; if these are no longer than the contiguous runs, it avoids
    the copy, and sums over shifted pictures take half the time."""
    before = np.setbufsize(BUFFER)
    try:
        yield
    finally:
        np.setbufsize(before)


def fuse(layers: Sequence[Layer]) -> "list[Layer | ConvReLUPool]":
    """The layers as steps of computation: each Conv2D, ReLU, MaxPool2D(2) in a row becomes one ConvReLUPool."""
    steps: list[Layer | ConvReLUPool] = []
    position, first = 0, True  # first: nothing below learns, so no gradient is needed
    while position < len(layers):
        three: Sequence[Any] = layers[position : position + 3]
        kinds = [type(layer) for layer in three]
        if kinds == [Conv2D, ReLU, MaxPool2D] and three[0].stride == 1 and three[2].size == WINDOW:
            steps.append(ConvReLUPool(three[0], first))
            position += 3
        else:
            steps.append(layers[position])
            position += 1
        first = first and not steps[-1].parameter_shapes()
    return steps


class ConvReLUPool:
    """A = maxpool(ReLU(W P + b)) for pictures (m, h, w, c), with the weights and gradients of a Conv2D layer.

    The output is stored as (h, w, m, c), as `patches` expects, and returned as a transposed view.
    """

    def __init__(self, convolution: Conv2D, first: bool = False) -> None:
        """`first`: the gradient of the input is never needed."""
        self.convolution = convolution
        way = Tiles if first else Winograd if Winograd.suits(convolution) else Patches
        self.way = way(convolution)

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of the convolution's parameters."""
        return self.convolution.parameter_shapes()

    def forward(self, A: NDArray, training: bool = True) -> NDArray:
        layer, way = self.convolution, self.way
        A = layer.padded(A).transpose(1, 2, 0, 3)
        m = A.shape[2]
        shape = way.rows, way.columns, m, layer.filters
        memory = partial(layer.buffer if training else scratch, dtype=layer.dtype)
        pooled = layer.buffer("pooled", shape) if training else np.empty(shape, layer.dtype)
        flat = pooled.reshape(-1, layer.filters)
        with small_buffers():
            cut, windows = way.cut(A, partial(memory, "cut"))
            Z, winners = way.outputs(cut), None
            n = Z.shape[2]
            if training:
                winners = layer.buffer("winners", (WINDOW, WINDOW, *flat.shape), bool)[:, :, :n]
                self._kept = A.shape, cut, windows, winners
            if windows is None:
                self._pool(Z, m, flat, winners)
            else:  # the output of all other windows is the bias
                pooled.reshape(*shape[:2], -1)[...] = _repeated(np.maximum(layer.b, 0.0), m)
                flat[windows] = self._pool(Z, m, scratch("work", Z.shape[2:], layer.dtype), winners)
        return pooled.transpose(2, 0, 1, 3)

    def _pool(self, Z: NDArray, m: int, largest: NDArray, winners: NDArray | None) -> NDArray:
        """Fill `largest` (n, filters) with maxpool(ReLU(Z + b)), n a multiple of m, and `winners`, unless it is None,
        with which of Z (2, 2, n, filters) are the maximum of their window (the first, in a tie) and pass ReLU. Z is
        overwritten."""
        bias = _repeated(self.convolution.b, m)  # m windows at a time: twice as fast as one by one
        left, right = Z[:, 0], Z[:, 1]
        if winners is not None:
            in_right = np.greater(right, left, out=winners[:, 1])
        upper, lower = np.maximum(left, right, out=left)
        long = np.maximum(upper, lower, out=largest).reshape(-1, len(bias))
        if winners is not None:
            passes = np.greater(long, -bias, out=scratch("passes", long.shape, bool)).reshape(upper.shape)
            in_half = scratch("in half", left.shape, bool)  # above or below, and passing
            np.greater(lower, upper, out=in_half[1])
            in_half[1] &= passes
            np.greater(passes, in_half[1], out=in_half[0])  # of booleans: a and not b
            in_right &= in_half
            np.greater(in_half, in_right, out=winners[:, 0])
        np.maximum(long, -bias, out=long)  # ReLU(z + b) = max(z, -b) + b
        long += bias
        return largest

    def backward(self, dA: NDArray, to_input: bool = True) -> NDArray | Any:
        layer, way = self.convolution, self.way
        shape, cut, windows, winners = self._kept
        every = dA.transpose(1, 2, 0, 3).reshape(-1, layer.filters)
        sent = layer.buffer("sent", shape) if to_input else None
        with small_buffers():
            dZ = way.slabs(winners.shape[2])
            if windows is None:
                np.multiply(every, winners, out=dZ)
            else:
                some = scratch("work", winners.shape[2:], layer.dtype)
                every.take(windows, axis=0, out=some, mode="clip")
                np.multiply(some, winners, out=dZ)
            layer.db[...] = sum(_sum(slab) for half in dZ for slab in half)
            if windows is not None:
                layer.db += (_sum(every) - _sum(some)) * (layer.b > 0.0)
            way.backward(cut, dZ, sent)
        return None if sent is None else layer.without_border(sent.transpose(2, 0, 1, 3))


def _sum(rows: NDArray) -> NDArray:
    """The sum of all rows, as a column. A product is several times as fast as `sum`; and `dot`, unlike `@`, releases
    Python's lock even if one operand is a single column."""
    enough = 1 << len(rows).bit_length()  # `ones` keeps only a few sizes
    return rows.T.dot(ones(enough, rows.dtype)[: len(rows)])


def _repeated(column: NDArray, times: int) -> NDArray:
    """A column repeated `times` times, as a vector; `np.tile` takes ten times as long."""
    rows = np.empty((times, len(column)), column.dtype)
    rows[...] = column[:, 0]
    return rows.ravel()
