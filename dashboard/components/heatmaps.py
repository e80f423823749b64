"""Numbers as pictures side by side, and the words that go with them: what `mosaic` paints besides a layer's units."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Pictures:
    """One row of `values` for each picture, which is `tile` (height, width) large; `names` and `kind` say which it is,
    `place` where in it a number stands ("row {row}, column {column}" from 1, "row {y}, column {x}" from 0, or "" where
    there is only one), `reads` what the numbers are, and `summary` what all the pictures are."""

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
    """The border around the places of a picture where `inside` (height, width) is true, as the path of an SVG in which
    a pixel is 1 wide."""
    framed = np.pad(inside, 1)
    upright = np.argwhere(framed[1:-1, 1:] != framed[1:-1, :-1]).tolist()
    level = np.argwhere(framed[1:, 1:-1] != framed[:-1, 1:-1]).tolist()
    return "".join([f"M{column} {row}v1" for row, column in upright] + [f"M{column} {row}h1" for row, column in level])
