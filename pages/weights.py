"""Weights: what has it learned?"""

import streamlit as st

from dashboard import (
    connections,
    journey,
    mosaic,
    narration,
    oneunit,
    overtime,
    session,
    unitchoice,
    units,
    whatif,
)
from dashboard.theme import signed_limit

lab, theme = session.lab(), session.theme()
layers = units.layers_of_units(lab.shown, unitchoice.compared_with(lab))

st.title("What has it learned?")
st.markdown(
    "All that a network has learned stands in its weights. A unit multiplies each input by a weight and adds up these "
    "products and its bias: **blue** weights speak for the unit, **orange** ones against it, those without colour "
    "hardly count. They start as the initialiser draws them, mostly noise: press **Run** and watch what becomes of it."
)


def weights():
    """What it has learned: the units of a layer, and one of them taken apart."""
    choice = unitchoice.choose(lab, layers)
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


def one_unit():
    """One of them taken apart: what excites it, and what it is for."""
    layer, unit = unitchoice.choose_unit(layers)
    picture, answers = st.columns([2, 3], gap="large")
    with picture:

        @session.live
        def live():
            oneunit.portrait(lab, layers, layer, unit, theme)
            oneunit.links(layers, layer, unit, theme)

        live()
    with answers:
        oneunit.answers(lab, layer, unit, theme)


def one_digit():
    """What it does with it: one digit on its way through the layers."""
    position = journey.choose_digit(lab)
    most = journey.choose_channels(lab)

    @session.live
    def live():
        journey.digit(lab, position, theme)
        journey.stages(lab, position, most, theme)

    live()


def over_time():
    """How it came to be so: the size of its gradients and updates, and the units that fell silent."""
    relative = overtime.choose_measure()

    @session.live
    def live():
        overtime.sizes(lab, theme, relative=relative)
        overtime.silence(lab, theme)

    live()


def what_if():
    """What it needs: a unit taken away or changed, on a copy."""
    layer, unit = unitchoice.choose_unit(layers)
    change = whatif.choose_change(lab, layer, unit)
    if change is None:
        st.caption(
            "Choose what to do to it: the validation digits are read before and after, and nothing else changes."
        )
    elif lab.moving:
        st.info("Pause to try it: while it trains, no two networks would be the same but for the change.")
    else:
        whatif.outcome(lab, layers, change, theme)
    whatif.kept(lab, layers)


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
