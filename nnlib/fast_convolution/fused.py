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

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.activations import ReLU
from nnlib.convolution import Conv2D, MaxPool2D
from nnlib.fast_convolution.normalized import ConvNormReLU
from nnlib.fast_convolution.patches import WINDOW, Patches
from nnlib.fast_convolution.slabs import pool, repeated, small_buffers, sum_rows
from nnlib.fast_convolution.tiles import Tiles
from nnlib.fast_convolution.winograd import Winograd
from nnlib.layers import Layer
from nnlib.normalization import BatchNorm
from nnlib.scratch import scratch


def fuse(layers: Sequence[Layer]) -> "list[Layer | ConvReLUPool | ConvNormReLU]":
    """The layers as steps of computation: each Conv2D, ReLU, MaxPool2D(2) in a row becomes one ConvReLUPool, each
    Conv2D, BatchNorm, ReLU, with or without MaxPool2D(2) behind it, one ConvNormReLU."""
    steps: list[Layer | ConvReLUPool | ConvNormReLU] = []
    position, first = 0, True  # first: nothing below learns, so no gradient is needed
    while position < len(layers):
        four: Sequence[Any] = layers[position : position + 4]
        kinds = [type(layer) for layer in four]
        pools = [type(layer) is MaxPool2D and layer.size == WINDOW for layer in four]
        simple = kinds[0] is Conv2D and four[0].stride == 1
        if simple and kinds[1:2] == [ReLU] and pools[2:3] == [True]:
            steps.append(ConvReLUPool(four[0], first))
            position += 3
        elif simple and kinds[1:3] == [BatchNorm, ReLU] and not four[0].bias:
            steps.append(ConvNormReLU(four[0], four[1], pools[3:] == [True], first))
            position += 4 if pools[3:] == [True] else 3
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
                pool(Z, layer.b, m, flat, winners)
            else:  # the output of all other windows is the bias
                pooled.reshape(*shape[:2], -1)[...] = repeated(np.maximum(layer.b, 0.0), m)
                flat[windows] = pool(Z, layer.b, m, scratch("work", Z.shape[2:], layer.dtype), winners)
        return pooled.transpose(2, 0, 1, 3)

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
            if layer.bias:
                layer.db[...] = sum(sum_rows(slab) for half in dZ for slab in half)
            if layer.bias and windows is not None:
                layer.db += (sum_rows(every) - sum_rows(some)) * (layer.b > 0.0)
            way.backward(cut, dZ, sent)
        return None if sent is None else layer.without_border(sent.transpose(2, 0, 1, 3))
