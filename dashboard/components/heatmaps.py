"""Heat maps other than a layer's units, for `heatmap_grid`, and outlines drawn over them."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures of `tile` (height, width) pixels, one row of `values` each, called `kind` and their entry of `names`.
    `place` describes a pixel ("row {row}, column {column}" from 1, "row {y}, column {x}" from 0, "" for a single
    pixel), `reads` says what the numbers are and `summary` what the pictures are."""

    values: np.ndarray
    tile: tuple[int, int]
    names: tuple[str, ...]
    kind: str
    place: str
    reads: str
    summary: str

    sees_pixels = may_begin_at_zero = True

    def __len__(self):
        return len(self.names)

    def name(self, i: int) -> str:
        return f"{self.kind} {self.names[i]}".strip()


def outline(inside: np.ndarray) -> str:
    """The border of the pixels where `inside` (height, width) is true, as an SVG path with pixels of size 1."""
    framed = np.pad(inside, 1)
    upright = np.argwhere(framed[1:-1, 1:] != framed[1:-1, :-1]).tolist()
    level = np.argwhere(framed[1:, 1:-1] != framed[:-1, 1:-1]).tolist()
    return "".join([f"M{column} {row}v1" for row, column in upright] + [f"M{column} {row}h1" for row, column in level])
