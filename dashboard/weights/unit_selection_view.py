"""Widgets of the Weights page: the layer, the weights shown, the order of the units, and the enlarged unit."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from dashboard.components import unit_link
from dashboard.components.choice import choice
from dashboard.components.layer_units import ORDERS, START, VIEWS, Units, pages, when
from dashboard.core import computed, fragments, scheduler, session
from dashboard.core.lab import Lab
from dashboard.weights.dead_units import Inactive, finding_inactive
from nnlib.timeline import Snapshot


@dataclass(frozen=True, eq=False)
class UnitChoice:
    """`pictured` are the layer's units, restricted to one input channel if one is chosen; `view` returns the weights to
    draw; `shown` are the positions of the units shown, in order; `unit` is the position of the enlarged unit, and
    `take_click` sets it to the unit just clicked in the component with the key CLICKABLE."""

    layer: Units
    pictured: Units
    view: Callable[[Units], np.ndarray]
    shown: np.ndarray
    unit: int
    take_click: Callable[[], None]


EVERY_CHANNEL = "all, side by side"
COMPARED = "compared_with"
INACTIVE = "inactive first"
CLICKABLE = "units"  # key of the pictures that can be clicked
ENLARGED = "The same colour scale. Weights that have no position in an image are drawn in lines, in order."
HOW_TO_READ = (
    "Orange is negative, blue positive. All pictures of a layer share one scale, which spans 99.5 % of its weights. "
    "While training is paused, point at a weight to read it. Click a unit to enlarge it."
)


def compared_with(lab: Lab) -> Snapshot | None:
    """The chosen snapshot that weights are compared with; None is the start."""
    chosen = session.chosen(COMPARED, START)
    found = next((snapshot for snapshot in _earlier(lab) if snapshot.place == chosen), None)
    if found is None and chosen != START:  # no longer in the timeline, or no longer earlier
        session.choose(COMPARED, START)
    return found


def _earlier(lab):
    """The snapshots of the timeline after the start and before the network shown."""
    now = lab.shown.steps, len(lab.shown.history.interventions)
    return [snapshot for snapshot in lab.timeline.snapshots if snapshot.position and snapshot.place < now]


def choose(lab: Lab, layers: list[Units]) -> UnitChoice:
    """Two rows of widgets. Their keys name the layer they belong to, so another network starts with fresh ones."""
    with st.container(horizontal=True):
        layer = layers[_layer(layers)]
        pictured = layer.of_channel(_channel(layer))
        unit = _unit(layer, "The enlarged unit; or click its picture.")
    with st.container(horizontal=True):
        view = _view(layer)
        _compared_with(lab)
        order = _order(layer)
    shown = _inactive_first(lab, layer) if order == INACTIVE else ORDERS[order](layer)
    parts = pages(len(layer))
    if len(parts) > 1:
        shown = shown[parts[_part(parts, layer)]]
    take_click = partial(session.adopt, _key(layer), CLICKABLE, "chosen", range(len(layer)))
    return UnitChoice(layer, pictured, VIEWS[view], shown, unit, take_click)


def choose_unit(layers: list[Units]) -> tuple[Units, int]:
    """Choose a layer and one of its units, shared with the enlarged unit; returns the unit's position."""
    with st.container(horizontal=True):
        layer = layers[_layer(layers)]
        return layer, _unit(layer, "The unit also enlarged in the view of the weights.")


def _key(layer):
    return unit_link.unit_key(layer.number, len(layer))


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
    return choice(
        "Layer",
        range(len(layers)),
        format_func=lambda index: layers[index].title,
        key=unit_link.layer_key(len(layers)),
        help="Every layer with weights: inputs per unit → number of units.",
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
        help="Every unit has one kernel per input channel. The pictures show the kernels for one channel, and all "
        "kernels of the enlarged unit.",
    )
    return None if channel == EVERY_CHANNEL else channel


def _compared_with(lab):
    snapshots = {START: None} | {snapshot.place: snapshot for snapshot in _earlier(lab)}
    if len(snapshots) == 1:
        return
    st.selectbox(
        "Compared with",
        snapshots,
        format_func=lambda place: when(snapshots[place]),
        key=COMPARED,
        persist_state="session",
        width=240,
        help="The reference for changes and histograms: the start of training or a snapshot of the timeline.",
    )


def _view(layer):
    return choice(
        "Weights",
        VIEWS,
        format_func=lambda view: layer.then if view == "at the start" else view,
        key="weights_view",
        help="The weights of the network shown, those they are compared with, or what training changed.",
    )


def inactive_units(lab: Lab) -> Inactive | None:
    """The inactive units of the network shown, computed once; while it trains the latest computed. None if there are
    none yet, or if a click interrupted it."""
    found, version = computed.kept("inactive_units", lab.training) or (None, None)
    if version == lab.version or lab.moving:
        return found
    now = lab.shown.steps, len(lab.shown.history.interventions)
    earlier = [snapshot for snapshot in lab.timeline.snapshots if snapshot.place < now]
    with st.spinner("Looking for inactive units …"):
        found = scheduler.finish(finding_inactive(lab.shown, earlier), fragments.notice_click)
    if found is not None:
        computed.keep("inactive_units", (found, lab.version), lab.training)
    return found


def _inactive_first(lab, layer):
    found = inactive_units(lab)
    return np.arange(len(layer)) if found is None else found.order(layer)


def _order(layer):
    return st.selectbox(
        "Units sorted by",
        [*ORDERS, INACTIVE],
        format_func=lambda order: f"change since {layer.since}" if order == "change since the start" else order,
        key="weights_order",
        persist_state="session",
        width=205,
        help="Largest first. The size of a unit's weights is their mean distance from zero. Inactive (dead or "
        "saturated): for none of the validation digits read a gradient passes. While training runs, the order is kept.",
    )


def _part(parts, layer):
    return choice(
        "Units in this order",
        range(len(parts)),
        format_func=lambda index: f"{parts[index].start + 1}–{parts[index].stop}",
        key=f"part_of_{len(layer)}",
        help=f"The part of the {len(layer)} units that is shown.",
    )
