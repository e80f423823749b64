"""Draw: can it read mine?"""

import streamlit as st

from dashboard.core import computed, fragments, session
from dashboard.draw import answer_view, canvas_view, preparation, stages_view, strokes
from dashboard.draw.preparation import Source

lab, theme = session.lab(), session.theme()

st.title("Can it read mine?")
st.markdown(
    "Draw a digit. It is prepared as the digits of MNIST were, and read at once. Handwriting that looks clear to you "
    "may look unlike anything the network has seen."
)


@fragments.live_with_training
def live():
    """All of it: a stroke redraws no more than this."""
    readers = answer_view.choose(lab)
    left, right = st.columns([2, 3], gap="medium")
    below = st.container()
    with below:
        st.subheader(
            "How the digit is prepared", help="The stages that LeCun and others describe for MNIST, from left to right."
        )
        off = stages_view.choose_off()
    lines, pen = canvas_view.drawing()
    of = (lines, pen, off, lab.digits.image_shape)
    steps = computed.derived("drawn", of, lambda: _steps(*of)) if lines else []
    answers = answer_view.answers(readers, steps)
    with left:
        canvas_view.show(theme, answer_view.summary(readers, answers))
    with right:
        answer_view.show(lab, readers, answers, theme)
    with below:
        if steps:
            stages_view.show(steps, readers, answers, off, theme)
        else:
            st.caption("The stages appear here with the first stroke.")


def _steps(lines, pen, off, image_shape):
    return preparation.steps(Source(strokes.drawn(lines, pen)), image_shape, off)


live()
