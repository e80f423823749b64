"""One step: how does one update happen?"""

import streamlit as st

from dashboard.components import step_link
from dashboard.core import address, fragments, session
from dashboard.step import navigation_view, phase_view
from dashboard.step.walkthrough import PACE, Walk

lab, theme, walk = session.lab(), session.theme(), session.own(Walk)

st.title("How does one update happen?")
rows = navigation_view.source(lab)
step = walk.step(lab, address.digit(), rows)
walk.go_to(step, session.own(step_link.Wanted).take())
navigation_view.what_is_shown(walk, lab, step)
walk.rerun_page = False


def walking():
    """The phase shown; a click inside it reruns only this fragment."""
    walk.tick(step)
    if walk.rerun_page:  # the step has changed, or the pace
        st.rerun()
    navigation_view.navigation(walk)
    if walk.whole:
        phase_view.whole(walk, lab, step, theme)
    else:
        phase_view.phase(walk, lab, step, theme)


fragments.drawn_anew(walking, PACE if walk.playing else None)()
