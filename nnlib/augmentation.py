"""Data augmentation: each picture is moved a little, differently in every epoch.

A shifted or slightly rotated 7 is still a 7, so a network that sees it in many places learns strokes rather than pixels
(Simard, Steinkraus and Platt, 2003). Whole batches are moved at once.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

TOGETHER = 64  # pictures at a time, so that the work fits into the cache
SMOOTHNESS = 4.0  # pixels: points closer together than this are displaced almost equally


@dataclass(frozen=True)
class Augmentation:
    """How far pictures may move: `shift` pixels in each direction (a whole number), `rotation` degrees to either side,
    `zoom` as a share of their size (0.1 is from 10 % smaller to 10 % larger), `distortion` pixels: the standard
    deviation of a smooth random displacement of each pixel. All 0: nothing moves.

    Raises ValueError for values that are negative or beyond LIMITS.
    """

    LIMITS: ClassVar[dict[str, float]] = {"shift": 8, "rotation": 90.0, "zoom": 0.5, "distortion": 4.0}

    shift: int = 0
    rotation: float = 0.0
    zoom: float = 0.0
    distortion: float = 0.0

    def __post_init__(self) -> None:
        for name, most in self.LIMITS.items():
            value = getattr(self, name)
            if not 0 <= value <= most:
                raise ValueError(f"{name}: expected a number from 0 to {most:g}, got {value!r}")
        if self.shift != int(self.shift):
            raise ValueError(f"shift: expected whole pixels, got {self.shift!r}")

    def __bool__(self) -> bool:
        return bool(self.shift or self.rotation or self.zoom or self.distortion)

    def draw(self, m: int, image_shape: tuple[int, int], generator: np.random.Generator) -> "Moves":
        """Moves for m pictures, uniformly distributed within the limits; displacements are normally distributed."""
        down, right = generator.integers(-self.shift, self.shift, (2, m), endpoint=True)
        if not (self.rotation or self.zoom or self.distortion):
            return Moves(image_shape, down, right)
        angles = np.radians(generator.uniform(-self.rotation, self.rotation, m))
        sizes = generator.uniform(1.0 - self.zoom, 1.0 + self.zoom, m)
        if not self.distortion:
            return Moves(image_shape, down, right, angles, sizes)
        knots = [_bumps(size).shape[1] for size in image_shape]
        pulls = generator.standard_normal((m, 2, *knots), np.float32)
        return Moves(image_shape, down, right, angles, sizes, self.distortion * pulls)


@dataclass(frozen=True, eq=False)
class Moves:
    """The moves of m pictures of (height, width) pixels: each is rotated anticlockwise by `angles` (radians) about its
    centre and scaled by `sizes`, then shifted `down` and `right` by whole pixels. Uncovered pixels are background, 0.
    `moves[part]` are the moves of a part of the pictures. `angles` and `sizes` are both None if pictures are only
    shifted.

    `pulls` (m, 2, knots down, knots across), or None, are an elastic distortion (Simard, Steinkraus and Platt smooth a
    random displacement of every pixel): for each knot of a coarse grid, how many pixels further down, and right, the
    pixels around it come from. The displacement of a pixel is the sum over all knots, weighted by a Gaussian of the
    distance with standard deviation SMOOTHNESS, and has the variance of one pull.
    """

    image_shape: tuple[int, int]
    down: NDArray
    right: NDArray
    angles: NDArray | None = None
    sizes: NDArray | None = None
    pulls: NDArray | None = None

    def __len__(self) -> int:
        return len(self.down)

    def __getitem__(self, part: slice) -> "Moves":
        each = (self.down, self.right, self.angles, self.sizes, self.pulls)
        parts: list[Any] = [None if values is None else values[part] for values in each]
        return Moves(self.image_shape, *parts)

    def apply(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The moved pictures (m, pixels) uint8, as a new array."""
        moved = np.empty_like(images)
        for start in range(0, len(images), TOGETHER):
            part = slice(start, start + TOGETHER)
            move = _shifted if self.angles is None else _turned
            moved[part] = move(images[part], self[part])
        return moved


def _shifted(images: NDArray[np.uint8], moves: Moves) -> NDArray[np.uint8]:
    """Shifts by whole pixels: each picture is cut out of a larger one with an empty border."""
    height, width = moves.image_shape
    border = max(np.abs(moves.down).max(), np.abs(moves.right).max(), 1)
    wide = with_border(images, moves.image_shape, border, border)
    across = width + 2 * border
    first = np.arange(len(images)) * (wide.shape[1] * across) + (border - moves.down) * across + border - moves.right
    pixels = np.arange(height)[:, None] * across + np.arange(width)
    return wide.reshape(-1).take(first[:, None] + pixels.reshape(-1))


def _turned(images: NDArray[np.uint8], moves: Moves) -> NDArray[np.uint8]:
    """Each new pixel is interpolated bilinearly at the place in the old picture that it comes from."""
    height, width = moves.image_shape
    wide = with_border(images, moves.image_shape, 1, 2)
    across = width + 3
    rows, columns = _places(moves, height, width)
    np.clip(rows, 0.0, height + 1.0, out=rows)
    np.clip(columns, 0.0, width + 1.0, out=columns)
    above, left = rows.astype(np.int32), columns.astype(np.int32)
    rows -= above  # the fractional parts: how far below and to the right of that pixel
    columns -= left
    above *= across
    above += left
    place = above + (np.arange(len(images), dtype=np.int32) * (wide.shape[1] * across))[:, None]
    flat = wide.reshape(-1)
    upper = _between(flat.take(place), flat.take(place + 1), columns)
    place += across
    lower = _between(flat.take(place), flat.take(place + 1), columns)
    lower -= upper
    lower *= rows
    upper += lower
    upper += 0.5  # rounds, where conversion would truncate
    return upper.astype(np.uint8)


def _places(moves: Moves, height: int, width: int) -> NDArray[np.float32]:
    """Where each new pixel comes from: rows and columns (2, m, pixels) in a picture with a border of one pixel."""
    assert moves.angles is not None and moves.sizes is not None  # else nothing is rotated
    middle_row, middle_column = (height - 1) / 2, (width - 1) / 2
    cosine, sine = np.cos(moves.angles) / moves.sizes, np.sin(moves.angles) / moves.sizes
    # The inverse: undo the shift, rotate backwards and divide by the size. Rows point down, so an anticlockwise
    # rotation on the screen is row' = cos row - sin column, and its inverse cos row + sin column.
    from_row, from_column = middle_row + moves.down, middle_column + moves.right
    backwards = np.empty((2, len(moves), 3), np.float32)
    backwards[0] = np.stack([cosine, sine, middle_row + 1 - cosine * from_row - sine * from_column], axis=1)
    backwards[1] = np.stack([-sine, cosine, middle_column + 1 + sine * from_row - cosine * from_column], axis=1)
    places = (backwards.reshape(-1, 3) @ _grid(height, width)).reshape(2, len(moves), -1)
    if moves.pulls is not None:
        displacements = _bumps(height) @ moves.pulls @ _bumps(width).T
        places += displacements.reshape(len(moves), 2, -1).swapaxes(0, 1)
    return places


def _between(first: NDArray, second: NDArray, share: NDArray) -> NDArray[np.float32]:
    """first + share (second - first), in float32."""
    first = first.astype(np.float32)
    between = second - first
    between *= share
    between += first
    return between


def with_border(images: NDArray[np.uint8], image_shape: tuple[int, int], before: int, after: int) -> NDArray[np.uint8]:
    """The pictures (m, height + before + after, width + before + after) with a border of background."""
    height, width = image_shape
    wide = np.zeros((len(images), height + before + after, width + before + after), np.uint8)
    wide[:, before : before + height, before : before + width] = images.reshape(-1, height, width)
    return wide


@lru_cache(maxsize=8)
def _bumps(size: int) -> NDArray[np.float32]:
    """(size, knots): the weight of each knot along one side for each pixel. The squares of a row add up to 1."""
    knots = np.arange(-SMOOTHNESS / 2, size + SMOOTHNESS, SMOOTHNESS)  # from before the first pixel to after the last
    weights = np.exp(-((np.arange(size)[:, None] - knots) ** 2) / (2 * SMOOTHNESS**2))
    return (weights / np.sqrt((weights**2).sum(axis=1, keepdims=True))).astype(np.float32)


@lru_cache(maxsize=8)
def _grid(height: int, width: int) -> NDArray[np.float32]:
    """(3, pixels): row, column and 1 of every pixel."""
    rows, columns = np.indices((height, width), np.float32).reshape(2, -1)
    return np.stack([rows, columns, np.ones(height * width, np.float32)])
