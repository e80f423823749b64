"""The way back to the runs before the present one."""

import streamlit as st

from dashboard.components.button import button
from dashboard.core.lab import Lab
from dashboard.notation.plain_text import markdown


def bring_back(lab: Lab):
    """One line, always there: a button for the newest run before this one, and a list of the older ones."""
    *older, newest = lab.earlier_runs.items() or [("the run before", None)]
    with st.container(key="earlier_runs"):
        if not older:
            _button(lab, *newest)
            return
        left, right = st.columns([3, 1], gap="xxsmall", vertical_alignment="center")
        with left:
            _button(lab, *newest)
        with right, st.popover("older", help="The runs before that one.", type="tertiary"):
            for each in reversed(older):
                _button(lab, *each)


def _button(lab, name, run):
    key, number, name = "bring_back", 0, markdown(name)
    help = "Whatever starts a new network, and Reset, keep the run trained so far: it can be brought back here."
    if run is not None:
        key, number = f"bring_back_{run.number}", run.number
        help = (
            f"Makes {name} the present run again: its weights, curves, snapshots, branches and settings, paused. The "
            "present run takes its place here. The last three runs are kept."
        )
    button(f"Bring back {name}", key, "undo", help, lab.bring_back, number, disabled=run is None, type="tertiary")
