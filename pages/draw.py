"""Draw: can it read mine?"""

import streamlit as st

from dashboard.components.choice import choice
from dashboard.core import fragments, session
from dashboard.draw import (
    answer_view,
    digit_view,
    layers_view,
    own_digits_view,
    stability_view,
    stages_view,
    why_view,
)

lab, theme = session.lab(), session.theme()

st.title("Can it read mine?")
st.markdown(
    "Draw a digit, or show it a picture of yours. It is prepared as the digits of MNIST were, and read at once. "
    "Handwriting that looks clear to you may look unlike anything the network has seen."
)
STAGES, WHY, LAYERS, STABLE = "Stages", "Why?", "Layers", "How stable?"


@fragments.live_with_training
def live():
    """All of it: a stroke redraws no more than this."""
    with st.container(horizontal=True):
        kind = digit_view.choose_kind()
        readers = answer_view.choose(lab)
    left, right = st.columns([2, 3], gap="medium")
    below = st.container()
    off = stages_view.off()
    with left:
        reading = digit_view.show(kind, lab, readers, off, theme)
    with right:
        answer_view.show(lab, readers, reading.answers, reading.names, theme)
        digit_view.several(reading, readers, theme)
    fragments.send_what_is_drawn()
    with below:
        _details(readers, reading.steps, reading.answers, off)
        st.divider()
        own_digits_view.show(lab, reading.steps[-1].image if reading.steps else None, theme)


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
        stages_view.show(steps, readers, theme)
    elif lab.running and view != LAYERS:
        st.info("Pause to see this: while a network trains, only its answers keep up.")
    else:
        if off:
            st.caption(stages_view.about_left_out(off))
        if view == WHY:
            why_view.show(lab, readers, answers, steps[-1], theme)
        elif view == LAYERS:
            layers_view.show(readers, steps[-1], theme, readable=not lab.moving)
        else:
            stability_view.show(readers, answers, steps[-1], theme)


live()
