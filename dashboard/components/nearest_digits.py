"""The training digits nearest to a digit, pixel by pixel."""

import numpy as np
import streamlit as st

from dashboard.components import digit_images, step_link
from dashboard.core import computed
from dashboard.notation.phrases import with_article
from dashboard.theme import Theme
from nnlib.analysis.nearest_neighbours import Neighbours, nearest
from nnlib.datasets import Digits

HELP = (
    "Of all training digits, by Euclidean distance between pixels. The network does not compare digits: this is "
    "another classifier, for comparison."
)
COUNT = 3
SIZE, WIDTH = 96, 104  # pixels of the screen: three side by side on a phone
FULL = 255  # brightness of full ink


def show(digits: Digits, image: np.ndarray, of: object, theme: Theme) -> np.ndarray:
    """The nearest training digits to an image (pixels,) of uint8, with links to their training steps; their labels,
    nearest first. `of` identifies the image."""
    training = digits.train
    found = computed.derived("neighbours", (training, of), lambda: nearest(training.images, image, COUNT))
    labels = training.labels[found.positions]
    with st.container(horizontal=True):
        for place, (row, label) in enumerate(zip(found.positions.tolist(), labels.tolist(), strict=True)):
            with st.container(width=WIDTH):
                caption = f"{with_article(digits.class_names[label])}\n{distance(found, place)}\nno. {row + 1:,}"
                images = training.images[row : row + 1]
                st.html(digit_images.digit_figures(images, digits.image_shape, [caption], theme, size=SIZE))
                step_link.to_digit("train", row + 1, "One step")
    return labels


def distance(found: Neighbours, place: int) -> str:
    """How far a neighbour is, full ink counting as 1."""
    return f"distance {found.distances[place] / FULL:.2f}"


def about_distance(image: np.ndarray) -> str:
    """What a distance is, and how far this image (pixels,) of uint8 brightness is from blank paper."""
    blank = float(np.linalg.norm(image.astype(np.float64))) / FULL
    return (
        "Distance: the square root of the summed squared differences between pixels, full ink counting as 1. Blank "
        f"paper is at {blank:.2f}."
    )
