"""The view of the Weights page for ablation: a unit switched off or changed by hand, tried on a copy."""

import numpy as np
import streamlit as st

from dashboard.components import clickable, digit_images, plotly_chart, step_link
from dashboard.components.button import button
from dashboard.components.choice import choice
from dashboard.components.layer_units import Units
from dashboard.core import computed, fragments, scheduler, session, setting_widgets
from dashboard.core.lab import Lab
from dashboard.notation.plain_text import markdowns, plotly
from dashboard.theme import Theme
from dashboard.weights import ablation, commentary
from dashboard.weights.ablation import Comparison
from dashboard.weights.class_bars import class_numbers
from nnlib.analysis.interventions import Intervention, Scale, SetWeight, SwitchOff, trying

CHANGE = "what_if_change"
SHOWN = 12  # newly misclassified digits, and as many newly correct ones
DIGIT_SIZE = 64  # CSS pixels
CHOSEN = "flipped_digit"
SAMPLE = 250  # digits for the mean brightness of a pixel
LARGEST = 1e6  # value of a weight


def choose_change(lab: Lab, layer: Units, unit: int) -> Intervention | None:
    """The change to the unit, or None before anything is chosen."""
    chosen = st.segmented_control(
        f"Change of {layer.said(unit)}",
        CHANGES,
        key=CHANGE,
        persist_state="session",
        help="Tried on a copy: the network in training does not change until you press Keep.",
    )
    return CHANGES[chosen](lab, layer, unit) if chosen else None


def _scale(_, layer, unit):
    factor = st.number_input(
        "Weights times",
        -100.0,
        100.0,
        value=2.0,
        step=0.5,
        key="what_if_factor",
        persist_state="session",
        width=180,
        help="Multiplies every weight into the unit. −1 changes all signs, 0 leaves nothing of its inputs.",
    )
    return Scale(layer.number - 1, unit, factor)


def _set_weight(lab, layer, unit):
    with st.container(horizontal=True, vertical_alignment="bottom"):
        what = choice(
            "Which number",
            ["a weight", "the bias"] if layer.layer.bias else ["a weight"],
            key=f"what_if_number_{'' if layer.layer.bias else 'without_'}bias",
            help="One of the unit's weights, or its bias.",
        )
        place = None if what == "the bias" else _place(lab, layer, unit)
        value = st.number_input(
            "New value",
            -LARGEST,
            LARGEST,
            value=0.0,
            step=0.1,
            format="%.4g",
            key=f"what_if_value_{'bias' if place is None else 'weight'}",
            persist_state="session",
            width=200,
            help="The value to set; the present value is given below.",
        )
    return SetWeight(layer.number - 1, unit, place, value)


def _place(lab, layer, unit):
    """Choose a weight of the unit by its input; returns its place in the unit's row of W."""
    sides = layer.row_shape
    first = np.unravel_index(_most_influential(lab, layer, unit), sides)
    names = ["Input"] if len(sides) == 1 else ["Row", "Column", "Input channel"]
    chosen = [
        st.number_input(
            name,
            1,
            size,
            value=int(start) + 1,
            key=f"what_if_{name}_of_{size}_unit_{unit}_of_layer_{layer.number}".lower().replace(" ", "_"),
            persist_state="session",
            width=130,
            help="Counted from 1. The default is the largest weight; on pixels, the largest times mean brightness.",
        )
        - 1
        if size > 1
        else 0
        for name, size, start in zip(names, sides, first, strict=False)
    ]
    return int(np.ravel_multi_index(chosen, sides))


def _most_influential(lab, layer, unit):
    weights = np.nan_to_num(np.abs(layer.layer.W[unit]))
    if layer.sees_whole_image:
        weights = weights * lab.shown.digits.validation.images[:SAMPLE].mean(axis=0)
    return int(weights.argmax())


CHANGES = {
    "switch it off": lambda _, layer, unit: SwitchOff(layer.number - 1, unit),
    "scale its weights": _scale,
    "change one number": _set_weight,
}


def outcome(lab: Lab, layers: list[Units], intervention: Intervention, theme: Theme):
    """What the change does, the comparison before and after, and the buttons to keep or discard it."""
    digits = lab.shown.digits
    st.markdown(ablation.explain(intervention, layers, lab.shown.loss, markdowns(digits.class_names)))
    comparison = _comparison(lab, intervention)
    if comparison is None:
        return
    numbers, classes = st.columns(2, gap="large")
    with numbers:
        st.markdown(ablation.table(comparison))
        st.caption(ablation.verdict(comparison))
        _decide(lab, intervention)
    with classes:
        _recalls(comparison, digits.class_names, theme)
    _flips(lab, comparison, theme)


def _comparison(lab, intervention):
    """The comparison for the present network, computed once; None if a click interrupted it."""
    of = lab.version, intervention
    found = computed.kept("comparison", of)
    if found is None:
        split = lab.shown.digits.validation
        with st.spinner(f"Classifying {len(split):,} validation digits before and after …"):
            before = lab.evaluation("validation")
            after = scheduler.finish(trying(lab.shown, intervention, split), fragments.notice_click)
        if after is None:
            return None
        found = Comparison(before, after, lab.shown.digits.n_classes)
        computed.keep("comparison", found, of)
    return found


def _decide(lab, intervention):
    why_not = (
        "This is an earlier snapshot. Go back to the present first: only the network in training can be changed."
        if lab.shown is not lab.trainer
        else "The loss of the network is not finite. Repair it first."
    )
    with st.container(horizontal=True):
        seconds, off = max(lab.evaluation_seconds, 0.1), not lab.may_intervene
        help = f"Applies the change to the network in training and evaluates it: about {seconds:.1f} s."
        help = why_not if off else help
        button("Keep", "keep_change", "check", help, _keep, lab, intervention, lab.version, disabled=off)
        help = "Leaves the network in training as it is."
        button("Discard", "discard_change", "close", help, session.choose, CHANGE, None)
    if not lab.may_intervene:
        st.caption(why_not)


def _keep(lab, intervention, version):
    """After a click: change the network in training, and let go of the widget that chose how."""
    setting_widgets.say_what_takes_time("Changing the network and reading digits with it …", lab.recipe)
    lab.intervene(intervention, version)
    session.choose(CHANGE, None)


def _recalls(comparison, names, theme):
    before, after = comparison.recalls
    st.markdown(
        "**Change of recall per class**",
        help="Recall is the share of a class's digits that are classified correctly.",
    )
    hover = [
        f"class {plotly(name)}: {100 * old:.1f} % before, {100 * new:.1f} % after"
        for name, old, new in zip(names, before, after, strict=True)
    ]
    figure = class_numbers(names, 100 * (after - before), theme, y="change of recall (% of the class)", hover=hover)
    plotly_chart.show(figure, key="recall_change", alt="Bars: the change of recall of each class")
    st.caption(commentary.about_recalls(before, after, markdowns(names)))


def _flips(lab, comparison, theme):
    shown = []
    for title, positions, key in (
        ("Right before, wrong now", comparison.lost, "flipped_to_wrong"),
        ("Wrong before, right now", comparison.won, "flipped_to_right"),
    ):
        if len(positions):
            most = f": the {SHOWN} with the largest change of the loss" if len(positions) > SHOWN else ""
            st.markdown(f"**{title}** ({len(positions):,}{most})")
            _gallery(lab, comparison, positions[:SHOWN], key, theme)
            shown += (positions[:SHOWN] + 1).tolist()
    if shown:
        invitation = "Below each digit: prediction before → now. Click one to go through a training step with it."
        step_link.to_chosen(session.chosen(CHOSEN), shown, invitation)


def _gallery(lab, comparison, positions, key, theme):
    digits = lab.shown.digits
    names = digits.class_names
    captions = [f"{names[comparison.before.predicted[i]]} → {names[comparison.after.predicted[i]]}" for i in positions]
    images = digits.validation.images[positions]
    html = digit_images.digit_figures(images, digits.image_shape, captions, theme, size=DIGIT_SIZE)
    numbers = (positions + 1).tolist()
    clickable.show(html, numbers, lambda number: session.choose(CHOSEN, number), key, session.chosen(CHOSEN))


def kept(lab: Lab, layers: list[Units]):
    """The changes by hand so far in this training."""
    notes = lab.shown.history.interventions
    if notes:
        lines = [f"- epoch {note.epoch:.2f}: {ablation.name(note.intervention, layers)}" for note in notes]
        st.markdown("\n".join(["**Changes by hand in this training**", "", *lines]))
