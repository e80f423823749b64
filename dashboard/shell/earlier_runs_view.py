"""The way back to the runs before the present one."""

import streamlit as st

from dashboard.components.button import button
from dashboard.core.lab import Lab

HELP = (
    "Makes this earlier run the present one again: its weights, curves, snapshots, branches and settings, paused. The "
    "present run takes its place here. The last three runs are kept."
)


def bring_back(lab: Lab):
    """One line, always there: a button for the newest run before this one, and a list of the older ones."""
    *older, newest = lab.earlier_runs.items() or [("the run before", None)]
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="earlier_runs"):
        _button(lab, *newest)
        if older:
            with st.popover("older", type="tertiary"):
                for each in reversed(older):
                    _button(lab, *each)


def _button(lab, name, run):
    if run is None:
        help = "What starts a new network, or Reset, keeps the run that was trained: it can be brought back here."
        button(f"Bring back {name}", "bring_back", "undo", help, lab.look_at_present, disabled=True, type="tertiary")
        return
    button(f"Bring back {name}", f"bring_back_{run.number}", "undo", HELP, lab.bring_back, run.number, type="tertiary")
