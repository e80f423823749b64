"""The attribution of scores for one digit: which pixels spoke for a class, and which against it."""

import numpy as np
import streamlit as st

from dashboard.components import heatmap_grid
from dashboard.components.heatmaps import Pictures, outline
from dashboard.notation.numbers import number, signed
from dashboard.notation.plain_text import markdown
from dashboard.theme import Theme, signed_limit
from nnlib.analysis.attribution import Attribution

HELP = (
    "Which pixels made the score, by input × gradient: each pixel value times the derivative of the score with respect "
    "to that pixel."
)
SIZE = 165  # pixels of the screen: the least width of a picture
INK = 100  # brightness 0..255 from which a pixel belongs to the outline of the digit
PLACE = "row {y}, column {x}"  # counted from 0, as on the axes of an enlarged digit


def show(
    named: list[tuple[str, Attribution]],
    image: np.ndarray,
    image_shape: tuple[int, int],
    layers: int,
    theme: Theme,
    *,
    key: str,
    size: int = SIZE,
):
    """The attributions by name, on one scale, of scores for an image (pixels,) of uint8; below them their sums, and
    what they mean for a network of so many layers with weights."""
    parts = np.stack([each.parts for _, each in named]).astype(np.float32)
    titles = tuple(name for name, _ in named)
    heatmap_grid.show(
        Pictures(parts, image_shape, titles, "", PLACE, "contributions", f"{len(named)} scores"),
        range(len(named)),
        parts,
        signed_limit(parts),
        theme,
        readable=True,
        key=key,
        size=size,
        outline=outline(image.reshape(image_shape) >= INK),
    )
    st.markdown(sums(named))
    st.caption(about_attribution(named[0][1], layers))


def sums(named: list[tuple[str, Attribution]]) -> str:
    """The parts of scores as a table: pixels, biases and, if anything is left, the rest."""
    left = not all(found.exact for _, found in named)
    lines = []
    for name, found in named:
        parts = (found.parts.sum(), found.biases, *((found.rest,) if left else ()))
        lines.append(f"| {markdown(name)} | {' | '.join(map(signed, parts))} | **{signed(found.score)}** |")
    columns = f"| | pixels | biases |{' rest |' if left else ''} score |"
    return "\n".join([columns, f"|---|{'---:|' * (3 + left)}", *lines])


def about_attribution(found: Attribution, layers: int) -> str:
    """What the pictures show and how exact they are; `layers` counts those with weights."""
    at_zero, biases = number(found.at_zero), number(found.biases)
    if layers == 1:
        exactness = "Without hidden layers this is **weight × pixel**: all of them and the bias add up to the score."
    elif not found.exact:
        exactness = (
            "The activation functions are curved, so pixels and biases do not add up to the score: "
            f"{number(found.rest)} is left over. The picture holds for small changes of this digit only."
        )
    elif at_zero == biases:
        exactness = "Pixels and biases add up to the score exactly."
    else:
        exactness = (
            "Pixels and biases add up to the score exactly, but for this digit only: with all inputs at 0 the score "
            f"would be {at_zero}, not {biases}, because other units would be active."
        )
    paper = float(found.x.min())
    ground = f" Empty paper enters as {number(paper)}, not as 0, so it contributes too." if paper < 0 else ""
    return (
        "**Blue** pixels raised the score, **orange** ones lowered it: pixel value × how strongly the score reacts "
        f"to it. {exactness}{ground}"
    )
