"""Why a network answers so: which pixels spoke for and against it, and the training digits most like this one."""

import streamlit as st

from dashboard.components import attribution, nearest_digits
from dashboard.core import computed
from dashboard.core.lab import Lab
from dashboard.draw.preparation import Step
from dashboard.draw.reader import Answer, Reader, middle
from dashboard.notation.phrases import counted
from dashboard.notation.plain_text import markdown, short
from dashboard.theme import Theme
from nnlib.analysis.attribution import Attribution, attribute

SIZE = 100  # pixels of the screen: the least width of a picture


def show(lab: Lab, readers: list[Reader], answers: list[Answer], step: Step, theme: Theme):
    """The attribution of each answer to the prepared digit, and the nearest training digits."""
    st.subheader("Attribution", help=attribution.HELP)
    for column, reader, answer in zip(st.columns(len(readers), gap="medium"), readers, answers, strict=True):
        with column:
            st.markdown(f"**{reader.title}**")
            if answer.finite:
                _attribution(reader, answer, step, theme)
            else:
                st.info("The outputs of this network are not finite.")
    digits = lab.shown.digits
    st.subheader("Nearest training digits", help=nearest_digits.HELP)
    image = middle(step.image[None], digits.image_shape).reshape(-1)
    labels = nearest_digits.show(digits, image, step, theme)
    st.caption(
        f"Of the {counted(len(digits.train), 'training digit')} of this network; the nearest is a "
        f"{markdown(digits.class_names[labels[0]])}. {nearest_digits.about_distance(image)}"
    )


def _attribution(reader, answer, step, theme):
    image = reader.inputs(step.image[None])[0]
    found = computed.derived(f"why {reader.title}", (reader.version, step), lambda: attributions(reader, image))
    named = named_attributions(reader, answer, found)
    layers = len(reader.network.weights())
    attribution.show(
        named, image, reader.input_shape, layers, theme, key=f"why_{reader.title.split()[0].lower()}", size=SIZE
    )


def attributions(reader: Reader, image) -> list[Attribution]:
    """One for each class, for an image (pixels,) of uint8."""
    directions = reader.loss.directions(len(reader.class_names))
    return attribute(reader.network, directions, reader.scaling.apply(image))


def named_attributions(reader: Reader, answer: Answer, found: list[Attribution]) -> list[tuple[str, Attribution]]:
    """Those of its answer, of the runner-up, and of the one rather than the other; a single output has only one."""
    first, second = answer.order[:2]
    names = tuple(map(short, reader.class_names))
    if reader.network.output_shape == (1,):
        return [(names[first], found[first])]
    return [
        (f"{names[first]}, its answer", found[first]),
        (f"{names[second]}, the runner-up", found[second]),
        (f"{names[first]} rather than {names[second]}", found[first] - found[second]),
    ]
