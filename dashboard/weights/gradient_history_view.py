"""The view of the Weights page that shows its layers along the training: gradients, updates, inactive units."""

import streamlit as st

from dashboard.components import line_chart
from dashboard.core.lab import Lab
from dashboard.theme import Theme
from dashboard.weights import commentary
from dashboard.weights import gradient_history_charts as charts
from nnlib.inactive_units import sample_size

PER_WEIGHT, RELATIVE = "per weight", "relative to the weights"
EXPLORING = "Point at the curves to read their values, drag across the first epoch to see its first steps."


def choose_measure() -> bool:
    """Whether updates are shown relative to the weights that they change."""
    chosen = st.segmented_control(
        "Size of an update",
        [RELATIVE, PER_WEIGHT],
        default=RELATIVE,
        required=True,
        key="update_measure",
        persist_state="session",
        help="What a step adds to a typical weight; or that divided by the size of a typical weight. Typical: the root "
        "mean square over the layer.",
    )
    return chosen == RELATIVE


def sizes(lab: Lab, theme: Theme, *, relative: bool):
    """Gradients and updates side by side."""
    history = lab.shown.history
    gradients, updates = st.columns(2, gap="large")
    with gradients:
        st.subheader(
            "How large the gradients are",
            help="The gradient of a typical weight of each layer (the root mean square over the layer, never a sum, so "
            f"that layers of any size can be compared), as the optimizer gets it. {EXPLORING}",
        )
        line_chart.show(charts.gradients(history, theme), key="gradients", alt="Curves: gradient per weight, by layer")
        st.caption(commentary.about_gradients(history, lab.recipe.activation))
    with updates:
        st.subheader(
            "How far a step moves the weights",
            help="The weights after a step minus those before it, for a typical weight of each layer (root mean "
            f"square). {EXPLORING}",
        )
        chart = charts.updates(history, theme, relative=relative)
        line_chart.show(chart, key="updates", alt="Curves: update per weight, by layer")
        st.caption(commentary.about_updates(history))


def silence(lab: Lab, theme: Theme):
    """The share of units that take no part."""
    trainer = lab.shown
    st.subheader(
        "How many units are inactive",
        help="Counted at every evaluation, of every layer with an activation. A channel of a convolution is one unit.",
    )
    if not len(trainer.history.activity):
        st.caption("This network has no hidden layer, so there is no unit that could fall silent.")
        return
    line_chart.show(charts.inactive(trainer.history, theme), key="inactive", alt="Curves: inactive units, by layer")
    st.caption(commentary.about_inactive(trainer.history, sample_size(trainer.network)))
