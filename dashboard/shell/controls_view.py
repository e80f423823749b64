"""The buttons that train, and the state of the training, in one line."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from dashboard.components.button import button
from dashboard.core import pace, setting_widgets, streamlit_internals
from dashboard.core.lab import Lab
from dashboard.notation.dates import newest_evaluation
from dashboard.notation.numbers import percent
from dashboard.shell import alerts_view
from dashboard.shell.timeline_text import place_in_time

NOTICEABLE = 0.5  # seconds: a tooltip tells the duration of anything longer
PRESSED: dict[str, Callable[[Lab], None]] = {
    "pause": Lab.pause,
    "step_batch": Lab.step,
    "step_epoch": lambda lab: lab.run_epochs(1),
    "run_epochs": lambda lab: lab.run_epochs(10),
}


def controls(lab: Lab) -> Callable[[], None]:
    """The buttons that train; returns what shows the present state beside them."""
    _press(lab)
    first = "" if lab.cursor is None else "Returns to the present first. "
    with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall", key="controls"):
        help = f"{first}Train until you press Pause, on whichever page you are."
        on = lab.running and lab.target is None
        button("Run", "run", "play_arrow", help, lab.run, type="primary", disabled=on, shortcut="g")
        help = "Stop after the current mini-batch; Run continues from there."
        button("Pause", "pause", "pause", help, _press, lab, "pause", disabled=not lab.running, shortcut="p")
        help = f"{first}One training step on one mini-batch."
        button("Batch", "step_batch", "skip_next", help, _press, lab, "step_batch", shortcut="b")
        help = f"{first}Train to the end of epoch {lab.next_target(1)}, then pause{_cost(lab, 1)}."
        button("Epoch", "step_epoch", "fast_forward", help, _press, lab, "step_epoch", shortcut="e")
        help = f"{first}Train to the end of epoch {lab.next_target(10)}, then pause{_cost(lab, 10)}."
        icon = "keyboard_double_arrow_right"
        button("10 epochs", "run_epochs", icon, help, _press, lab, "run_epochs")
        help = f"Back to the same initial weights and an empty history{_duration(lab)}."
        button("Reset", "reset", "restart_alt", help, lab.reset)
        _speed(lab)
        with st.container(key="state"):
            return partial(_show_state, st.empty(), lab)


def _press(lab, *key):
    """Do what was pressed, in its order and as often, or what this button does. Without a button: what was pressed
    while a page was being drawn that was left before the buttons stood on it, for which Streamlit calls nothing."""
    requests = streamlit_internals.browser_requests()
    for each in requests.take_presses(PRESSED) if requests.known else key:
        PRESSED[each](lab)


def _speed(lab):
    """The speed of Run, and what it means."""
    help = (
        "Speed of Run: mini-batches per second at most; “max” is as fast as this computer can. "
        f"“{pace.SPEEDS[pace.SLOW_START]}” shows the first {pace.START_STEPS} slowly enough to watch. Epoch and 10 "
        "epochs always run as fast as they can."
    )
    speeds = list(pace.SPEEDS)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
        st.markdown(":material/speed:", help=help, width="content")  # a widget without a label does not show its own
        st.selectbox(
            "Speed",
            speeds,
            speeds.index(lab.pace.speed),
            key=setting_widgets.SPEED_KEY,
            format_func=lambda speed: pace.SPEEDS[speed],
            on_change=setting_widgets.choose_speed,
            help=help,
            label_visibility="collapsed",
            width=145,
        )


def _duration(lab):
    seconds = lab.evaluation_seconds  # a new network is evaluated before it is shown
    return f"; takes about {seconds:.1f} s" if seconds > NOTICEABLE else ""


def _cost(lab, epochs):
    seconds = epochs * (lab.seconds_per_epoch or 0.0)
    return f"; about {seconds:.1f} s of training" if seconds > NOTICEABLE else ""


def _show_state(place, lab):
    """In one line; the tooltip tells the mini-batch and the learning rate."""
    trainer = lab.trainer
    help = f"Mini-batch {trainer.batch:,} of {trainer.batches:,} in this epoch; learning rate "
    place.caption(state_line(lab), help=f"{help}{trainer.current_learning_rate:.3g}.")


def state_line(lab: Lab) -> str:
    """State, position, loss, validation accuracy with its date unless it is of now, and trouble."""
    trainer, history = lab.trainer, lab.trainer.history
    loss, kind = history.batches.last("loss"), alerts_view.trouble(lab)
    state = "running" if lab.running else "stopped" if lab.diverged else "paused" if trainer.steps else "untrained"
    parts = [
        f"**{state}**",
        _position(lab),
        "loss –" if loss is None else f"loss {loss:.3f}" if loss < 100 else f"loss {loss:.3g}",
        _validation(trainer),
        *([f":material/warning: **{kind}**"] if kind else []),
    ]
    return " · ".join(parts)


def _position(lab):
    if lab.running:
        return f"epoch {lab.trainer.position:.2f}" + (f" of {lab.target}" if lab.target else "")
    return place_in_time(lab.trainer) if lab.trainer.steps else "epoch 0"


def _validation(trainer):
    accuracy = trainer.history.evaluations.last("validation_accuracy")
    date = newest_evaluation(trainer)
    return "validation –" if accuracy is None else f"validation {percent(accuracy)}" + (f" ({date})" if date else "")
