"""The view of the Weights page with the output of every layer for one digit."""

import numpy as np
import streamlit as st

from dashboard.components import digit_images, heatmap_grid, prediction_text, split_choice
from dashboard.components.button import button
from dashboard.core import session
from dashboard.core.lab import Lab
from dashboard.notation.phrases import MINE, digit_of, digits_of, with_article
from dashboard.notation.plain_text import markdowns
from dashboard.theme import Theme, signed_limit
from dashboard.weights import feature_maps

CHANNELS = [8, 16, 32, 64]  # shown of a layer
DIGIT_SIZE = 112  # CSS pixels
MAP_SIZE, SQUARE_SIZE, STRIP_SIZE = 52, 40, 420  # the least width of a feature map, a square, a strip of units


def choose_digit(lab: Lab) -> tuple[str, int]:
    """Choose a digit; returns its split and its position in it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        split = split_choice.choose(lab, ["validation"], "journey_split", "The split to choose a digit from.")
        n = len(lab.split(split))
        key = f"journey_digit_{n}" if split != MINE else f"journey_own_digit_{n}"
        held_out = " The network does not learn from them." if split != MINE else ""
        number = st.number_input(
            f"{digit_of(split).capitalize()} no.",
            1,
            n,
            key=key,
            persist_state="session",
            width=180,
            help=f"One of the {digits_of(split, n)}.{held_out}",
        )
        help = f"The next {'of your digits' if split == MINE else digit_of(split)}."
        button("Next digit", "next_digit", "skip_next", help, session.choose, key, number % n + 1)
    return split, number - 1


def choose_channels(lab: Lab) -> int:
    """The most feature maps to draw of a layer; asked only if a layer has any."""
    if all(len(layer.output_shape) == 1 for layer in lab.shown.network.layers):
        return CHANNELS[0]
    return st.select_slider(
        "Channels of each layer, at most",
        CHANNELS,
        value=16,
        key="journey_channels",
        persist_state="session",
        width=260,
        help="The first channels of each layer. Channel 3 of a convolution stays channel 3 in the activation and the "
        "pooling after it.",
    )


def digit(lab: Lab, split: str, position: int, theme: Theme):
    """The digit and its prediction."""
    digits, loss, names = lab.shown.digits, lab.shown.loss, lab.shown.digits.class_names
    one, label = (each[position : position + 1] for each in (lab.split(split).images, lab.split(split).labels))
    truth = int(label[0])
    with np.errstate(over="ignore", invalid="ignore"):  # diverged weights
        *_, (_, scores) = lab.shown.network.passing(lab.shown.scaling.apply(one).T)
        values = loss.class_probabilities(scores)[:, 0]
        cost = float(loss.per_example(scores, loss.targets(label, digits.n_classes))[0])
    guess = int(loss.predict(scores)[0])
    st.markdown(
        "Each layer's output, from top to bottom, is the next layer's input. Blue is positive, orange negative; every "
        "layer has its own colour scale."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        html = digit_images.digit_figures(one, digits.image_shape, [with_article(names[truth])], theme, size=DIGIT_SIZE)
        st.html(html, width="content")
        st.markdown(prediction_text.about_guess(values, truth, guess, cost, markdowns(names), loss.gives_probabilities))


def stages(lab: Lab, split: str, position: int, most: int, theme: Theme):
    """The output of every layer, with at most `most` channels each."""
    found = feature_maps.stages(lab.shown, lab.split(split).images[position])
    for number, stage in enumerate(found):
        pictures, n = stage.pictures, len(stage.pictures)
        maps = pictures.tile[0] > 1 and n > 1
        few = f" The first {most} of {n} channels are shown." if maps and n > most else ""
        st.markdown(f"**{stage.symbol}** · {stage.maker} → {stage.size}")
        st.caption(stage.sentence + few)
        heatmap_grid.show(
            pictures,
            range(min(n, most) if maps else n),
            pictures.values,
            signed_limit(pictures.values),
            theme,
            readable=not lab.moving,
            key=f"stage_{number}",
            size=MAP_SIZE if maps else SQUARE_SIZE if n > 1 else STRIP_SIZE,
        )
