"""The view of the Weights page with the history of each layer: gradients, updates, inactive units."""

import streamlit as st

from dashboard.components import line_chart
from dashboard.components.choice import choice
from dashboard.core.lab import Lab
from dashboard.theme import Theme
from dashboard.weights import commentary
from dashboard.weights import gradient_history_charts as charts
from nnlib.activations import Activation
from nnlib.inactive_units import sample_size

PER_WEIGHT, RELATIVE = "per weight", "relative to the weights"
EXPLORING = "Point at a curve to read its values; drag across the first epoch to enlarge it."


def choose_measure() -> bool:
    """Whether updates are shown relative to the weights."""
    chosen = choice(
        "Size of an update",
        [RELATIVE, PER_WEIGHT],
        key="update_measure",
        help="The change of a weight in one step, divided by the size of a weight or as it is; both as root mean "
        "squares over the layer.",
    )
    return chosen == RELATIVE


def sizes(lab: Lab, theme: Theme, *, relative: bool):
    """The curves of gradients and updates side by side."""
    history = lab.shown.history
    gradients, updates = st.columns(2, gap="large")
    with gradients:
        st.subheader(
            "Gradient size",
            help="The root mean square gradient of each layer's weights, comparable between layers of any size. "
            f"{EXPLORING}",
        )
        line_chart.show(charts.gradients(history, theme), key="gradients", alt="Curves: gradient per weight, by layer")
        st.caption(commentary.about_gradients(history, lab.recipe.activation))
    with updates:
        st.subheader(
            "Update size",
            help="The root mean square change of each layer's weights in one step: how far a step moves them. "
            f"{EXPLORING}",
        )
        chart = charts.updates(history, theme, relative=relative)
        line_chart.show(chart, key="updates", alt="Curves: update per weight, by layer")
        st.caption(commentary.about_updates(history))


def inactive_units(lab: Lab, theme: Theme):
    """The curves of the share of inactive units."""
    trainer = lab.shown
    st.subheader(
        "Inactive units",
        help="Counted at every evaluation in every layer with an activation. A channel of a convolution is one unit.",
    )
    if not len(trainer.history.activity):
        hidden = any(isinstance(layer, Activation) for layer in trainer.network.layers)
        st.caption("Not counted yet." if hidden else "Without hidden layers no unit can be inactive.")
        return
    line_chart.show(charts.inactive(trainer.history, theme), key="inactive", alt="Curves: inactive units, by layer")
    st.caption(commentary.about_inactive(trainer.history, sample_size(trainer.network)))
