"""The view of the Weights page that sends one digit through the network and shows what each layer makes of it."""

import streamlit as st

from dashboard.components import digit_images, heatmap_grid, prediction_text
from dashboard.core import session
from dashboard.core.lab import Lab
from dashboard.theme import Theme, signed_limit
from dashboard.weights import feature_maps

CHANNELS = [8, 16, 32, 64]  # pictures of a layer at once
DIGIT_SIZE = 112  # pixels of the screen
MAP_SIZE, SQUARE_SIZE, STRIP_SIZE = 52, 40, 420  # the least width of a picture, a square, a strip of units


def choose_digit(lab: Lab) -> int:
    """The position of a digit in the validation split."""
    n = len(lab.shown.digits.validation)
    key = f"journey_digit_{n}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input(
            "Validation digit no.",
            1,
            n,
            key=key,
            persist_state="session",
            width=180,
            help=f"Which of the {n:,} validation digits to send through the network. It has never practised on them.",
        )
        st.button(
            "Next digit",
            icon=":material/skip_next:",
            key="next_digit",
            on_click=session.choose,
            args=(key, number % n + 1),
            help="The next one of the validation digits.",
        )
    return number - 1


def choose_channels(lab: Lab) -> int:
    """How many pictures of a layer to draw at most; asked only where a layer makes pictures."""
    if all(len(layer.output_shape) == 1 for layer in lab.shown.network.layers):
        return CHANNELS[0]
    return st.select_slider(
        "Channels of each layer, at most",
        CHANNELS,
        value=16,
        key="journey_channels",
        persist_state="session",
        width=260,
        help="The first so many, in their order: channel 3 of a convolution is channel 3 of the ReLU and of the "
        "pooling after it, and stands above them.",
    )


def digit(lab: Lab, position: int, theme: Theme):
    """The digit itself, and what the network makes of it in the end."""
    digits, loss, names = lab.shown.digits, lab.shown.loss, lab.shown.digits.class_names
    one = digits.validation.images[position : position + 1]
    truth = int(digits.validation.labels[position])
    *_, (_, scores) = lab.shown.network.passing(lab.shown.scaling.apply(one).T)
    values = loss.class_probabilities(scores)[:, 0]
    cost = float(loss.each(scores, loss.targets([truth], digits.n_classes))[0])
    guess = int(loss.predict(scores)[0])
    st.markdown(
        "Follow it down: what a layer makes of the numbers above it is what the next layer gets. Blue is above zero, "
        "orange below, each layer on a scale of its own; where no number is below zero, the scale begins there."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(digit_images.digit_figures(one, digits.image_shape, [f"a {names[truth]}"], theme, size=DIGIT_SIZE))
        st.markdown(prediction_text.about_guess(values, truth, guess, cost, names, loss.gives_probabilities))


def stages(lab: Lab, position: int, most: int, theme: Theme):
    """Every layer's pictures, one under the other, with at most so many channels."""
    found = feature_maps.stages(lab.shown, lab.shown.digits.validation.images[position])
    for number, stage in enumerate(found):
        pictures, n = stage.pictures, len(stage.pictures)
        maps = pictures.tile[0] > 1 and n > 1
        few = f" These are the first {most} of {n} channels." if maps and n > most else ""
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
