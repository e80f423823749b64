"""Weights: what has it learned?"""

from typing import Any

import streamlit as st

from dashboard.components import heatmap_grid, layer_units
from dashboard.core import session
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
layers = layer_units.layers_of_units(lab.shown, unit_selection_view.compared_with(lab))

st.title("What has it learned?")
st.markdown(
    "All that a network has learned stands in its weights. A unit multiplies each input by a weight and adds up these "
    "products and its bias: **blue** weights speak for the unit, **orange** ones against it, those without colour "
    "hardly count. They start as the initialiser draws them, mostly noise: press **Run** and watch what becomes of it."
)


def weights():
    """What it has learned: the units of a layer, and one of them taken apart."""
    choice = unit_selection_view.choose(lab, layers)
    layer, unit = choice.layer, choice.unit
    preceding = layers[layers.index(layer) - 1] if layer.number > 1 else None

    @session.live
    def live():
        values = choice.view(choice.pictured)
        look: dict[str, Any] = {"limit": signed_limit(values), "theme": theme, "readable": not lab.moving}
        everyone, enlarged = st.columns([3, 2], gap="large")
        with everyone:
            st.subheader(f"The units of layer {layer.number}", help=unit_selection_view.HOW_TO_READ)
            st.caption(commentary.about_pictures(choice.pictured))
            pictures = (choice.pictured, choice.shown, values)
            clicked = heatmap_grid.show(
                *pictures, key=unit_selection_view.CLICKABLE, chosen=unit, on_choose=choice.take_click, **look
            )
            st.caption(commentary.about_layer(layer, lab.shown.steps))
            if preceding:
                connections_view.voices(layer, unit, preceding, choice.view(preceding), theme, readable=not lab.moving)
            connections_view.distribution(layer, theme)
        with enlarged:
            st.subheader(layer.name(unit).capitalize(), help=unit_selection_view.ENLARGED)
            connections_view.enlarged(layer, unit, choice.view(layer), **look)
            st.caption(commentary.about_unit(layer, unit))
            if layer.sees_whole_image:
                dark = layer_units.dark_pixels(lab.shown.digits)
                st.caption(commentary.about_dark_pixels(layer, dark, lab.shown.n_examples, lab.recipe.l2))
            if preceding and layer.channels == 1:
                connections_view.incoming(layer, unit, theme)
            if layer.following:
                connections_view.outgoing(layer, unit, theme)
        if clicked:
            st.rerun()

    live()


def one_unit():
    """One of them taken apart: what excites it, and what it is for."""
    layer, unit = unit_selection_view.choose_unit(layers)
    picture, answers = st.columns([2, 3], gap="large")
    with picture:

        @session.live
        def live():
            unit_view.portrait(lab, layers, layer, unit, theme)
            unit_view.links(layers, layer, unit, theme)

        live()
    with answers:
        unit_view.answers(lab, layer, unit, theme)


def one_digit():
    """What it does with it: one digit on its way through the layers."""
    position = feature_map_view.choose_digit(lab)
    most = feature_map_view.choose_channels(lab)

    @session.live
    def live():
        feature_map_view.digit(lab, position, theme)
        feature_map_view.stages(lab, position, most, theme)

    live()


def over_time():
    """How it came to be so: the size of its gradients and updates, and the units that fell silent."""
    relative = gradient_history_view.choose_measure()

    @session.live
    def live():
        gradient_history_view.sizes(lab, theme, relative=relative)
        gradient_history_view.silence(lab, theme)

    live()


def what_if():
    """What it needs: a unit taken away or changed, on a copy."""
    layer, unit = unit_selection_view.choose_unit(layers)
    change = ablation_view.choose_change(lab, layer, unit)
    if change is None:
        st.caption(
            "Choose what to do to it: the validation digits are read before and after, and nothing else changes."
        )
    elif lab.moving:
        st.info("Pause to try it: while it trains, no two networks would be the same but for the change.")
    else:
        ablation_view.outcome(lab, layers, change, theme)
    ablation_view.kept(lab, layers)


VIEWS = {
    "its weights": weights,
    "one unit": one_unit,
    "one digit, layer by layer": one_digit,
    "over time": over_time,
    "what if": what_if,
}
view = st.segmented_control(
    "Look at",
    VIEWS,
    default="its weights",
    required=True,
    key="weights_or_digit",
    persist_state="session",
    help="The numbers it has learned; one of its units; what each layer makes of one digit; how its layers changed "
    "along the training; or what would be if one changed it by hand.",
)
VIEWS[view]()
