"""The parts of the Train page that change during training: metrics, first-layer weights, current mistakes."""

import numpy as np
import streamlit as st

from dashboard.components import digit_images, heatmap_grid, layer_units
from dashboard.core.lab import Lab
from dashboard.notation import dates
from dashboard.notation.numbers import percent
from dashboard.theme import Theme, signed_limit
from nnlib.convolution import Conv2D

UNITS = 15
MISTAKES = 6
LOOKED_AT = 1_000  # validation digits searched for mistakes: enough to find MISTAKES, and fast

NOT_YET = "–"
PLACE_FOR_DATE = 212  # pixels


def metrics(lab: Lab):
    """One row of numbers. Speed counts computing time only, not waiting."""
    trainer = lab.shown
    accuracy, date = lab.accuracy, "" if lab.cursor else dates.newest_evaluation(lab.trainer)
    loss = trainer.history.batches.last("loss")
    speed, seconds = lab.examples_per_second, lab.seconds_per_epoch
    with st.container(horizontal=True, gap="xsmall"):
        _tile(
            f"Validation, {date}" if date else "Validation accuracy",
            NOT_YET if accuracy is None else percent(accuracy),
            PLACE_FOR_DATE,
            "The share of validation digits read correctly. The network is never trained on them. It is "
            "measured at the end of each epoch, and in between as often as training allows.",
        )
        _tile(
            "Loss",
            NOT_YET if loss is None else f"{loss:.3f}" if loss < 100 else f"{loss:.3g}",
            115,
            "Of the last mini-batch: the mean of −ln of the probability given to the true class.",
        )
        _tile("Epoch", f"{trainer.position:.2f}", 115, "Passes through the training digits so far.")
        _tile(
            "Digits / second",
            f"{speed:,.0f}" if speed else NOT_YET,
            160,
            "Training digits per second of computing time.",
        )
        _tile(
            "Time / epoch",
            f"{seconds:.2f} s" if seconds else NOT_YET,
            140,
            f"Computing time for {trainer.n_examples:,} training digits.",
        )


def _tile(label, value, width, help):
    st.metric(label, value, help=help, border=True, width=width)


def chart_switches() -> tuple[int, bool]:
    """How many mini-batches to average, and whether the vertical axis is logarithmic."""
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        log = st.toggle(
            "Logarithmic axis",
            key="log_axis",
            persist_state="session",
            help="Equal distances mean equal factors, which keeps progress visible when the loss is small.",
        )
        smoothing = st.select_slider(
            "Smoothing, mini-batches",
            [1, 5, 20, 100, 500],
            value=20,
            key="smoothing",
            persist_state="session",
            width=220,
            help="The faint line is the mean of this many mini-batches. At 1 it is noisy, because a mini-batch is a "
            "small sample of digits.",
        )
    return smoothing, log


def first_layer(lab: Lab, theme: Theme):
    """The first layer's weights, one picture per unit."""
    layer = layer_units.layers_of_units(lab.shown)[0]
    n, limit = min(len(layer), UNITS), signed_limit(layer.W)
    heatmap_grid.show(layer, range(n), layer.W, limit, theme, readable=not lab.moving, key="first_layer", size=48)
    kind = "kernels" if isinstance(layer.layer, Conv2D) else "units"
    shown = f"The first {n} of {len(layer)} {kind}" if n < len(layer) else f"All {n} {kind}"
    st.caption(f"{shown}. Ink on blue pixels (positive weights) excites the unit, ink on orange ones inhibits it.")


def mistakes(lab: Lab, theme: Theme):
    """Misread validation digits, the most confident first."""
    evaluation = lab.evaluation("validation", first=LOOKED_AT)
    wrong = evaluation.mistakes()
    probabilities = lab.shown.loss.class_probabilities(evaluation.scores)
    confidence = probabilities[evaluation.predicted[wrong], wrong]
    order = wrong[np.argsort(-confidence, kind="stable")][:MISTAKES]
    names = lab.shown.digits.class_names
    guesses = evaluation.predicted
    captions = [
        f"{names[guesses[i]]} → {names[evaluation.labels[i]]}\n{percent(probabilities[guesses[i], i])}" for i in order
    ]
    if len(order) == 0:
        st.success(f"No mistakes among {len(evaluation.labels):,} validation digits.", icon=":material/check:")
        return
    images = lab.shown.digits.validation.images[order]
    st.html(digit_images.digit_figures(images, lab.shown.digits.image_shape, captions, theme, size=64))
    st.caption(
        f"Guess → true class, and the network's confidence. Of the first {len(evaluation.labels):,} validation digits "
        f"it misreads {len(wrong):,}; the most confident mistakes come first."
    )
