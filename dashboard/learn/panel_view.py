"""The mission under way, in view on every page: the question, then what to do, then what happened."""

import streamlit as st

from dashboard.components.button import button
from dashboard.core import session, setting_widgets
from dashboard.core.lab import Lab
from dashboard.learn.mission import Mission
from dashboard.learn.progress import Progress, hindrance
from dashboard.notation.dates import epoch
from dashboard.notation.page_names import page_name

FILE = "pages/{}.py"


def start(mission: Mission):
    """After a click: begin a mission where its first step happens."""
    session.own(Progress).start(mission)
    _set_up()


def appearance(lab: Lab) -> tuple:
    """What the panel depends on; measured where a prediction waits for it."""
    progress = session.own(Progress)
    progress.notice(lab)
    return progress.place, progress.predicted, progress.happened


def panel(lab: Lab, page: str):
    """The panel on the page with this title; nothing without a mission."""
    progress = session.own(Progress)
    mission, step = progress.mission, progress.step
    if mission is None or step is None:
        return
    with st.container(key="mission", gap="xxsmall"):
        _heading(progress, mission)
        if progress.folded:
            return
        if progress.predicted is None:
            st.markdown(step.question)
            with st.container(horizontal=True, gap="xsmall"):
                for number, choice in enumerate(step.choices):
                    help, predict = "Your prediction. What to do is told after it.", progress.predict
                    button(choice, f"predict_{number}", "psychology", help, predict, progress.place, number)
        elif progress.happened is None:
            st.markdown(f"{hindrance(lab) or step.task} :gray[You predict: {step.choices[progress.predicted]}.]")
            _way(step, page)
        else:
            _outcome(progress, step)


def _heading(progress, mission):
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="mission_heading"):
        st.markdown(
            f"**{mission.title}** :gray[step {progress.number + 1} of {len(mission.steps)}]",
            help="Predict, do, compare. What you predict is asked before you see what to do.",
        )
        if progress.folded:
            button("Unfold", "mission_unfold", "expand_less", "Show the step.", _fold, False, type="tertiary")
        else:
            button("Fold", "mission_fold", "expand_more", "Show this line only.", _fold, True, type="tertiary")
        help = "Leave the mission; the network stays as it is. Begin it again on Missions."
        button("Leave", "mission_leave", "close", help, progress.leave, type="tertiary")


def _fold(folded):
    session.own(Progress).folded = folded


def _way(step, page):
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        name = page_name(step.page)
        if page != name:
            st.page_link(FILE.format(step.page), label=f"Go to {name}", icon=":material/arrow_forward:")
        if step.settings is not None:
            help = "A new network with the settings this step begins with. The present run is kept."
            button("Set up again", "mission_again", "restart_alt", help, _set_up, type="tertiary")


def _outcome(progress, step):
    right = progress.happened == progress.predicted
    mark = ":green[:material/check:]" if right else ":orange[:material/close:]"
    st.markdown(
        f"{mark} You predicted: **{step.choices[progress.predicted]}**. What happened, at {epoch(progress.position)}: "
        f"**{step.choices[progress.happened]}**.  \n{progress.explanation()}"
    )
    label = "Finish" if progress.is_last else "Next"
    button(label, "mission_next", "arrow_forward", "On with the mission.", _go_on, progress.place, type="primary")


def _go_on(place):
    progress = session.own(Progress)
    progress.go_on(place)
    if progress.mission is None:
        st.toast("Mission done.", icon=":material/check:")
        session.lead_to(FILE.format("learn"))
    elif progress.step and progress.step.settings is not None:
        _set_up()


def _set_up():
    """A new network with the settings of the step, on its page."""
    progress = session.own(Progress)
    step = progress.step
    if step is None:
        return
    if step.recipe is not None:
        setting_widgets.begin(step.recipe)
    session.lead_to(FILE.format(step.page))
