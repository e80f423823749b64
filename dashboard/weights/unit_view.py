"""The view of the Weights page that is about a single unit: its picture, what excites it, and what it is for."""

from typing import Any

import numpy as np
import streamlit as st

from dashboard.charts import CONFIG
from dashboard.components import clickable, digit_images, heatmap_grid, layer_units, step_link
from dashboard.components.heatmaps import Pictures
from dashboard.components.layer_units import Units
from dashboard.core import scheduler, session
from dashboard.core.lab import Lab
from dashboard.notation.numbers import lined_up
from dashboard.theme import Theme, signed_limit
from dashboard.weights import commentary, connections_view, receptive_fields
from dashboard.weights.class_bars import class_numbers
from dashboard.weights.unit_responses import receptive_field, responding

SHOWN = 8  # digits that excite a unit most, and as many least
DIGIT_SIZE = 54  # pixels of the screen: these stand in one row
CHOSEN = "exciting_digit"
ANSWER = (
    "Its weighted sum for each digit, before the activation: a sum that is negative makes a ReLU answer 0. Of a "
    "channel, the largest sum anywhere in the picture."
)


def portrait(lab: Lab, layers: list[Units], layer: Units, unit: int, theme: Theme):
    """Its own weights, and for a deeper one what they amount to in pixels."""
    look: dict[str, Any] = {"theme": theme, "readable": not lab.moving}
    st.subheader(
        "Its weights", help="All of them on one scale of colours: blue speaks for the unit, orange against it."
    )
    connections_view.enlarged(layer, unit, layer.W, limit=signed_limit(layer.W), **look)
    st.caption(commentary.about_unit(layer, unit))
    pixels = layer_units.projection(layers, layer, unit)
    if pixels is not None:
        st.subheader(
            "Projected back to the pixels",
            help="The product of its weights and the weight matrices of all layers before it.",
        )
        picture = Pictures(
            pixels[None],
            layers[0].tile,
            (layer.names[unit],),
            layer.kind,
            "row {row}, column {column}",
            "weights",
            "1 picture",
        )
        heatmap_grid.show(picture, [0], picture.values, signed_limit(picture.values), key="projection", **look)
        st.caption(commentary.about_projection(layer))
    elif layer.number > 1:
        st.caption(commentary.WITHOUT_PROJECTION)


def answers(lab: Lab, layer: Units, unit: int, theme: Theme):
    """What it answers to the validation digits."""
    responses = _responses(lab, layer, unit)
    if responses is None:
        st.info("Pause to see which digits excite it most.", icon=":material/pause:")
        return
    st.subheader(f"What excites {layer.name(unit)}", help=ANSWER)
    if lab.moving:
        st.caption(f"As it was in epoch {responses.position:.2f}. Pause to bring it up to date.")
    st.caption(commentary.about_answers(layer, unit, responses))
    most = responses.most(SHOWN)
    shown = [("Most", most, "exciting_most")]
    if responses.places is None:
        shown.append(("Least", responses.least(SHOWN), "exciting_least"))
    for word, positions, key in shown:
        st.markdown(f"**{word}**")
        _gallery(lab, layer, responses, positions, key, theme)
    numbers = [position + 1 for _, positions, _ in shown for position in positions.tolist()]
    step_link.to_chosen(session.chosen(CHOSEN), numbers, "Click a digit to go through a training step with it.")
    _class_means(lab, layer, unit, responses, theme)


def _responses(lab, layer, unit):
    """Those of this moment; while it trains the last ones there are, and None before there are any."""
    about = (layer.number, unit)
    found = lab.remembered("responses", about, or_older=lab.moving)
    if found is not None or lab.moving:
        return found
    with st.spinner("Showing it the validation digits …"):
        found = scheduler.finish(responding(lab.shown, layer.number - 1, unit), session.notice_click)
    if found is not None:
        lab.remember("responses", found, about)
    return found


def _gallery(lab, layer, responses, positions, key, theme):
    digits = lab.shown.digits
    images, names = digits.validation.images[positions], digits.class_names
    captions = [f"a {names[responses.labels[i]]}\n{lined_up(float(responses.sums[i]))}" for i in positions]
    if responses.places is None:
        html = digit_images.digit_figures(images, digits.image_shape, captions, theme, size=DIGIT_SIZE, in_a_row=SHOWN)
    else:
        boxes = [receptive_field(lab.shown.network, layer.layer, *responses.places[i].tolist()) for i in positions]
        html = receptive_fields.figures(images, digits.image_shape, boxes, captions, theme)
    numbers = (positions + 1).tolist()
    clickable.show(html, numbers, lambda number: session.choose(CHOSEN, number), key, session.chosen(CHOSEN))


def _class_means(lab, layer, unit, responses, theme):
    names = lab.shown.digits.class_names
    means = responses.class_means(len(names))
    counts = np.bincount(responses.labels, minlength=len(names))
    st.subheader(
        "Its mean answer to each class",
        help="What it hands on, after its activation, on average over the validation digits of each class.",
    )
    told = [
        f"class {name}: mean {mean:.4g} over {count:,} digits"
        for name, mean, count in zip(names, means, counts, strict=True)
    ]
    st.plotly_chart(
        class_numbers(names, means, theme, y="mean output", told=told),
        key="class_means",
        config=CONFIG,
        alt=f"Bars: the mean output of {layer.name(unit)} for the digits of each class",
    )
    st.caption(commentary.about_class_means(layer, unit, means, names))


def links(layers: list[Units], layer: Units, unit: int, theme: Theme):
    """Whom it listens to, and who listens to it."""
    if layer is not layers[0] and layer.channels == 1:
        connections_view.incoming(layer, unit, theme)
    if layer.following:
        connections_view.outgoing(layer, unit, theme)
