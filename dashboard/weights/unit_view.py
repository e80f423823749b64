"""The view of the Weights page on one unit: its weights, the digits it responds to, its mean output per class."""

import numpy as np
import streamlit as st

from dashboard.components import clickable, digit_images, heatmap_grid, layer_units, plotly_chart, step_link
from dashboard.components.heatmaps import Pictures
from dashboard.components.layer_units import Units
from dashboard.components.pause_note import pause_note
from dashboard.core import computed, fragments, scheduler, session
from dashboard.core.lab import Lab
from dashboard.notation.numbers import lined_up
from dashboard.notation.plain_text import markdowns, plotly
from dashboard.theme import Theme, signed_limit
from dashboard.weights import commentary, connections_view, receptive_fields, unit_selection_view
from dashboard.weights.class_bars import class_numbers
from dashboard.weights.dead_units import about_inactive_unit
from dashboard.weights.unit_responses import receptive_field, responding

SHOWN = 8  # digits with the largest sums, and as many with the smallest
DIGIT_SIZE = 54  # CSS pixels, so that SHOWN digits fit into a row
CHOSEN = "exciting_digit"
RESPONSE = (
    "The response is the unit's weighted sum before its activation: ReLU turns a negative sum into 0. For a channel, "
    "the largest sum in its feature map."
)


def weights(lab: Lab, layers: list[Units], layer: Units, unit: int, theme: Theme):
    """The unit's weights and, for a unit of a deeper layer, their projection onto the pixels."""
    readable = not lab.moving
    st.subheader("Weights", help="On the colour scale of the layer: blue is positive, orange negative.")
    connections_view.enlarged(layer, unit, layer.W, limit=signed_limit(layer.W), theme=theme, readable=readable)
    st.caption(commentary.about_unit(layer, unit))
    pixels = layer_units.projection(layers, layer, unit)
    if pixels is not None:
        st.subheader(
            "Projection onto the pixels",
            help="The product of its weights and the weight matrices of all earlier layers.",
        )
        names, place = (layer.names[unit],), "row {row}, column {column}"
        picture = Pictures(pixels[None], layers[0].tile, names, layer.kind, place, "weights", "1 picture")
        limit = signed_limit(picture.values)
        heatmap_grid.show(picture, [0], picture.values, limit, theme, readable=readable, key="projection")
        st.caption(commentary.about_projection(layer))
    elif layer.number > 1:
        st.caption(
            "There is no projection onto the pixels: behind a convolution it depends on the position, and with max "
            "pooling on the digit."
        )


def responses(lab: Lab, layer: Units, unit: int, theme: Theme):
    """The digits the unit responds to most and least, and its mean output for each class."""
    found = _responses(lab, layer, unit)
    if found is None:
        st.info("Pause to see the digits it responds to.", icon=":material/pause:")
        return
    st.subheader(f"Responses of {layer.said(unit)}", help=RESPONSE)
    pause_note(lab, found.position)
    st.caption(commentary.about_responses(layer, unit, found))
    inactive = None if lab.moving else unit_selection_view.inactive_units(lab)
    said = inactive and about_inactive_unit(inactive, layer, unit, lab.shown.network, lab.shown.l2)
    if said:
        st.markdown(f":material/bedtime: {said}")
    shown = [("Largest", found.most(SHOWN), "exciting_most")]
    if found.places is None:
        shown.append(("Smallest", found.least(SHOWN), "exciting_least"))
    for word, positions, key in shown:
        st.markdown(f"**{word}**")
        _gallery(lab, layer, found, positions, key, theme)
    numbers = [position + 1 for _, positions, _ in shown for position in positions.tolist()]
    step_link.to_chosen(session.chosen(CHOSEN), numbers, "Click a digit to go through a training step with it.")
    _class_means(lab, layer, unit, found, theme)


def _responses(lab, layer, unit):
    """Those of the present network; while it trains the latest computed, or None."""
    of = lab.training, layer.number, unit
    found, version = computed.kept("responses", of) or (None, None)
    if version == lab.version or lab.moving:
        return found
    with st.spinner("Computing the responses to the validation digits …"):
        found = scheduler.finish(responding(lab.shown, layer.number - 1, unit), fragments.notice_click)
    if found is not None:
        computed.keep("responses", (found, lab.version), of)
    return found


def _gallery(lab, layer, responses, positions, key, theme):
    digits = lab.shown.digits
    images, names = digits.validation.images[positions], digits.class_names
    captions = [f"{names[responses.labels[i]]}\n{lined_up(float(responses.sums[i]))}" for i in positions]
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
        "Mean output per class",
        help="Its output after the activation, averaged over the validation digits of each class.",
    )
    hover = [
        f"class {plotly(name)}: mean {mean:.4g} over {count:,} digits"
        for name, mean, count in zip(names, means, counts, strict=True)
    ]
    figure = class_numbers(names, means, theme, y="mean output", hover=hover)
    alt = f"Bars: the mean output of {layer.name(unit)} for the digits of each class"
    plotly_chart.show(figure, key="class_means", alt=alt)
    st.caption(commentary.about_class_means(layer, unit, means, markdowns(names)))
