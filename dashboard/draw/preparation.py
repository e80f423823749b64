"""A visitor's digit on its way to 28 x 28 pixels: the picture after each stage, and what a network would read if the
digit were prepared only up to there.
"""

from collections.abc import Collection, Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.draw.reduction import reduced
from nnlib.preprocessing import STAGES, Picture, Shape, grey, prepare, prepare_ink

LARGEST = 168  # pixels of the sides of a step's picture, as of a drawing
OPTIONAL = tuple(name for name, stage in STAGES.items() if stage.off)
SHORT = {  # the names of the optional stages
    "level": "Background removed",
    "threshold": "Threshold",
    "stroke": "Stroke width",
    "crop": "Cropped",
    "fit": "Fitted into the box",
    "centre": "Centred",
}


@dataclass(frozen=True, eq=False)
class Source:
    """A digit as it came: its picture (height, width) or (height, width, 3) of uint8, and its `ink` if that is known,
    because the digit was found on a larger picture."""

    picture: NDArray[np.uint8]
    ink: Picture | None = None


@dataclass(frozen=True, eq=False)
class Step:
    """The picture after a stage, reduced to sides of at most LARGEST pixels, its height and width before that, and the
    image (height, width) of uint8 that a network would get if the digit were prepared only up to there: with all later
    stages off, stretched to the size of the network's images."""

    name: str
    picture: NDArray
    size: Shape
    image: NDArray[np.uint8]

    @property
    def title(self) -> str:
        return SHORT.get(self.name, STAGES[self.name].title)


def steps(source: Source, image_shape: Shape, off: Collection[str] = ()) -> list[Step]:
    """The steps of all stages but those in `off`; the image of the last is the digit as a network reads it."""
    if source.ink is None or "level" in off:
        pictures = prepare(source.picture, image_shape, off)
    else:
        pictures = {"raw": source.picture, "grey": grey(source.picture), "level": source.ink}
        pictures |= prepare_ink(source.ink, image_shape, off)
    return [
        Step(name, reduced(picture, LARGEST), picture.shape[:2], _finished(name, picture, image_shape))
        for name, picture in pictures.items()
    ]


def last_steps(
    sources: Collection[Source], image_shape: Shape, off: Collection[str]
) -> Generator[None, None, list[Step]]:
    """The last step of each, which a network reads, one at a time."""
    last = []
    for source in sources:
        last.append(steps(source, image_shape, off)[-1])
        yield
    return last


def _finished(name, picture, image_shape):
    names = list(STAGES)
    for later in names[names.index(name) + 1 :]:
        stage = STAGES[later]
        picture = (stage.off or stage.apply)(picture, image_shape)
    return picture
