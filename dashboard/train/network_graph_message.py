"""A Graph as bytes for network_graph.js: the length of a header (uint32), the header (JSON), and its arrays.

Few enough bytes to be sent with every redraw: weights as 16-bit fractions of the largest, maps as one colour a pixel.
"""

import json
from typing import Any

import numpy as np

from dashboard.charts.lines import frame_colours
from dashboard.notation.plain_text import short
from dashboard.theme import Theme, signed_index, signed_limit, signed_table
from dashboard.train.network_graph import MAP, PIXELS, Column, Graph, block_size, strongest
from nnlib.scaling import Scaling

FULL = 32767  # the integer that stands for the largest weight; -FULL - 1 is no number

BESIDE = 7  # characters of a class's name, left of its bar


def packed(
    graph: Graph, scaling: Scaling, names: tuple[str, ...], theme: Theme, *, alt: str, probabilities: bool
) -> bytes:
    """The message. `alt` says in words what the picture shows."""
    last = len(graph.columns) - 1
    height, width = graph.image.shape
    message = {
        "alt": alt,
        "position": graph.position,
        "image": graph.image,
        "shape": [height, width],
        "block": [block_size(height), block_size(width)],
        "scaling": [scaling.factor, scaling.offset],
        "names": names,
        "guess": graph.guess,
        "truth": graph.truth,
        "outputs": graph.outputs.astype("<f4"),
        "probabilities": probabilities,
        "columns": [
            _column(column, graph.columns[max(i - 1, 0)], names if i == last else ())
            for i, column in enumerate(graph.columns)
        ],
        "colours": frame_colours(theme) | {"right": theme.right, "wrong": theme.wrong, "neutral": theme.neutral},
        "table": signed_table(theme),
    }
    parts: list[bytes] = []

    def place(array: np.ndarray) -> dict[str, Any]:
        """Where an array is found, after the header."""
        at = sum(map(len, parts))
        parts.append(array.tobytes() + bytes(-array.nbytes % 4))  # the next one is aligned to 4 bytes
        return {"at": at, "type": array.dtype.kind + str(array.itemsize), "count": array.size}

    text = json.dumps(message, default=place, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    return b"".join([len(text).to_bytes(4, "little"), text, *parts])


def _column(column: Column, before: Column, names: tuple[str, ...]) -> dict[str, Any]:
    activations = column.activations
    found = {
        "kind": column.kind,
        "layer": column.layer,
        "count": column.count,
        "short": f"{len(column.shown)}/{column.size}" if len(column.shown) < column.size else str(column.size),
        "number": column.number,
        "size": column.size,
        "shown": column.shown.tolist(),
        # Of the last column, the names of the classes; a single output speaks for the last of them.
        "names": [short(names[unit - column.size], BESIDE) for unit in column.shown] if names else [],
        "apart": column.apart,
        "activations": activations.astype("<f4"),
        "limit": signed_limit(activations, 100),
    }
    if column.kind == PIXELS:
        return found
    if column.kind == MAP:
        maps = column.maps
        limit = signed_limit(maps, 100)
        found |= {"maps": signed_index(maps, limit), "tile": list(maps.shape[1:]), "limit": limit}
    if column.received is None:
        return found
    top = strongest(column)
    found |= {
        "z": column.z.astype("<f4"),
        "b": column.b.astype("<f4"),
        "top": top.tolist(),
    }
    received = column.received
    if before.kind != PIXELS:
        found["topReceived"] = np.take_along_axis(received, top, axis=1).astype("<f4")
        received = received[:, before.shown]
        if column.weights is not None:
            found["weights"] = column.weights[:, before.shown].astype("<f4")
            found["topWeights"] = np.take_along_axis(column.weights, top, axis=1).astype("<f4")
            found["topInputs"] = before.values[top].astype("<f4")
    found |= {"received": received.astype("<f4"), "receivedLimit": signed_limit(received, 99)}
    if column.pictures is not None:
        largest = signed_limit(column.pictures, 100)
        whole = np.rint(np.nan_to_num(column.pictures / largest, nan=np.nan, posinf=1, neginf=-1) * FULL)
        found |= {
            "pictures": np.nan_to_num(whole, nan=-FULL - 1).astype("<i2"),
            "unit": largest / FULL,
            "picturesLimit": signed_limit(column.pictures),
            "stride": column.stride,
            "padding": column.padding,
        }
    return found
