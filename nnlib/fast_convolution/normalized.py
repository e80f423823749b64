"""Convolution, batch normalisation and ReLU together, with or without 2 x 2 max pooling.

The result is that of the layers in sequence up to rounding, which a test verifies. Outputs come as four slabs, as in
`fused`. An odd last row or column is computed in windows of which half lies outside; the outputs outside are set to 0
and count for nothing. Pooling comes before the shift and ReLU, on a quarter of the numbers.

In evaluation the normalisation is folded into the convolution: W <- scale W, b = shift.
"""

import copy
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.convolution import Conv2D
from nnlib.fast_convolution.patches import WINDOW, Patches
from nnlib.fast_convolution.slabs import pool, repeated, small_buffers, sum_rows
from nnlib.fast_convolution.tiles import Tiles
from nnlib.fast_convolution.winograd import Winograd
from nnlib.normalization import EPSILON, BatchNorm
from nnlib.scratch import scratch


class ConvNormReLU:
    """A = ReLU(S), or its maxpool, for pictures (m, h, w, c), where S = scale o Z + shift normalises Z = W P, with the
    weights and gradients of a Conv2D (without bias) and a BatchNorm layer.

    V is computed as the mean of Z^2 minus μ^2. The output is stored as (h, w, m, c) and returned as a transposed view.
    """

    def __init__(self, convolution: Conv2D, norm: BatchNorm, pools: bool, first: bool = False) -> None:
        """`pools`: whether 2 x 2 max pooling follows; `first`: the gradient of the input is never needed."""
        self.convolution, self.norm, self.pools = convolution, norm, pools
        rows, columns, _ = convolution.output_shape
        self.odd = rows % WINDOW, columns % WINDOW
        blanks = first and pools and not any(self.odd)  # may be left out
        way = Tiles if blanks else Winograd if Winograd.suits(convolution) else Patches
        self.way = way(convolution)
        self.way.rows, self.way.columns = rows // WINDOW + self.odd[0], columns // WINDOW + self.odd[1]
        self.size = (rows // WINDOW, columns // WINDOW) if pools else (rows, columns)  # of the output

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of the parameters of both layers."""
        return self.convolution.parameter_shapes() | self.norm.parameter_shapes()

    def forward(self, A: NDArray, training: bool = True) -> NDArray:
        layer, way = self.convolution, self.way
        A = self._even(layer.padded(A).transpose(1, 2, 0, 3))
        m = A.shape[2]
        shape = (way.rows, way.columns) if self.pools else (WINDOW * way.rows, WINDOW * way.columns)
        memory = partial(layer.buffer if training else scratch, dtype=layer.dtype)
        with small_buffers():
            cut, windows = way.cut(A, partial(memory, "cut"))
            if training:
                n = way.rows * way.columns * m if windows is None else len(windows)
                Z = memory("Z", (WINDOW, WINDOW, way.rows * way.columns * m, layer.filters))[:, :, :n]
                way.outputs(cut, Z)
                self._clear_outside(Z, m)
                scale, shift = self._statistics(Z, m)
                scaled = scratch("scaled", Z.shape, Z.dtype)
                np.multiply(_long(Z, m), repeated(scale, m), out=_long(scaled, m))
            else:
                scale, shift = self.norm.scale_and_shift()
                way.convolution = folded = copy.copy(layer)
                folded.W = layer.W * scale
                scaled = way.outputs(cut)
                way.convolution = layer
            out = (
                memory("out", (*shape, m, layer.filters))
                if training
                else np.empty((*shape, m, layer.filters), layer.dtype)
            )
            winners = self._activate(scaled, shift, m, windows, out, training)
            if training:
                self._kept = A.shape, cut, windows, winners, out, Z, scale, shift
        return out[: self.size[0], : self.size[1]].transpose(2, 0, 1, 3)

    def _statistics(self, Z: NDArray, m: int) -> tuple[NDArray, NDArray]:
        """Set those of the BatchNorm layer; returns its scale and shift."""
        norm, (rows, columns, _) = self.norm, self.convolution.output_shape
        norm.n = round(norm.portion * rows * columns * m)
        norm.constant = norm.frozen or norm.n == 1
        if norm.constant:
            norm.mu, norm.V = norm.running_mean.copy(), norm.running_variance.copy()
        else:
            squares = np.multiply(Z, Z, out=scratch("scaled", Z.shape, Z.dtype))
            norm.mu, mean_square = norm.total(np.stack([_total(Z), _total(squares)])) / Z.dtype.type(norm.n)
            norm.V = np.maximum(mean_square - norm.mu**2, 0.0)
        norm.r = 1.0 / np.sqrt(norm.V + Z.dtype.type(EPSILON))
        scale = norm.gamma * norm.r
        return scale, norm.beta - norm.mu * scale

    def _activate(
        self, scaled: NDArray, shift: NDArray, m: int, windows: NDArray | None, out: NDArray, training: bool
    ) -> NDArray | None:
        """Fill `out` with ReLU(scaled + shift), pooled or not; returns the winners of pooling."""
        layer = self.convolution
        if not self.pools:
            for i, j in np.ndindex(WINDOW, WINDOW):
                part = out[i::WINDOW, j::WINDOW]
                np.add(_pictures(scaled[i, j], part), repeated(shift, m), out=part.reshape(*part.shape[:2], -1))
            np.maximum(out, 0.0, out=out)
            return None
        n, flat = scaled.shape[2], out.reshape(-1, layer.filters)
        winners = layer.buffer("winners", (WINDOW, WINDOW, *flat.shape), bool)[:, :, :n] if training else None
        if windows is None:
            pool(scaled, shift, m, flat, winners)
        else:  # in all other windows Z is 0
            out.reshape(*out.shape[:2], -1)[...] = repeated(np.maximum(shift, 0.0), m)
            flat[windows] = pool(scaled, shift, m, scratch("work", scaled.shape[2:], layer.dtype), winners)
        return winners

    def backward(self, dA: NDArray, to_input: bool = True) -> NDArray | Any:
        layer, norm, way = self.convolution, self.norm, self.way
        shape, cut, windows, winners, out, Z, scale, shift = self._kept
        m = shape[2]
        every = dA.transpose(1, 2, 0, 3)
        if any(self.odd):
            whole = scratch("whole", out.shape, layer.dtype)
            whole.fill(0.0)
            whole[: self.size[0], : self.size[1]] = every
            every = whole
        sent = layer.buffer("sent", shape) if to_input else None
        with small_buffers():
            dS = way.slabs(Z.shape[2])
            rest = None
            if winners is None:
                active = np.greater(out, 0.0, out=scratch("active", out.shape, bool))
                for i, j in np.ndindex(WINDOW, WINDOW):
                    part = every[i::WINDOW, j::WINDOW]
                    np.multiply(part, active[i::WINDOW, j::WINDOW], out=dS[i, j].reshape(part.shape))
            else:
                flat = every.reshape(-1, layer.filters)
                some = flat
                if windows is not None:
                    some = flat.take(windows, axis=0, out=scratch("work", Z.shape[2:], layer.dtype), mode="clip")
                    rest = (sum_rows(flat) - sum_rows(some)) * (shift > 0.0)  # where Z is 0
                np.multiply(some, winners, out=dS)
            product = np.multiply(dS, Z, out=scratch("scaled", Z.shape, Z.dtype))
            norm.dbeta[...] = _total(dS)
            if rest is not None:
                norm.dbeta += rest
            norm.dgamma[...] = norm.r * (_total(product) - norm.mu * norm.dbeta)  # Σ dS o N
            dgamma, dbeta = (
                (norm.dgamma, norm.dbeta) if norm.constant else norm.total(np.stack([norm.dgamma, norm.dbeta]))
            )
            for i, j in np.ndindex(WINDOW, WINDOW):  # dZ = γ o r o (dS - (dβ + N o dγ) / n), N = (Z - μ) o r
                long, own = (each[i, j].reshape(-1, m * layer.filters) for each in (dS, Z))
                long *= repeated(scale, m)
                if not norm.constant:
                    slope = scale * norm.r * dgamma / -norm.n
                    own *= repeated(slope, m)
                    own += repeated(scale * dbeta / -norm.n - slope * norm.mu, m)
                    long += own
            self._clear_outside(dS, m)
            way.backward(cut, dS, sent)
        if sent is None:
            return None
        height, width, _ = layer.input_shape
        inner = sent[: height + 2 * layer.padding, : width + 2 * layer.padding]
        return layer.without_border(inner.transpose(2, 0, 1, 3))

    def _even(self, A: NDArray) -> NDArray:
        """Pictures (h, w, m, c) with a row or a column of zeros more where the number of outputs is odd."""
        if not any(self.odd):
            return A
        height, width, m, channels = A.shape
        larger = scratch("even", (height + self.odd[0], width + self.odd[1], m, channels), A.dtype)
        larger[:height, :width], larger[height:], larger[:, width:] = A, 0.0, 0.0
        return larger

    def _clear_outside(self, Z: NDArray, m: int) -> None:
        """Set outputs outside the picture to 0."""
        if self.odd[0]:
            _places(Z, self.way, m)[1, :, -1] = 0.0
        if self.odd[1]:
            _places(Z, self.way, m)[:, 1, :, -1] = 0.0


def _places(Z: NDArray, way: Patches, m: int) -> NDArray:
    """Z (2, 2, n, filters) as (2, 2, rows, columns, m, filters), a view."""
    return Z.reshape(WINDOW, WINDOW, way.rows, way.columns, m, -1)


def _pictures(slab: NDArray, part: NDArray) -> NDArray:
    """A slab (n, filters) as (rows, columns, m filters), like the part of the pictures that it fills."""
    return slab.reshape(*part.shape[:2], -1)


def _long(Z: NDArray, m: int) -> NDArray:
    """Z with m windows to a row, a view: operations with one number per filter take half the time."""
    return Z.reshape(WINDOW, WINDOW, -1, m * Z.shape[-1])


def _total(slabs: NDArray) -> NDArray:
    """The sum over all windows, (filters, 1)."""
    return np.sum([sum_rows(slab) for half in slabs for slab in half], axis=0)
