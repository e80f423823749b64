"""Which networks read the digit, and their answers side by side."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from dashboard.components.choice import choice
from dashboard.core.lab import Lab
from dashboard.core.reference_network import reference_network
from dashboard.draw import answer, reader
from dashboard.draw.preparation import Step
from dashboard.draw.reader import LIVE, REFERENCE, Answer, Reader
from dashboard.theme import Theme
from nnlib.storage import StorageError

BOTH = "Both"
HELP = "Its output for each class. No class means “none of these”: it names a digit for any picture."


def choose(lab: Lab) -> list[Reader]:
    """The readers that the visitor has chosen: both, unless the reference does not fit the data."""
    readers = {LIVE: reader.live(lab)}
    try:
        readers[REFERENCE] = reader.reference(reference_network(), lab.digits)
    except (FileNotFoundError, StorageError):
        return list(readers.values())
    chosen = choice(
        "Read by",
        [BOTH, *readers],
        "draw_readers",
        "This network is the one you train, at the moment that the time machine shows. The reference is a "
        "convolutional network that comes with Digit Lab, trained.",
        width="content",
    )
    return list(readers.values()) if chosen == BOTH else [readers[chosen]]


def answers(readers: list[Reader], steps: list[Step]) -> list[list[Answer]]:
    """For each reader its answers to the images of the steps."""
    if not steps:
        return [[] for _ in readers]
    images = np.stack([step.image for step in steps])
    return [each.answers(images) for each in readers]


def summary(readers: list[Reader], names: list[list[str]]) -> str:
    """All that each reader answers in a line; "" if there is nothing to read."""
    return " | ".join(f"{each.title}: {' '.join(mine)}" for each, mine in zip(readers, names, strict=True) if mine)


def show(lab: Lab, readers: list[Reader], found: list[Answer], names: list[list[str]], theme: Theme):
    """The answers to the digit, or what the readers wait for; `names` are those to all digits drawn."""
    answers: Sequence[Answer | None] = found or [None] * len(readers)
    for column, each, mine, read in zip(st.columns(len(readers)), readers, answers, names, strict=True):
        with column:
            whole = f": **{' '.join(read)}**" if len(read) > 1 else ""
            st.markdown(f"**{each.title}**, {each.when}{whole}", help=HELP)
            if mine is None:
                st.caption("It answers as soon as there is a digit.")
            elif mine.finite:
                st.html(answer.html(mine, theme))
            else:
                st.info("The outputs of this network are not finite: it has no answer.")
            remark = answer.about(each, "" if lab.running or lab.trainer.steps else " Press **Run**.")
            if remark:
                st.caption(remark)
