"""How stable the answers are: sliders that change the digit, and heat maps over shifts and rotations."""

from typing import Any

import streamlit as st

from dashboard.components import digit_images, plotly_chart
from dashboard.core import computed, fragments, scheduler
from dashboard.draw import answer, stability
from dashboard.draw.preparation import Step
from dashboard.draw.reader import Answer, Reader
from dashboard.draw.stability import Change
from dashboard.notation.plain_text import markdowns
from dashboard.theme import Theme

SLIDERS: dict[str, tuple[str, Any, Any, Any, str]] = {  # field of Change: label, least, most, step, help
    "angle": ("Rotation (°)", -60, 60, 5, "Anticlockwise, about the middle of the picture."),
    "right": ("Right (pixels)", -8, 8, 1, "A shift to the right, or to the left if negative."),
    "down": ("Down (pixels)", -8, 8, 1, "A shift downwards, or upwards if negative."),
    "thickness": ("Thicker (pixels)", -2.0, 2.0, 0.5, "Wider strokes, or narrower ones if negative."),
    "noise": (
        "Noise (% of ink)",
        0,
        80,
        5,
        "Its standard deviation at each pixel, in per cent of full ink.",
    ),
}


def show(readers: list[Reader], answers: list[Answer], step: Step, theme: Theme):
    """The digit changed by sliders with the answers to it, and the heat maps."""
    st.subheader("Change the digit", help="After its preparation, so that nothing centres it again.")
    row = st.container()
    change = _change()
    image = stability.changed(step.image, change)
    with row:
        left, *right = st.columns([1, *[2] * len(readers)], gap="medium")
    with left:
        caption = "as prepared" if change == Change() else "changed"
        st.html(digit_images.digit_figures(image.reshape(1, -1), image.shape, [caption], theme, size=120))
    for column, reader in zip(right, readers, strict=True):
        with column:
            [found] = reader.answers(image[None])
            st.markdown(f"**{reader.title}**: {answer.short(found)}")
            if found.finite:
                st.caption(answer.runner_up(found))
    st.subheader(
        "Shift and rotation", help="The answer to the digit as prepared, at each rotation and shift along a line."
    )
    for column, reader, mine in zip(st.columns(len(readers), gap="medium"), readers, answers, strict=True):
        with column:
            st.markdown(f"**{reader.title}**")
            if mine.finite:
                _heat_map(reader, mine, step, theme)


def _change():
    values = {}
    for column, (name, (label, least, most, by, help)) in zip(st.columns(len(SLIDERS)), SLIDERS.items(), strict=True):
        key, start = f"change_{name}", type(least)(0)
        values[name] = column.slider(label, least, most, start, by, key=key, persist_state="session", help=help)
    return Change(**values)


def _heat_map(reader, mine, step, theme):
    name, of = f"stability {reader.title}", (reader.version, step)
    if computed.kept(name, of) is None:
        with st.spinner("Reading the moved digits …"):
            made = scheduler.finish(stability.over_moves(reader, step.image), fragments.notice_click)
        if made is None:  # a click has ended it
            return
        computed.keep(name, made, of)
    outputs = computed.kept(name, of)
    names, probabilities = reader.class_names, mine.probabilities
    figure = stability.heat_map(outputs, mine.guess, names, theme, probabilities)
    key = f"stability_{reader.title.split()[0].lower()}"
    plotly_chart.show(figure, key=key, alt="The answers over shift and rotation")
    st.caption(stability.about(outputs, mine.guess, markdowns(names), probabilities))
