"""How stable an answer is: a prepared digit moved, turned, made thicker or thinner and noisy, and the answers over many
shifts and rotations.
"""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.charts.base import frame
from dashboard.draw.reader import Reader
from dashboard.notation.numbers import percent
from dashboard.notation.plain_text import plotly, plotlys, short
from dashboard.theme import Theme, sequential_colorscale
from nnlib.analysis.corruptions import noisy, thickened
from nnlib.augmentation import Moves

SHIFTS = tuple(range(-6, 7))  # pixels to the right
ANGLES = tuple(range(60, -61, -10))  # degrees anticlockwise, as rows from above


@dataclass(frozen=True)
class Change:
    """Degrees anticlockwise, pixels to the right and down, pixels of stroke width, noise in per cent of full ink."""

    angle: float = 0
    right: int = 0
    down: int = 0
    thickness: float = 0
    noise: float = 0


def changed(image: NDArray[np.uint8], change: Change) -> NDArray[np.uint8]:
    """An image (height, width) after the change: first the stroke width, then rotation and shift, then the noise."""
    shape, flat = image.shape, image.reshape(1, -1)
    if change.thickness:
        flat = thickened(flat, shape, change.thickness)
    flat = moved(flat, shape, [change.right], change.angle, change.down)
    if change.noise:
        flat = noisy(flat, shape, change.noise)
    return flat.reshape(shape)


def moved(flat: NDArray[np.uint8], shape: tuple[int, int], right, angle: float, down: int = 0) -> NDArray[np.uint8]:
    """An image (1, pixels), turned and shifted by each number of pixels to the right, (n, pixels)."""
    n = len(right)
    turned = (np.full(n, np.radians(angle)), np.ones(n)) if angle else ()
    return Moves(shape, np.full(n, down), np.array(right), *turned).apply(flat.repeat(n, axis=0))


def over_moves(reader: Reader, image: NDArray[np.uint8]) -> Generator[float, None, NDArray]:
    """Computes the outputs (angles, shifts, classes) for the image at all ANGLES and SHIFTS, one angle at a time;
    yields the share that is done."""
    rows = []
    for angle in ANGLES:
        images = moved(image.reshape(1, -1), image.shape, SHIFTS, angle).reshape(-1, *image.shape)
        rows.append(reader.outputs(images).T)
        yield len(rows) / len(ANGLES)
    return np.stack(rows)


def heat_map(outputs: NDArray, guess: int, names: tuple[str, ...], theme: Theme, probabilities: bool) -> go.Figure:
    """The answer in each cell; the stronger its colour, the more probable is the class `guess` (without probabilities:
    strong where it is the answer)."""
    answers = outputs.argmax(axis=2)
    still = outputs[..., guess] if probabilities else (answers == guess).astype(float)
    says = np.array(plotlys([short(name) for name in names]))[answers]
    at = f"<br>{plotly(names[guess])}: %{{z:.1%}}" * probabilities
    figure = frame(theme, x="shift to the right (pixels)", y="rotation, anticlockwise (°)", height=360)
    hover = f"shift %{{x}}, rotation %{{y}}°: %{{text}}{at}<extra></extra>"
    figure.add_heatmap(
        z=still,
        x=[str(each) for each in SHIFTS],
        y=[str(each) for each in ANGLES],
        zmin=0,
        zmax=1,
        colorscale=sequential_colorscale(theme),
        showscale=False,
        xgap=1,
        ygap=1,
        text=says,
        texttemplate="%{text}",
        hovertemplate=hover,
    )
    figure.update_xaxes(type="category", fixedrange=True, showgrid=False)
    figure.update_yaxes(type="category", fixedrange=True, showgrid=False, autorange="reversed")
    return figure


def about(outputs: NDArray, guess: int, names: tuple[str, ...], probabilities: bool) -> str:
    """In how many cells the answer is still the same, and what the colour means."""
    same = float((outputs.argmax(axis=2) == guess).mean())
    colour = f"the stronger, the more probable is {names[guess]}" if probabilities else "strong where it is"
    return f"Still {names[guess]} in {percent(same)} of the cells. Colour: {colour}. In the middle: as prepared."
