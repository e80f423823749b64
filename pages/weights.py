"""Weights: what has it learned?"""

import streamlit as st

from dashboard import connections, journey, mosaic, narration, session, unitchoice, units
from dashboard.theme import signed_limit

lab, theme = session.lab(), session.theme()
layers = units.layers_of_units(lab.shown)

st.title("What has it learned?")
st.markdown(
    "All that a network has learned stands in its weights. A unit multiplies each input by a weight and adds up these "
    "products and its bias: **blue** weights speak for the unit, **orange** ones against it, those without colour "
    "hardly count. They start as the initialiser draws them, mostly noise: press **Run** and watch what becomes of it."
)


def weights():
    """What it has learned: the units of a layer, and one of them taken apart."""
    choice = unitchoice.choose(layers)
    layer, unit = choice.layer, choice.unit
    preceding = layers[layers.index(layer) - 1] if layer.number > 1 else None

    @session.live
    def live():
        values = choice.view(choice.pictured)
        look = {"limit": signed_limit(values), "theme": theme, "readable": not lab.moving}
        everyone, enlarged = st.columns([3, 2], gap="large")
        with everyone:
            st.subheader(f"The units of layer {layer.number}", help=unitchoice.HOW_TO_READ)
            st.caption(narration.about_pictures(choice.pictured))
            pictures = (choice.pictured, choice.shown, values)
            clicked = mosaic.show(*pictures, key=unitchoice.CLICKABLE, chosen=unit, on_choose=choice.take_click, **look)
            st.caption(narration.about_layer(layer, lab.shown.steps))
            if preceding:
                connections.voices(layer, unit, preceding, choice.view(preceding), theme, readable=not lab.moving)
            connections.distribution(layer, theme)
        with enlarged:
            st.subheader(layer.name(unit).capitalize(), help=unitchoice.ENLARGED)
            connections.enlarged(layer, unit, choice.view(layer), **look)
            st.caption(narration.about_unit(layer, unit))
            if layer.sees_whole_image:
                dark = units.dark_pixels(lab.shown.digits)
                st.caption(narration.about_dark_pixels(layer, dark, lab.shown.n_examples, lab.recipe.l2))
            if preceding and layer.channels == 1:
                connections.incoming(layer, unit, theme)
            if layer.following:
                connections.outgoing(layer, unit, theme)
        if clicked:
            st.rerun()

    live()


def one_digit():
    """What it does with it: one digit on its way through the layers."""
    position = journey.choose_digit(lab)
    most = journey.choose_channels(lab)

    @session.live
    def live():
        journey.digit(lab, position, theme)
        journey.stages(lab, position, most, theme)

    live()


VIEWS = {"its weights": weights, "one digit, layer by layer": one_digit}
view = st.segmented_control(
    "Look at",
    VIEWS,
    default="its weights",
    required=True,
    key="weights_or_digit",
    persist_state="session",
    help="The numbers it has learned, or what each layer makes of one digit with them: its feature maps.",
)
VIEWS[view]()
