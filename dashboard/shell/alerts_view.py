"""What is wrong: with the training, with the button that repairs it, and with the address."""

import streamlit as st

from dashboard.components.button import button
from dashboard.core import fragments, session, training_trouble
from dashboard.core.lab import Lab
from dashboard.notation.dates import epoch
from dashboard.notation.plain_text import markdown
from nnlib.optimizers import OPTIMIZERS


def appearance(lab: Lab) -> tuple:
    """What a whole page depends on besides its own widgets: it is redrawn when this changes. During training the parts
    that move redraw themselves."""
    past = lab.cursor and (id(lab.timeline), lab.cursor.place)
    history = lab.trainer.history
    present = None if lab.running else (id(lab.trainer), lab.trainer.position, history.lengths())
    return lab.running, lab.target, trouble(lab), present, past, fragments.redraw_interval()


def trouble(lab: Lab) -> str | None:
    """The kind of trouble the run is in, or None."""
    if lab.diverged:
        return training_trouble.DIVERGED
    return training_trouble.trouble(lab.trainer.history, lab.recipe, lab.n_classes)


def warning(lab: Lab):
    """Trouble in training: the symptom, its cause, and its repair. For a permanent container beside the curves."""
    kind = trouble(lab)
    if kind is None:
        return
    text = (
        f"{lab.diverged}."
        if lab.diverged
        else training_trouble.about_trouble(kind, lab.trainer.history, lab.recipe, lab.n_classes)
    )
    # Side by side: the tooltip of the button just pressed would cover a repair button directly above it.
    what, repair = st.columns([3, 2], vertical_alignment="center")
    with what:
        st.warning(text[0].upper() + text[1:], icon=":material/warning:")
    with repair:
        _repair(lab, kind)


def notice(lab: Lab):
    """Trouble in training and its repair, in one line."""
    kind = trouble(lab)
    if kind is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="notice"):
        st.markdown(f":orange[:material/warning:] {training_trouble.SHORT[kind]}", width="content")
        _repair(lab, kind)


def hidden_bug(lab: Lab):
    """That there is a bug in the network, in one line."""
    if lab.bug is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="hidden_bug"):
        st.caption(
            ":material/bug_report: A bug is hidden in this network. All numbers are its own; formulas, code and "
            "explanations are those of a network without it.",
            width="content",
        )
        st.page_link("pages/bugs.py", label="Name it, or take it out", width="content")


def address_problems():
    """Settings in the address that could not be used, in one line until it is dismissed."""
    problems = session.problems()
    if problems:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="address_problems"):
            st.caption(f":orange[:material/link_off:] {' '.join(map(markdown, problems))}", width="content")
            help = "Hide this line."
            button("Dismiss", "dismiss_problems", "close", help, session.dismiss_problems, type="tertiary")


def _repair(lab, kind):
    """The button that repairs this kind of trouble, where one does."""
    usual = OPTIMIZERS[lab.recipe.optimizer].default_learning_rate
    if kind == training_trouble.ZERO or (kind == training_trouble.STUCK and usual == lab.recipe.learning_rate):
        return
    if kind == training_trouble.STUCK:
        rate, action, label = usual, lab.start_again, f"Start again, learning rate {usual:g}"
        help = "Restores the initial weights, clears the history and pauses."
    else:
        rate, action = lab.repaired_learning_rate, lab.go_back
        label = f"Back to {_place(lab.trainer)}, learning rate {rate:g}"
        help = "Restores weights and history from before the loss exploded, and pauses."
    button(label, "repair", "healing", help, action, rate)


def _place(trainer):
    state = trainer.last_good
    epochs = state.epochs + state.cursor / trainer.n_examples
    return epoch(epochs) if epochs or state.history[0] else "untrained"


def announce(lab: Lab):
    """Say once that there is a new network."""
    if lab.started_anew:
        st.toast(markdown(lab.started_anew), icon=":material/restart_alt:")
        lab.started_anew = ""
