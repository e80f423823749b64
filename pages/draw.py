"""Draw: can it read mine?"""

import streamlit as st

from dashboard.components.choice import choice
from dashboard.core import computed, fragments, session
from dashboard.draw import (
    answer_view,
    canvas_view,
    layers_view,
    own_digits_view,
    picture_view,
    preparation,
    stability_view,
    stages_view,
    strokes,
    why_view,
)
from dashboard.draw.picture_view import CAMERA, FILE
from dashboard.draw.preparation import Source

lab, theme = session.lab(), session.theme()

st.title("Can it read mine?")
st.markdown(
    "Draw a digit, or show it a picture of yours. It is prepared as the digits of MNIST were, and read at once. "
    "Handwriting that looks clear to you may look unlike anything the network has seen."
)
DRAWING = "Drawing"
STAGES, WHY, LAYERS, STABLE = "Stages", "Why?", "Layers", "How stable?"


@fragments.live_with_training
def live():
    """All of it: a stroke redraws no more than this."""
    with st.container(horizontal=True):
        kind = choice("From", [DRAWING, FILE, CAMERA], "draw_from", "Where the digit comes from.", width="content")
        readers = answer_view.choose(lab)
    left, right = st.columns([2, 3], gap="medium")
    below = st.container()
    off = stages_view.off()
    with left:
        steps, answers = _drawing(readers, off) if kind == DRAWING else _picture(kind, readers, off)
    with right:
        answer_view.show(lab, readers, answers, theme)
    with below:
        _details(readers, steps, answers, off)
        st.divider()
        own_digits_view.show(lab, steps[-1].image if steps else None, theme)


def _details(readers, steps, answers, off):
    """What lies behind the answers, in one of four views."""
    view = choice(
        "Behind the answer",
        [STAGES, WHY, LAYERS, STABLE],
        "draw_view",
        "The stages of its preparation, the pixels that spoke for and against, what each layer makes of it, and how "
        "much the digit may change.",
    )
    if view == STAGES:
        stages_view.switches()
    if not steps:
        st.caption("Nothing to see yet: it appears here as soon as there is a digit.")
    elif view == STAGES:
        stages_view.show(steps, readers, answers, theme)
    elif lab.running and view != LAYERS:
        st.info("Pause to see this: while a network trains, only its answers keep up.")
    else:
        if off:
            st.caption(stages_view.about_left_out(off))
        of_digit = [mine[-1] for mine in answers]
        if view == WHY:
            why_view.show(lab, readers, of_digit, steps[-1], theme)
        elif view == LAYERS:
            layers_view.show(readers, steps[-1], theme, readable=not lab.moving)
        else:
            stability_view.show(readers, of_digit, steps[-1], theme)


def _drawing(readers, off):
    """The steps of the digit on the drawing area, and the answers to each."""
    picture_view.forget()
    lines, pen = canvas_view.drawing()
    steps = _steps((lines, pen), lambda: Source(strokes.drawn(lines, pen)), off) if lines else []
    answers = answer_view.answers(readers, steps)
    canvas_view.show(theme, answer_view.summary(readers, answers))
    return steps, answers


def _picture(kind, readers, off):
    """The steps of the digit chosen on a picture, and the answers to each."""
    found = picture_view.found(lab, picture_view.choose_file(kind))
    if not found:
        return [], answer_view.answers(readers, [])
    chosen = picture_view.chosen(found)
    image_shape = lab.digits.image_shape
    whole = computed.derived(
        "read_digits", (found, off), lambda: [preparation.steps(each, image_shape, off)[-1] for each in found.sources]
    )
    names = [[answer.name for answer in mine] for mine in answer_view.answers(readers, whole)]
    picture_view.show(found, readers, names, theme)
    steps = _steps((found, chosen), lambda: found.sources[chosen], off)
    return steps, answer_view.answers(readers, steps)


def _steps(of, source, off):
    image_shape = lab.digits.image_shape
    return computed.derived(
        "prepared_digit", (of, off, image_shape), lambda: preparation.steps(source(), image_shape, off)
    )


live()
