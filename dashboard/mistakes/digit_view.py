"""One digit in detail: the network's output, the attribution of its scores, and the nearest training digits."""

import numpy as np
import streamlit as st

from dashboard.charts.digit_heatmap import enlarged
from dashboard.components import attribution, nearest_digits, plotly_chart, prediction_text, step_link
from dashboard.core import computed, session
from dashboard.core.lab import Lab
from dashboard.mistakes import commentary
from dashboard.mistakes.class_scores_chart import class_bars
from dashboard.mistakes.misclassified import ORDERS
from dashboard.mistakes.review_view import Review
from dashboard.notation.phrases import digit_of
from dashboard.notation.plain_text import markdowns, short
from dashboard.theme import Theme
from nnlib.analysis.attribution import attribute

GUESS = "its guess"


def one_digit(of: Review, lab: Lab, theme: Theme, position: int):
    """One digit of the split, enlarged, with everything there is to say about it."""
    values, truth, guess = of.values[:, position], *_classes(of, position)
    _reading(of, lab, theme, position)
    if np.isfinite(values).all():
        _origin(of, lab, theme, position, values, truth, guess)
    _neighbours(of, theme, position, truth, guess)


def _classes(of: Review, position: int) -> tuple[int, int]:
    return int(of.evaluation.labels[position]), int(of.evaluation.predicted[position])


def choose(of: Review) -> int:
    """The position of a digit, chosen by its number or by a click in a gallery."""
    surest = of.mistakes.in_order(next(iter(ORDERS))).positions[:1]
    number = st.number_input(
        f"{digit_of(of.name).capitalize()} no.",
        1,
        len(of.split),
        value=None,
        key=of.key("mistake"),
        persist_state="session",
        width=240,
        placeholder="most confident error" if len(surest) else "least confident guess",
        help="Position in the split, counted from 1. A click in the gallery sets it. If empty: the most confident "
        "error or, without errors, the least confident guess.",
    )
    return number - 1 if number else int(surest[0]) if len(surest) else int(of.confidence.argmin())


def chosen_among(of: Review, lab: Lab, theme: Theme, positions: np.ndarray | list[int]):
    """The selected digit in detail, if it is one of these."""
    number = session.chosen(of.key("mistake"))
    if number is not None and number - 1 in positions:
        st.subheader("Selected digit")
        one_digit(of, lab, theme, number - 1)


def _reading(of, lab, theme, position):
    image, names, values = of.split.images[position], of.digits.class_names, of.values[:, position]
    truth, guess = _classes(of, position)
    left, right = st.columns(2)
    with left:
        figure = enlarged(image, of.digits.image_shape, theme, inputs=lab.shown.scaling.apply(image))
        plotly_chart.show(figure, key="mistake_enlarged", alt=f"A {names[truth]}, enlarged")
    with right:
        figure = class_bars(values, truth, guess, names, theme, probabilities=of.probabilities)
        plotly_chart.show(figure, key="mistake_probabilities", alt="Bars: the probability or score of each class")
    loss = float(of.evaluation.losses[position])
    sentence = prediction_text.about_guess(values, truth, guess, loss, markdowns(names), of.probabilities)
    st.caption(f"{digit_of(of.name).capitalize()} no. {position + 1:,}. {sentence}")
    step_link.to_digit(of.name, position + 1)


def _origin(of, lab, theme, position, values, truth, guess):
    st.subheader("Attribution", help=attribution.HELP)
    names, image = of.digits.class_names, of.split.images[position]
    chosen = st.selectbox(
        "Score of class",
        [GUESS, *range(of.digits.n_classes)],
        format_func=lambda k: k if k == GUESS else of.digits.class_names[k],  # for every digit: the choice is kept
        key=of.key("explained"),
        persist_state="session",
        width=180,
        help="It is compared with the truth; the truth itself, with the strongest other class.",
    )
    chosen = guess if chosen == GUESS else chosen
    other = commentary.rival(values, chosen, truth)
    found = computed.derived("attribution", (of.evaluation, position), lambda: _attributions(lab, image))
    names = tuple(map(short, names))
    named = [(commentary.role(k, truth, guess, names), found[k]) for k in (chosen, other)]
    if lab.shown.network.output_shape == (1,):
        del named[1]  # a single output: what it adds to one class it takes from the other
    else:
        named.append((f"{names[chosen]} rather than {names[other]}", found[chosen] - found[other]))
    layers = len(lab.shown.network.weights())
    attribution.show(named, image, of.digits.image_shape, layers, theme, key="origin")


def _attributions(lab, image):
    trainer = lab.shown
    directions = trainer.loss.directions(trainer.digits.n_classes)
    return attribute(trainer.network, directions, trainer.scaling.apply(image))


def _neighbours(of, theme, position, truth, guess):
    st.subheader("Nearest training digits", help=nearest_digits.HELP)
    image = of.split.images[position]
    labels = nearest_digits.show(of.digits, image, (of.split, position), theme)
    names = markdowns(of.digits.class_names)
    st.caption(f"{commentary.about_neighbours(labels, truth, guess, names)} {nearest_digits.about_distance(image)}")
