"""The path of missions: which are done, which is next, and where they are remembered."""

from pathlib import Path

import streamlit as st

from dashboard.components.browser_component import component
from dashboard.components.button import button
from dashboard.core import session
from dashboard.core.lab import Lab
from dashboard.learn import panel_view
from dashboard.learn.missions import MISSIONS
from dashboard.learn.progress import Progress, hindrance

_remember = component(Path(__file__).with_name("progress"))
REMEMBERED = "remembered_missions"


def path(lab: Lab):
    """All missions, each with its button."""
    progress = session.own(Progress)
    _remember(key=REMEMBERED, data={"done": sorted(progress.done)}, on_done_change=_take_up)
    following, hindered = progress.next, hindrance(lab)
    for number, (name, mission) in enumerate(MISSIONS.items(), 1):
        with st.container(border=True, key=f"mission_{name}", gap="xxsmall"):
            done = " :green[:material/check: done]" if name in progress.done else ""
            st.markdown(f"**{number}. {mission.title}** :gray[{mission.minutes} minutes]{done}  \n{mission.about}")
            if progress.mission is mission:
                st.caption("Under way: see the panel at the bottom.")
            else:
                kind = "primary" if mission is following and progress.mission is None else "secondary"
                help = "Begins with a new network, where the first step happens. The present run is kept."
                start, help = panel_view.start, hindered or help
                button("Begin", f"begin_{name}", "play_arrow", help, start, mission, type=kind, disabled=bool(hindered))


def standing():
    """How many are done."""
    progress = session.own(Progress)
    hits = f" Predictions that came true: {progress.hits} of {progress.made}." if progress.made else ""
    st.markdown(f"Done: {len(progress.done)} of {len(MISSIONS)}.{hits}", help="This browser remembers what is done.")


def forget():
    """The button that forgets what is done."""
    progress = session.own(Progress)
    help = "Nothing is done then; the network stays as it is."
    button("Forget progress", "forget_progress", "restart_alt", help, progress.forget, disabled=not progress.done)


def _take_up():
    names = session.chosen(REMEMBERED, {}).get("done")
    if isinstance(names, list):
        session.own(Progress).take_up(name for name in names if isinstance(name, str))
