"""One step: how does one update happen?"""

import streamlit as st

from dashboard import session, stepnav, stepviews
from dashboard.walk import PACE

lab, theme, walk = session.lab(), session.theme(), session.walk()

st.title("How does one update happen?")
rows = stepnav.source(lab)
step = walk.step(lab, session.digit(), rows)
stepnav.what_is_shown(walk, lab, step)
walk.everything = False


def walking():
    """One phase at a time: a click in it redraws only this."""
    walk.tick(step)
    if walk.everything:  # the step has changed, or the pace
        st.rerun()
    stepnav.navigation(walk)
    if walk.whole:
        stepviews.whole(walk, lab, step, theme)
    else:
        stepviews.phase(walk, lab, step, theme)


session.drawn_anew(walking, PACE if walk.playing else None)()
