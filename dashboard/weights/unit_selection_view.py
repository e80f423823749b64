"""What a visitor looks at: which layer, which of its weights, in which order, and which unit enlarged."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from dashboard.components.layer_units import ORDERS, START, VIEWS, Units, pages, when
from dashboard.core import session
from dashboard.core.lab import Lab
from nnlib.timeline import Moment


@dataclass(frozen=True, eq=False)
class UnitChoice:
    """`pictured` are the layer's units, with the kernels of only one input channel if one is chosen; `view` gives the
    weights to draw, `shown` are the positions of the units to show, in order, `unit` is that of the
    enlarged one, and `take_click` makes it the one just clicked in the component with the key CLICKABLE."""

    layer: Units
    pictured: Units
    view: Callable[[Units], np.ndarray]
    shown: np.ndarray
    unit: int
    take_click: Callable[[], None]


EVERY_CHANNEL = "all, side by side"
COMPARED = "compared_with"
CLICKABLE = "units"  # key of the pictures that can be clicked
ENLARGED = "One unit on the same scale of colours. Weights that have no place in an image stand in lines, in order."
HOW_TO_READ = (
    "Orange is negative, blue positive, on one scale for all pictures of a layer: 99.5 % of its weights lie between "
    "the ends. While training is paused, the weight under the pointer is told. Click on a unit to enlarge it."
)


def compared_with(lab: Lab) -> Moment | None:
    """The earlier moment that weights are compared with, as chosen; None is the start."""
    chosen = session.chosen(COMPARED, START)
    found = next((moment for moment in _earlier(lab) if moment.place == chosen), None)
    if found is None and chosen != START:  # gone from the timeline, or not earlier any more
        session.choose(COMPARED, START)
    return found


def _earlier(lab):
    """The moments of the timeline before the one that is shown, after the start."""
    now = lab.shown.steps, len(lab.shown.history.interventions)
    return [moment for moment in lab.timeline.moments if moment.position and moment.place < now]


def choose(lab: Lab, layers: list[Units]) -> UnitChoice:
    """Two rows of widgets: what to look at, and how. Their keys name what they choose from: in another network, they
    start anew."""
    with st.container(horizontal=True):
        layer = layers[_layer(layers)]
        pictured = layer.of_channel(_channel(layer))
        unit = _unit(layer, "The one that is enlarged. Or click on its picture.")
    with st.container(horizontal=True):
        view = _view(layer)
        _compared_with(lab)
        order = _order(layer)
    shown = ORDERS[order](layer)
    parts = pages(len(layer))
    if len(parts) > 1:
        shown = shown[parts[_part(parts, layer)]]
    take_click = partial(session.adopt, _key(layer), CLICKABLE, "chosen", range(len(layer)))
    return UnitChoice(layer, pictured, VIEWS[view], shown, unit, take_click)


def choose_unit(layers: list[Units]) -> tuple[Units, int]:
    """A layer, and the position of one of its units: the same that is enlarged among the others."""
    with st.container(horizontal=True):
        layer = layers[_layer(layers)]
        return layer, _unit(
            layer, "The same unit that is enlarged among the weights, where a click on a picture chooses."
        )


def _key(layer):
    return f"unit_of_layer_{layer.number}_with_{len(layer)}"


def _unit(layer, help):
    return st.selectbox(
        "Unit",
        range(len(layer)),
        format_func=layer.name,
        key=_key(layer),
        persist_state="session",
        width=120,
        help=help,
    )


def _layer(layers):
    return st.segmented_control(
        "Layer",
        range(len(layers)),
        default=0,
        required=True,
        format_func=lambda index: layers[index].title,
        key=f"layer_of_{len(layers)}",
        persist_state="session",
        help="Every layer with weights: how many numbers go into a unit → how many units it has.",
    )


def _channel(layer):
    if layer.channels == 1:
        return None
    channel = st.selectbox(
        "Input channel",
        [*range(layer.channels), EVERY_CHANNEL],
        format_func=lambda it: it if it == EVERY_CHANNEL else f"{it + 1} of {layer.channels}",
        key=f"channel_of_layer_{layer.number}_with_{layer.channels}",
        persist_state="session",
        width=150,
        help="A unit of this layer looks at every channel of the layer before with a kernel of its own. These are the "
        "units' kernels for one of them; all kernels of the enlarged unit stand beside it.",
    )
    return None if channel == EVERY_CHANNEL else channel


def _compared_with(lab):
    moments = {START: None} | {moment.place: moment for moment in _earlier(lab)}
    if len(moments) == 1:
        return
    st.selectbox(
        "Compared with",
        moments,
        format_func=lambda place: when(moments[place]),
        key=COMPARED,
        persist_state="session",
        width=240,
        help="The moment that change, histogram and sentences look back to: the start, or one of those that the "
        "timeline has kept.",
    )


def _view(layer):
    return st.segmented_control(
        "Weights",
        VIEWS,
        default="now",
        format_func=lambda view: layer.then if view == "at the start" else view,
        required=True,
        key="weights_view",
        persist_state="session",
        help="As they are now; as they were at the moment compared with (before the first step: the seed draws the "
        "same ones again); or the difference, which is what training alone has drawn since then.",
    )


def _order(layer):
    return st.selectbox(
        "Units sorted by",
        ORDERS,
        format_func=lambda order: f"change since {layer.since}" if order == "change since the start" else order,
        key="weights_order",
        persist_state="session",
        width=205,
        help="Largest first; the size of a unit's weights is their mean distance from zero. While it trains, the order "
        "stays as it is.",
    )


def _part(parts, layer):
    return st.segmented_control(
        "Units in this order",
        range(len(parts)),
        default=0,
        required=True,
        format_func=lambda index: f"{parts[index].start + 1}–{parts[index].stop}",
        key=f"part_of_{len(layer)}",
        persist_state="session",
        help=f"Of {len(layer)} units, so many are shown at once.",
    )
