"""Weights: what has it learned?"""

import streamlit as st

from dashboard import connections, mosaic, narration, session, unitchoice, units
from dashboard.theme import signed_limit

lab, theme = session.lab(), session.theme()
layers = units.layers_of_units(lab.trainer)

st.title("What has it learned?")
st.markdown(
    "All that a network has learned stands in its weights. A unit multiplies each input by a weight and adds up these "
    "products and its bias: **blue** weights speak for the unit, **orange** ones against it, those without colour "
    "hardly count. They start as the initialiser draws them, mostly noise: press **Run** and watch what becomes of it."
)
choice = unitchoice.choose(layers)
layer, unit = choice.layer, choice.unit
preceding = layers[layers.index(layer) - 1] if layer.number > 1 else None


@st.fragment(run_every=session.redraw_interval())
def live():
    """All units of the layer, and one of them taken apart."""
    values = choice.view(layer)
    look = {"limit": signed_limit(values), "theme": theme, "readable": not lab.running}
    everyone, enlarged = st.columns([3, 2], gap="large")
    with everyone:
        st.subheader(f"The units of layer {layer.number}", help=unitchoice.HOW_TO_READ)
        st.caption(narration.about_pictures(layer))
        clicked = mosaic.show(
            layer, choice.shown, values, key=unitchoice.CLICKABLE, chosen=unit, on_choose=choice.take_click, **look
        )
        st.caption(narration.about_layer(layer, lab.trainer.steps))
        if preceding:
            connections.voices(layer, unit, preceding, choice.view(preceding), theme, readable=not lab.running)
        connections.distribution(layer, theme)
    with enlarged:
        st.subheader(layer.name(unit).capitalize(), help=unitchoice.ENLARGED)
        mosaic.show(layer, [unit], values, key="unit", **look)
        st.caption(narration.about_unit(layer, unit))
        if layer.sees_whole_image:
            dark = units.dark_pixels(lab.trainer.digits)
            st.caption(narration.about_dark_pixels(layer, dark, lab.trainer.n_examples, lab.recipe.l2))
        if preceding:
            connections.incoming(layer, unit, theme)
        if layer.following:
            connections.outgoing(layer, unit, theme)
    if clicked:
        st.rerun()


live()
