"""What network_graph.js makes of a message."""

import json

import numpy as np


def unpacked(message: bytes) -> dict:
    """The header with its arrays in place."""
    start = 4 + int.from_bytes(message[:4], "little")

    def place(value):
        if set(value) != {"at", "type", "count"}:
            return value
        return np.frombuffer(message, "<" + value["type"], value["count"], start + value["at"])

    return json.loads(message[4:start], object_hook=place, parse_constant=lambda name: 1 / 0)
