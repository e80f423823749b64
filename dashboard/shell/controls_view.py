"""The buttons that train, and the status line."""

import streamlit as st

from dashboard.core.lab import Lab
from dashboard.notation.numbers import percent

NOTICEABLE = 0.5  # seconds: a tooltip tells the duration of anything longer


def controls(lab: Lab):
    """The buttons that train. Each names its goal, so a click that arrives twice does no harm."""
    done = lab.trainer.epochs
    first = "" if lab.cursor is None else "Returns to the present first. "
    with st.container(horizontal=True, key="controls", gap="small"):
        st.button(
            "Run",
            key="run",
            type="primary",
            icon=":material/play_arrow:",
            on_click=lab.run,
            disabled=lab.running and lab.target is None,
            help=f"{first}Train until you press Pause, on whichever page you are. Key: G",
            shortcut="g",
        )
        st.button(
            "Pause",
            key="pause",
            icon=":material/pause:",
            on_click=lab.pause,
            disabled=not lab.running,
            help="Stop after the current mini-batch; Run continues from there. Key: P",
            shortcut="p",
        )
        st.button(
            "Batch",
            key="step_batch",
            icon=":material/skip_next:",
            on_click=lab.step,
            help=f"{first}One training step on one mini-batch. Key: B",
            shortcut="b",
        )
        st.button(
            "Epoch",
            key="step_epoch",
            icon=":material/fast_forward:",
            on_click=lab.run,
            args=(done + 1,),
            help=f"{first}Train to the end of epoch {done + 1}, then pause{_cost(lab, 1)}. Key: E",
            shortcut="e",
        )
        st.button(
            "10 epochs",
            key="run_epochs",
            icon=":material/keyboard_double_arrow_right:",
            on_click=lab.run,
            args=(done + 10,),
            help=f"{first}Train to the end of epoch {done + 10}, then pause{_cost(lab, 10)}.",
        )
        st.button(
            "Reset",
            key="reset",
            icon=":material/restart_alt:",
            on_click=lab.reset,
            help=f"Back to the same initial weights and an empty history{_duration(lab)}.",
        )


def _duration(lab):
    seconds = lab.evaluation_seconds  # a new network is evaluated before it is shown
    return f"; takes about {seconds:.1f} s" if seconds > NOTICEABLE else ""


def _cost(lab, epochs):
    seconds = epochs * (lab.seconds_per_epoch or 0.0)
    return f"; about {seconds:.1f} s of training" if seconds > NOTICEABLE else ""


def state_line(lab: Lab) -> str:
    """The status line: state, epoch, batch, loss, validation accuracy, learning rate."""
    trainer = lab.trainer
    loss = trainer.history.batches.last("loss")
    accuracy = trainer.history.evaluations.last("validation_accuracy")
    goal = f" · until epoch {lab.target}" if lab.target else ""
    state = "running" if lab.running else "stopped" if lab.diverged else "paused" if trainer.steps else "untrained"
    return " · ".join(
        [
            f"**{state}**{goal}",
            f"epoch {trainer.epochs + (trainer.batch > 0)}",
            f"batch {trainer.batch:,} of {trainer.batches:,}",
            "loss –" if loss is None else f"loss {loss:.3f}",
            "validation –" if accuracy is None else f"validation {percent(accuracy)}",
            f"learning rate {trainer.current_learning_rate:.3g}",
        ]
    )
