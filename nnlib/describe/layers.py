"""Descriptions of the matrices of each layer: symbol, meaning, shape and formula, in order of computation.

The layers themselves do not know them. A new layer is shown on every page once `trace` is registered for it.
"""

from dataclasses import dataclass, replace
from functools import singledispatch

from numpy.typing import NDArray

from nnlib.activations import Activation, LeakyReLU, ReLU, Sigmoid, Tanh
from nnlib.convolution import AveragePool2D, Conv2D, Flatten, Images, MaxPool2D, Pool2D
from nnlib.describe.expressions import (
    Apply,
    Divided,
    Formula,
    Hadamard,
    InverseRoot,
    MeanOverExamples,
    Minus,
    Plus,
    Product,
    Rearranged,
    SumOverExamples,
    Symbol,
    Transpose,
)
from nnlib.describe.kinds import entry
from nnlib.describe.matrices import Matrix
from nnlib.layers import Dense, Dropout, Layer
from nnlib.normalization import BatchNorm

FUNCTIONS = {ReLU: "ReLU", LeakyReLU: "LeakyReLU", Sigmoid: "σ", Tanh: "tanh"}  # others: the name of the class
POOLING = {MaxPool2D: ("maxpool", "to the largest"), AveragePool2D: ("avgpool", "to all equally")}


@dataclass(frozen=True)
class Place:
    """The position of a layer in its network: its input is the matrix `symbol` with these `dimensions`; `number` counts
    the layers with weights; `units` is its number of units in symbols ("h1", "10"); `first`: no layer below learns."""

    number: int
    symbol: str
    dimensions: tuple[str, ...]
    units: str
    first: bool


@dataclass(frozen=True)
class Trace:
    """The matrices of one layer in order of computation, and the name and dimensions of its output."""

    forward: list[Matrix]
    backward: list[Matrix]
    symbol: str
    dimensions: tuple[str, ...]


def matrix(
    symbol: str,
    meaning: str,
    dimensions: tuple[str, ...],
    formula: Formula | None,
    value: NDArray | None,
    *,
    parameter: bool = False,
) -> Matrix:
    """A Matrix of a layer. Pictures (m, h, w, c) become a matrix (c, m h w), one pixel per column: a view."""
    if value is not None and value.ndim == 4:
        value = value.reshape(-1, value.shape[-1]).T
    return Matrix(symbol, meaning, dimensions, (), formula, value=value, parameter=parameter)


def gradient(of: str, meaning: str, dimensions: tuple[str, ...], formula: Formula, value: NDArray | None) -> Matrix:
    """The Matrix dX, the gradient of the loss with respect to the matrix X."""
    return replace(matrix(f"d{of}", meaning, dimensions, formula, value), gradient_of=of)


@singledispatch
def trace(layer: Layer, place: Place) -> Trace:
    """The Trace of a layer. Raises TypeError for a layer without a description."""
    raise TypeError(
        f"{type(layer).__name__} has no description: register one with nnlib.describe.layers.trace.register"
    )


@trace.register
def _(layer: Dense, place: Place) -> Trace:
    n, A, (inputs, m), outputs = place.number, place.symbol, place.dimensions, place.units
    W, b, Z = f"W{n}", f"b{n}", f"Z{n}"
    dZ = Symbol(f"d{Z}")
    dW, db = (None, None) if layer.dZ is None else (layer.dW, getattr(layer, "db", None))
    weighted: Formula = Product(Symbol(W), Symbol(A))
    forward = [
        matrix(W, f"weights of layer {n}, one per unit and input", (outputs, inputs), None, layer.W, parameter=True),
        matrix(b, f"biases of layer {n}, added to every column", (outputs, "1"), None, layer.b, parameter=True),
        matrix(Z, f"weighted sums of layer {n}", (outputs, m), _with_bias(layer, weighted, b), layer.Z),
    ]
    backward = [
        gradient(W, f"gradient for each weight of layer {n}", (outputs, inputs), Product(dZ, Transpose(Symbol(A))), dW),
        gradient(b, f"gradient for each bias of layer {n}", (outputs, "1"), SumOverExamples(dZ), db),
    ]
    if not place.first:
        meaning = f"gradient for each input of layer {n}"
        backward.append(gradient(A, meaning, (inputs, m), Product(Transpose(Symbol(W)), dZ), layer.dA))
    return _without_bias(layer, b, Trace(forward, backward, Z, (outputs, m)))


def _with_bias(layer: Dense | Conv2D, weighted: Formula, b: str) -> Formula:
    return Plus(weighted, Symbol(b)) if layer.bias else weighted


def _without_bias(layer: Dense | Conv2D, b: str, found: Trace) -> Trace:
    """The trace without the bias and its gradient, if the layer has none."""
    if layer.bias:
        return found
    forward, backward = (
        [each for each in part if b not in (each.symbol, each.gradient_of)] for part in (found.forward, found.backward)
    )
    return replace(found, forward=forward, backward=backward)


@trace.register
def _(layer: Activation, place: Place) -> Trace:
    n, Z = place.number, place.symbol
    A, function = f"A{n}", entry(FUNCTIONS, type(layer), type(layer).__name__)
    slope = Hadamard(Symbol(f"d{A}"), Apply(f"{function}′", Symbol(Z)))
    sums = "weighted sum" if Z.startswith("Z") else "normalised sum"
    return Trace(
        [matrix(A, f"output of layer {n}", place.dimensions, Apply(function, Symbol(Z)), layer.A)],
        [gradient(Z, f"gradient for each {sums} of layer {n}", place.dimensions, slope, layer.dZ)],
        A,
        place.dimensions,
    )


@trace.register
def _(layer: Dropout, place: Place) -> Trace:
    n, A, dimensions = place.number, place.symbol, place.dimensions
    D, out = f"D{n}", f"Ã{n}"
    kept = f"dropout mask, keeping {100 * (1 - layer.rate):.0f} % of the units"
    back = Hadamard(Symbol(f"d{out}"), Symbol(D))
    return Trace(
        [
            matrix(D, kept, dimensions, None, layer.D),
            matrix(out, "layer output after dropout", dimensions, Hadamard(Symbol(A), Symbol(D)), layer.output),
        ],
        [gradient(A, "gradient for each input of dropout", dimensions, back, layer.dA)],
        out,
        dimensions,
    )


@trace.register
def _(layer: BatchNorm, place: Place) -> Trace:
    n, Z, (units, columns) = place.number, Symbol(place.symbol), place.dimensions
    by = f"({columns})" if " " in columns else columns
    mu, C, V, r, N, gamma, beta, S = (Symbol(f"{letter}{n}") for letter in ("μ", "C", "V", "r", "N", "γ", "β", "S"))
    dS, dgamma, dbeta = (Symbol(f"d{of}") for of in (S, gamma, beta))
    if layer.constant:
        kind, mean, variance = "running ", None, None
        changed: Formula = dS
    else:
        kind, mean, variance = "", MeanOverExamples(Z, by=by), MeanOverExamples(Hadamard(C, C), by=by)
        changed = Minus(dS, Divided(Plus(dbeta, Hadamard(N, dgamma)), by))
    back = Hadamard(Hadamard(gamma, r), changed)
    found = (None, None) if layer.dZ is None else (layer.dgamma, layer.dbeta)
    one, every = (units, "1"), place.dimensions
    forward = [
        matrix(str(mu), f"{kind}mean of each weighted sum of layer {n}", one, mean, layer.mu),
        matrix(str(C), "weighted sums minus their mean", every, Minus(Z, mu), layer.C),
        matrix(str(V), f"{kind}variance of each weighted sum", one, variance, layer.V),
        matrix(str(r), "1 over the standard deviation", one, InverseRoot(V), layer.r),
        matrix(str(N), "normalised sums, of mean 0 and variance 1", every, Hadamard(C, r), layer.N),
        matrix(str(gamma), "scale, one per unit", one, None, layer.gamma, parameter=True),
        matrix(str(beta), "shift, one per unit", one, None, layer.beta, parameter=True),
        matrix(str(S), "normalised sums, scaled and shifted", every, Plus(Hadamard(gamma, N), beta), layer.S),
    ]
    backward = [
        gradient(str(gamma), "gradient for each scale", one, SumOverExamples(Hadamard(dS, N)), found[0]),
        gradient(str(beta), "gradient for each shift", one, SumOverExamples(dS), found[1]),
        gradient(str(Z), f"gradient for each weighted sum of layer {n}", every, back, layer.dZ),
    ]
    return Trace(forward, backward, str(S), every)


@trace.register
def _(layer: Images, place: Place) -> Trace:
    A, dimensions = f"A{place.number}", pixel_dimensions(layer.output_shape)
    same = Rearranged("pictures", Symbol(place.symbol), A)
    return Trace([matrix(A, "the images as pictures", dimensions, same, layer.A)], [], A, dimensions)


@trace.register
def _(layer: Flatten, place: Place) -> Trace:
    A, F, dimensions = place.symbol, f"F{place.number}", (str(layer.output_shape[0]), "m")
    flat, back = Rearranged("flatten", Symbol(A), F), Rearranged("pictures", Symbol(f"d{F}"), f"d{A}")
    return Trace(
        [matrix(F, "each picture as one column", dimensions, flat, layer.A)],
        [gradient(A, "the gradient, reshaped to pictures", place.dimensions, back, layer.dA)],
        F,
        dimensions,
    )


@trace.register
def _(layer: Conv2D, place: Place) -> Trace:
    n, A = place.number, place.symbol
    P, W, b, Z = f"P{n}", f"W{n}", f"b{n}", f"Z{n}"
    kernel, filters, size = str(layer.W.shape[1]), str(layer.filters), f"{layer.kernel} x {layer.kernel}"
    _, patches = outputs = pixel_dimensions(layer.output_shape)
    cut, sums = Rearranged("patches", Symbol(A), P), _with_bias(layer, Product(Symbol(W), Symbol(P)), b)
    dZ, dP = Symbol(f"d{Z}"), f"d{P}"
    dW, db = (None, None) if layer.dZ is None else (layer.dW, getattr(layer, "db", None))
    forward = [
        matrix(P, f"every {size} patch of the pictures, one per column", (kernel, patches), cut, layer.P),
        matrix(W, f"weights of layer {n}, one row per kernel", (filters, kernel), None, layer.W, parameter=True),
        matrix(b, f"biases of layer {n}, one per kernel", (filters, "1"), None, layer.b, parameter=True),
        matrix(Z, f"weighted sums of layer {n}, one pixel per column", outputs, sums, layer.Z),
    ]
    backward = [
        gradient(W, f"gradient for each weight of layer {n}", (filters, kernel), Product(dZ, Transpose(Symbol(P))), dW),
        gradient(b, f"gradient for each bias of layer {n}", (filters, "1"), SumOverExamples(dZ), db),
    ]
    if not place.first:
        sent, added = Product(Transpose(Symbol(W)), dZ), Rearranged("add up", Symbol(dP), f"d{A}")
        backward += [
            gradient(P, "gradient for each entry of each patch", (kernel, patches), sent, layer.dP),
            gradient(A, "the patches' gradients, added up pixel by pixel", place.dimensions, added, layer.dA),
        ]
    return _without_bias(layer, b, Trace(forward, backward, Z, outputs))


@trace.register
def _(layer: Pool2D, place: Place) -> Trace:
    A, M = place.symbol, f"M{place.number}"
    forward, backward = entry(POOLING, type(layer))
    dimensions = pixel_dimensions(layer.output_shape)
    pooled, back = Rearranged(forward, Symbol(A), M), Rearranged(backward, Symbol(f"d{M}"), f"d{A}")
    what = f"one number for every {layer.size} x {layer.size} window"
    return Trace(
        [matrix(M, what, dimensions, pooled, layer.A)],
        [gradient(A, "the gradient, distributed to the pixels of each window", place.dimensions, back, layer.dA)],
        M,
        dimensions,
    )


def pixel_dimensions(shape: tuple[int, ...]) -> tuple[str, str]:
    """The dimensions of m pictures of shape (h, w, c) as a matrix, one pixel per column: ("32", "676 m")."""
    height, width, channels = shape
    return str(channels), f"{height * width} m"
