"""A hidden bug in the visitor's network, to be found with the instruments of all pages."""

import numpy as np
import streamlit as st

from dashboard.bugs.bug_text import LEVELS, line_text
from dashboard.bugs.experiment_view import explain
from dashboard.bugs.hunt import Hunt
from dashboard.components.button import button
from dashboard.core import session
from dashboard.core.lab import Lab
from nnlib.bugs.catalogue import BUGS

new_generator = np.random.default_rng  # of chance: each visitor gets another bug


def show(lab: Lab):
    """The hunt: begin, name the line, be told."""
    hunt = session.own(Hunt)
    _score(hunt)
    if lab.bug is None or lab.bug is not hunt.bug:
        st.markdown(
            "A new network, 784-128-10, takes the place of yours, with one wrong line in its code. Train it and look "
            "at it on any page; then come back and say which line it is. A trained network of yours is kept, and can "
            "be brought back in the settings."
        )
        help = "Starts a new network with a bug in it. Another bug in the present one is taken out."
        button("Hide a bug", "hide_bug", "bug_report", help, _hide, lab, hunt, type="primary")
        if hunt.answer is not None and hunt.bug:
            explain(hunt.bug)
        return
    if hunt.answer is None:
        _ask(hunt)
    else:
        _tell(hunt)
        help = f"The next one is {LEVELS[hunt.level]}."
        button("Hide another bug", "hide_bug", "bug_report", help, _hide, lab, hunt, type="primary")
    help = "Starts a sound network with the settings from before. The one with the bug is not kept."
    button("Take the bug out", "take_bug_out", "healing", help, lab.take_bug_out)


def _score(hunt):
    told = f"Found: {hunt.found} of {hunt.asked}. " if hunt.asked else ""
    st.caption(f"{told}Level: {LEVELS[hunt.level]}.")


def _hide(lab, hunt):
    lab.hide(hunt.begin(new_generator()))


def _ask(hunt):
    st.markdown(
        "A bug is in your network. **Train** shows its curves, **Checks** its health, **One step** its matrices and a "
        "gradient check, **Weights** its units, **Mistakes** its answers."
    )
    chosen = st.radio(
        "Which of these lines is in it?",
        hunt.choices,
        None,
        format_func=lambda name: line_text(BUGS[name]),
        key=f"hunt_{hunt.asked}_{len(hunt.before)}",
        persist_state="session",
        help="Each of them is wrong, but only one is in your network.",
    )
    help = "The first answer counts." if chosen else "First choose a line."
    button("This line", "answer_bug", "check", help, hunt.take, chosen or "", disabled=chosen is None)


def _tell(hunt):
    bug = BUGS[hunt.name]
    if hunt.right:
        st.success(f"Found. **{bug.title}.**")
    else:
        st.error(f"No. **{bug.title}.** You chose {line_text(BUGS[hunt.answer])}.")
    explain(bug)
