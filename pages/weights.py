"""Weights: what has it learned?"""

from typing import Any

import streamlit as st

from dashboard.components import heatmap_grid, layer_outputs, layer_units, unit_link
from dashboard.components.choice import choice
from dashboard.core import fragments, session
from dashboard.theme import signed_limit
from dashboard.weights import (
    ablation_view,
    commentary,
    connections_view,
    feature_map_view,
    gradient_history_view,
    unit_selection_view,
    unit_view,
)

lab, theme = session.lab(), session.theme()
bias = "" if lab.shown.network.normalizes else " and a bias"
layers = layer_units.layers_of_units(lab.shown, unit_selection_view.compared_with(lab))

st.title("What has it learned?")
st.markdown(
    f"What a network has learned is in its weights. A unit multiplies each input by a weight and adds the products"
    f"{bias}. **Blue** weights are positive, **orange** ones negative, pale ones near zero."
)


def weights():
    """The weights of a layer, unit by unit, and one unit enlarged."""
    choice = unit_selection_view.choose(lab, layers)
    layer, unit = choice.layer, choice.unit
    preceding = layers[layers.index(layer) - 1] if layer.number > 1 else None

    @fragments.live
    def live():
        values = choice.view(choice.pictured)
        look: dict[str, Any] = {"limit": signed_limit(values), "theme": theme, "readable": not lab.moving}
        everyone, enlarged = st.columns([3, 2], gap="large")
        with everyone:
            st.subheader(f"Units of layer {layer.number}", help=unit_selection_view.HOW_TO_READ)
            st.caption(commentary.about_pictures(choice.pictured))
            pictures = (choice.pictured, choice.shown, values)
            clicked = heatmap_grid.show(
                *pictures, key=unit_selection_view.CLICKABLE, chosen=unit, on_choose=choice.take_click, **look
            )
            invite = not (lab.trainer.steps or lab.running)
            st.caption(commentary.about_layer(layer, lab.shown.steps, invite=invite))
        with enlarged:
            st.subheader(layer.name(unit).capitalize(), help=unit_selection_view.ENLARGED)
            connections_view.enlarged(layer, unit, choice.view(layer), **look)
            st.caption(commentary.about_unit(layer, unit))
            if layer.sees_whole_image and not (lab.shown.scaling.offset or lab.shown.sampler.augmentation):
                dark = layer_units.dark_pixels(lab.shown.digits)
                st.caption(commentary.about_dark_pixels(layer, dark, lab.shown.n_examples, lab.shown.l2))
        # A row of its own: on a phone, where all columns stand in one, the enlarged unit is next to its grid.
        everyone, connected = st.columns([3, 2], gap="large")
        with everyone:
            if preceding:
                inputs = choice.view(preceding)
                connections_view.strongest_inputs(layer, unit, preceding, inputs, theme, readable=not lab.moving)
            connections_view.distribution(layer, theme)
        with connected:
            connections_view.connections(layer, unit, theme)
        if clicked:
            st.rerun()

    live()


def one_unit():
    """One unit: its weights, the digits it responds to, and its mean output per class."""
    layer, unit = unit_selection_view.choose_unit(layers)
    picture, answers = st.columns([2, 3], gap="large")
    with picture:

        @fragments.live
        def live():
            unit_view.weights(lab, layers, layer, unit, theme)
            connections_view.connections(layer, unit, theme)

        live()
    with answers:
        unit_view.responses(lab, layer, unit, theme)


def one_digit():
    """The output of every layer for one digit."""
    split, position = feature_map_view.choose_digit(lab)
    most = layer_outputs.choose_channels([lab.shown.network], "journey_channels")

    @fragments.live
    def live():
        feature_map_view.digit(lab, split, position, theme)
        shown = lab.shown
        inputs, names = shown.scaling.apply(lab.split(split).images[position]), shown.digits.class_names
        layer_outputs.show(shown.network, shown.loss, inputs, names, most, theme, readable=not lab.moving, key="stage")

    live()


def over_time():
    """The sizes of gradients and updates and the inactive units during training."""
    relative = gradient_history_view.choose_measure()

    @fragments.live
    def live():
        gradient_history_view.sizes(lab, theme, relative=relative)
        gradient_history_view.inactive_units(lab, theme)

    live()


def what_if():
    """Ablation: a unit switched off or changed, on a copy."""
    layer, unit = unit_selection_view.choose_unit(layers)
    change = ablation_view.choose_change(lab, layer, unit)
    if change is None:
        st.caption("Choose a change: the validation digits are classified before and after it, on a copy.")
    elif lab.moving:
        st.info("Pause to try it: the networks before and after must differ in this change alone.")
    else:
        ablation_view.outcome(lab, layers, change, theme)
    ablation_view.kept(lab, layers)


VIEWS = {
    unit_link.ITS_WEIGHTS: weights,
    "one unit": one_unit,
    "one digit, layer by layer": one_digit,
    "over time": over_time,
    "what if": what_if,
}
view = choice(
    "Look at",
    VIEWS,
    key=unit_link.VIEW,
    help="The weights; one unit in detail; the output of every layer for one digit; gradients and updates during "
    "training; or the effect of a change by hand.",
)
VIEWS[view]()
