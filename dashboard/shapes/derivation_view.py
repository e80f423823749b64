"""Derivations that open step by step, and end with the numbers of the network shown."""

import numpy as np
import streamlit as st

from dashboard.components.button import button
from dashboard.components.choice import choice
from dashboard.core import session
from dashboard.core.lab import Lab
from dashboard.notation.numbers import number
from dashboard.shapes.derivations import DERIVATIONS, applies

DIGITS = 64


class Opened(dict[str, int]):
    """How many steps of each derivation are open."""


def derivation(lab: Lab):
    """One of the derivations, as far as it is open."""
    if lab.moving:
        st.caption("Pause to see the derivations: their numbers change with every training step.")
        return
    train = lab.shown.digits.train.take(min(DIGITS, lab.shown.n_examples))
    step = lab.shown.dry_run(train.images, train.labels)
    if not applies(step) or not np.isfinite(step.value):
        st.caption("The derivations are about a cross-entropy that is finite: this network has none.")
        return
    names = list(DERIVATIONS)
    help = "Each opens step by step and ends with numbers of your network."
    name = choice("Derivation", names, "derivation", help, format_func=lambda name: DERIVATIONS[name].question)
    chosen, opened = DERIVATIONS[name], session.own(Opened)
    shown = opened.get(name, 1)
    st.subheader(chosen.question)
    for text, formula in chosen.steps[:shown]:
        st.markdown(text)
        st.latex(formula)
    if shown < len(chosen.steps):
        help = "Opens the next step of the derivation."
        button("Next step", f"derive_{name}", "expand_more", help, opened.__setitem__, name, shown + 1)
        return
    computed, real, where = chosen.check(step)
    agree = np.isclose(computed, real, rtol=1e-3, atol=1e-6)
    mark = ":green[:material/check:] Checked" if agree else "Not equal"
    st.markdown(
        f"{mark}, in columns, with the network as it stands. {where}: **{number(computed)}**. In the matrix: "
        f"**{number(real)}**."
    )
    button("Close", f"underive_{name}", "expand_less", "Back to the first step.", opened.__setitem__, name, 1)
