"""The digit whose way through the layers the Weights page shows, and its prediction."""

import numpy as np
import streamlit as st

from dashboard.components import digit_images, layer_outputs, prediction_text, split_choice
from dashboard.components.button import button
from dashboard.core import session
from dashboard.core.lab import Lab
from dashboard.notation.phrases import MINE, digit_of, digits_of, with_article
from dashboard.notation.plain_text import markdowns
from dashboard.theme import Theme

DIGIT_SIZE = 112  # CSS pixels


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
    st.markdown(layer_outputs.HOW_TO_READ)
    with st.container(horizontal=True, vertical_alignment="center"):
        html = digit_images.digit_figures(one, digits.image_shape, [with_article(names[truth])], theme, size=DIGIT_SIZE)
        st.html(html, width="content")
        st.markdown(prediction_text.about_guess(values, truth, guess, cost, markdowns(names), loss.gives_probabilities))
