"""What a visitor is told when something went wrong, and the button that mends it."""

import re

import streamlit as st

from dashboard.core import fragments, session, training_trouble
from dashboard.core.lab import Lab
from nnlib.optimizers import OPTIMIZERS


def appearance(lab: Lab) -> tuple:
    """What the whole page depends on beside its own widgets: when this changes it is drawn anew. While training, the
    parts that move draw themselves."""
    past = lab.cursor and (id(lab.timeline), lab.cursor.place)
    history = lab.trainer.history
    moment = None if lab.running else (id(lab.trainer), lab.trainer.position, history.lengths())
    return lab.running, lab.target, trouble(lab), moment, past, fragments.redraw_interval()


def trouble(lab: Lab) -> str | None:
    """Which kind of trouble the run is in, or None; while it stays the same kind, the page stays as it is."""
    if lab.diverged:
        return training_trouble.DIVERGED
    return training_trouble.trouble(lab.trainer.history, lab.recipe, lab.n_classes)


def warnings(lab: Lab):
    """What the visitor must know: an address that made no sense, a loss that exploded and how to mend it."""
    for problem in session.problems():
        st.warning(_plain(problem), icon=":material/link_off:")
    kind = trouble(lab)
    if kind is None:
        return
    text = (
        str(lab.diverged) if lab.diverged else training_trouble.about_trouble(kind, lab.trainer.history, lab.n_classes)
    )
    # Side by side: the button just pressed keeps its help open, which would lie over a repair directly above it.
    what, repair = st.columns([3, 2])
    with what:
        st.warning(text[0].upper() + text[1:], icon=":material/warning:")
    with repair:
        _repair(lab, kind)


def _repair(lab, kind):
    """The button that mends this kind of trouble, where one does."""
    usual = OPTIMIZERS[lab.recipe.optimizer].default_learning_rate
    if kind == training_trouble.ZERO or (kind == training_trouble.STUCK and usual == lab.recipe.learning_rate):
        return
    if kind == training_trouble.STUCK:
        rate, action, label = usual, lab.start_again, f"Start again, learning rate {usual:g}"
        help = "Puts back the initial weights and begins a new history, paused, so that Run goes on from there."
    else:
        rate, action = lab.repaired_learning_rate, lab.go_back
        label = f"Back to {_place(lab.trainer)}, learning rate {rate:g}"
        help = "Puts back weights and history to where the loss was still sound, paused, so that Run goes on."
    st.button(label, key="repair", icon=":material/healing:", on_click=action, args=(rate,), help=help)


def _plain(text):
    """Somebody's text as Markdown that shows it as it is: no pictures fetched from elsewhere, no links."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def _place(trainer):
    state = trainer.last_good
    epochs = state.epochs + state.cursor / trainer.n_examples
    return f"epoch {epochs:.1f}" if epochs else "untrained"


def announce(lab: Lab):
    """Say once that a new network has been made."""
    if lab.started_anew:
        st.toast(lab.started_anew, icon=":material/restart_alt:")
        lab.started_anew = ""
