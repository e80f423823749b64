"""The moving parts of the Train page: tiles of numbers, a strip of weights, a strip of mistakes."""

import numpy as np
import streamlit as st

from dashboard.components import digit_images, heatmap_grid, layer_units
from dashboard.core.lab import Lab
from dashboard.theme import Theme, signed_limit

UNITS = 32
MISTAKES = 12
LOOKED_AT = 1_000  # validation digits behind the strip of mistakes: enough to fill it, and fast

NOT_YET = "–"


def metrics(lab: Lab):
    """One row of numbers. The training's speed is that of the computation alone."""
    trainer = lab.shown
    accuracy = lab.accuracy
    loss = trainer.history.batches.last("loss")
    speed, seconds = lab.examples_per_second, lab.seconds_per_epoch
    with st.container(horizontal=True, gap="xsmall"):
        _tile(
            "Validation accuracy",
            NOT_YET if accuracy is None else f"{100 * accuracy:.1f} %",
            180,
            "The share of validation digits, which are never trained on, that it read correctly. They are read after "
            "each epoch, and at a pause if that takes no time.",
        )
        _tile(
            "Loss",
            NOT_YET if loss is None else f"{loss:.3f}" if loss < 100 else f"{loss:.3g}",
            115,
            "Of the last mini-batch: the mean of −log of the probability given to the true digit.",
        )
        _tile("Epoch", f"{trainer.position:.2f}", 115, "Passes through all training digits so far.")
        _tile(
            "Digits / second", f"{speed:,.0f}" if speed else NOT_YET, 160, "Training digits per second of computation."
        )
        _tile(
            "Time / epoch",
            f"{seconds:.2f} s" if seconds else NOT_YET,
            140,
            f"Seconds of computation for {trainer.n_examples:,} digits, evaluations included.",
        )


def _tile(label, value, width, help):
    st.metric(label, value, help=help, border=True, width=width)


def chart_switches() -> tuple[int, bool]:
    """How the curves are drawn: mini-batches averaged, and whether the vertical axis is logarithmic."""
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        log = st.toggle(
            "Logarithmic axis",
            key="log_axis",
            persist_state="session",
            help="Equal steps for equal factors: shows progress that a plain axis squeezes flat at a small loss.",
        )
        smoothing = st.select_slider(
            "Smoothing, mini-batches",
            [1, 5, 20, 100, 500],
            value=20,
            key="smoothing",
            persist_state="session",
            width=220,
            help="The faint line shows the mean over so many mini-batches. 1 shows each as it was: noisy, because each "
            "is a small sample of digits.",
        )
    return smoothing, log


def first_layer(lab: Lab, theme: Theme):
    """The first layer's weights, one picture a unit, on the one signed map."""
    layer = layer_units.layers_of_units(lab.shown)[0]
    n, limit = min(len(layer), UNITS), signed_limit(layer.W)
    heatmap_grid.show(layer, range(n), layer.W, limit, theme, readable=not lab.moving, key="first_layer", size=48)
    shown = f"The first {n} of {len(layer)} units" if n < len(layer) else f"All {n} units"
    st.caption(
        f"{shown}. Blue pixels speak for the unit, orange against it, up to ±{limit:.2f}. Noise turns into strokes as "
        "it learns."
    )


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
        f"{names[guesses[i]]} → {names[evaluation.labels[i]]}\n{100 * probabilities[guesses[i], i]:.0f} %"
        for i in order
    ]
    if len(order) == 0:
        st.success(f"Not one mistake among {len(evaluation.labels):,} validation digits.", icon=":material/check:")
        return
    images = lab.shown.digits.validation.images[order]
    st.html(digit_images.digit_figures(images, lab.shown.digits.image_shape, captions, theme, size=64))
    st.caption(
        f"Guess → truth, and how sure it was. {len(wrong):,} of the first {len(evaluation.labels):,} validation digits "
        "are misread; these are the ones it is most sure of."
    )
