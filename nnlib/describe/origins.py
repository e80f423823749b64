"""The origins of the entries of rearranged matrices: patches, pooling, flattening."""

from functools import singledispatch

import numpy as np

from nnlib.convolution import AveragePool2D, Conv2D, Flatten, Images, MaxPool2D, Pool2D
from nnlib.layers import Layer

Origin = tuple[int, int, float]


@singledispatch
def origins(layer: Layer, row: int, column: int, back: bool = False) -> list[Origin]:
    """The input entries, with weights, behind one entry of a rearranged matrix in the last training step: [(row,
    column, weight), ...], such that the entry is their weighted sum. `back` selects the matrix of the backward pass.

    Raises TypeError for layers that do not rearrange.
    """
    raise TypeError(f"{type(layer).__name__} rearranges no numbers")


@origins.register
def _(layer: Images, row: int, column: int, back: bool = False) -> list[Origin]:
    height, width, channels = layer.output_shape
    picture, pixel = divmod(column, height * width)
    return [(pixel * channels + row, picture, 1.0)]


@origins.register
def _(layer: Flatten, row: int, column: int, back: bool = False) -> list[Origin]:
    height, width, channels = layer.input_shape
    if back:
        picture, pixel = divmod(column, height * width)
        return [(pixel * channels + row, picture, 1.0)]
    pixel, channel = divmod(row, channels)
    return [(channel, column * height * width + pixel, 1.0)]


@origins.register
def _(layer: Conv2D, row: int, column: int, back: bool = False) -> list[Origin]:
    height, width, channels = layer.input_shape
    rows, columns, _ = layer.output_shape
    if not back:  # the pixel, if any, at this place of a patch
        picture, patch = divmod(column, rows * columns)
        (i, j), channel = divmod(row // channels, layer.kernel), row % channels
        y = patch // columns * layer.stride + i - layer.padding
        x = patch % columns * layer.stride + j - layer.padding
        inside = 0 <= y < height and 0 <= x < width
        return [(channel, (picture * height + y) * width + x, 1.0)] if inside else []
    picture, pixel = divmod(column, height * width)  # every patch that contains this pixel
    y, x = (place + layer.padding for place in divmod(pixel, width))
    found = []
    for i, j in np.ndindex(layer.kernel, layer.kernel):
        (r, between), (c, across) = divmod(y - i, layer.stride), divmod(x - j, layer.stride)
        if not between and not across and 0 <= r < rows and 0 <= c < columns:
            place = (i * layer.kernel + j) * channels + row
            found.append((place, (picture * rows + r) * columns + c, 1.0))
    return found


@origins.register
def _(layer: Pool2D, row: int, column: int, back: bool = False) -> list[Origin]:
    height, width, _ = layer.input_shape
    rows, columns, _ = layer.output_shape
    if back:  # the window that contains this pixel, if any
        picture, pixel = divmod(column, height * width)
        (r, i), (c, j) = (divmod(place, layer.size) for place in divmod(pixel, width))
        if r >= rows or c >= columns:
            return []
        share = _shares(layer, (picture, r, c, row))[i * layer.size + j]
        return [(row, (picture * rows + r) * columns + c, share)]
    picture, window = divmod(column, rows * columns)
    r, c = divmod(window, columns)
    return [
        (row, (picture * height + r * layer.size + i) * width + c * layer.size + j, share)
        for (i, j), share in zip(np.ndindex(layer.size, layer.size), _shares(layer, (picture, r, c, row)), strict=True)
    ]


@singledispatch
def _shares(layer: Pool2D, window: tuple[int, int, int, int]) -> list[float]:
    """The weight of each pixel of a window (picture, row, column, channel) in the pooled value."""
    raise TypeError(f"{type(layer).__name__} has no shares")


@_shares.register
def _(layer: MaxPool2D, window: tuple[int, int, int, int]) -> list[float]:
    return [float(place == layer.winners[(*window, 0)]) for place in range(layer.size**2)]


@_shares.register
def _(layer: AveragePool2D, window: tuple[int, int, int, int]) -> list[float]:
    return [1.0 / layer.size**2] * layer.size**2
