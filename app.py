"""Digit Lab: the page map, the sidebar and the bottom bar that all pages share, and the tick that trains."""

import streamlit as st

from dashboard.components import accessibility, digit_images
from dashboard.core import address, fragments, scheduler, session, streamlit_internals
from dashboard.draw import picture_view
from dashboard.learn import panel_view
from dashboard.shell import alerts_view, controls_view, data_error_view, frame_view, settings_view, time_machine_view
from dashboard.step.walkthrough import Walk
from nnlib.datasets import DatasetError

WITHOUT_SETTINGS = ("Answers", "Data", "Doctor", "Glossary", "Missions", "Results")  # pages that do not depend on them

streamlit_internals.start_at_the_top()
streamlit_internals.read_requests()
streamlit_internals.keep_theme()
frame_view.turn_away()
try:
    lab = session.open_lab()
except DatasetError as error:
    data_error_view.show(error)
# An icon by name would be fetched from the internet.
st.set_page_config(
    "Digit Lab", page_icon=digit_images.digit_icon(lab.digits.train.images[0], lab.digits.image_shape), layout="wide"
)
accessibility.improve(session.theme())
address.follow()  # before the navigation: then a page change is one step in the browser's history, not two
page = st.navigation(
    {
        "": [
            st.Page("pages/train.py", title="Train", default=True),
            st.Page("pages/draw.py", title="Draw"),
            st.Page("pages/data.py", title="Data"),
            st.Page("pages/shapes.py", title="Shapes"),
            st.Page("pages/step.py", title="One step"),
            st.Page("pages/weights.py", title="Weights"),
            st.Page("pages/checks.py", title="Checks"),
            st.Page("pages/mistakes.py", title="Mistakes"),
            st.Page("pages/results.py", title="Results"),
        ],
        "Learn": [  # a menu, on a phone a part of the list
            st.Page("pages/learn.py", title="Missions"),
            st.Page("pages/answers.py", title="Answers"),
            st.Page("pages/bugs.py", title="Bugs"),
            st.Page("pages/doctor.py", title="Doctor"),
            st.Page("pages/glossary.py", title="Glossary"),
        ],
    },
    position="top",
    expanded=True,  # on a phone, where it is a list
)
session.go_to_page_asked_for()
# Optional content gets a permanent container, so that nothing after it shifts.
with st.bottom:  # it grows upwards, so a notice does not move the page
    mission, notice, controls, time_machine = st.container(), st.container(), st.container(), st.container()
with fragments.turn_to_draw():
    frame_view.style()
    with st.sidebar:
        settings_view.settings(lab, folded=page.title in WITHOUT_SETTINGS)
        frame_view.drawer()
        frame_view.ask_before_leaving(lab.trained)
    alerts_view.announce(lab)
    with notice:
        if page.title != "Train":  # which tells it beside its curves
            alerts_view.notice(lab)
    fragments.remember_drawn(lambda: alerts_view.appearance(lab) + panel_view.appearance(lab))
    with mission:
        panel_view.panel(lab, page.title)
    if page.title != "One step":
        session.own(Walk).release()  # what a step holds is let go of on the other pages
    if page.title != "Draw":
        picture_view.forget()
    with st.container():
        alerts_view.address_problems()
        alerts_view.hidden_bug(lab)
    page.run()


@st.fragment(run_every=fragments.redraw_interval())
def bar():
    """The buttons, and the tick that trains, on every page. A click redraws this at once and then the whole page, as
    does anything else that ends a run."""
    clicked = streamlit_internals.by_click()
    with fragments.turn_to_draw():
        show_state = controls_view.controls(lab)
        show_state()
    scheduler.tick(lab, fragments.notice_click, clicked)
    if lab.settle():  # otherwise there is no turn to wait for
        scheduler.finish(lab.trainer.finishing_evaluation(), fragments.notice_click, urgent=True)
    show_state()
    if not fragments.is_as_drawn():
        st.rerun()


with controls:
    bar()
with time_machine:  # last: an animation advances once the whole page is drawn
    time_machine_view.line(lab)
