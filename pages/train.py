"""Train: is it learning?"""

import streamlit as st

from dashboard.components import line_chart
from dashboard.core import fragments, session
from dashboard.shell import time_machine_view
from dashboard.train import commentary, learning_curves, live_view

EXPLORING = "Point at the curves to read their values, drag across them to zoom in, double-click to see all again."

lab, theme = session.lab(), session.theme()
n_classes = lab.n_classes

st.title("Is it learning?")
st.markdown(
    f"A network of {lab.architecture} units learns to read digits; its first weights are random. Press **Run** below "
    "and watch the loss fall, the noise turn into strokes, and the wrong guesses disappear."
)


@fragments.live_with_training
def live():
    """Everything that moves while it trains. The curves are those of the whole run, the rest is of what is shown."""
    live_view.metrics(lab)
    smoothing, log = live_view.chart_switches()
    history = lab.trainer.history
    look = {"smoothing": smoothing, "log": log, **time_machine_view.marks(lab)}
    loss, accuracy = st.columns(2)
    with loss:
        st.subheader(
            "Loss",
            help="How wrong the network is, as one number: the mean of −log of the probability it gave to "
            f"the true digit. Lower is better. {EXPLORING}",
        )
        line_chart.show(
            learning_curves.loss_curves(history, theme, n_classes, **look),
            key="loss",
            alt="Curves of the loss over the epochs",
        )
        st.caption(commentary.about_loss(history, n_classes))
    with accuracy:
        st.subheader(
            "Accuracy",
            help=f"The share of digits read correctly. Validation digits are never trained on. {EXPLORING}",
        )
        line_chart.show(
            learning_curves.accuracy_curves(history, theme, n_classes, **look),
            key="accuracy",
            alt="Curves of the accuracy over the epochs",
        )
        st.caption(commentary.about_accuracy(history, len(lab.shown.digits.validation), n_classes))
    weights, mistakes = st.columns(2)
    with weights:
        st.subheader(
            "What the first units look for", help="The incoming weights of the first layer's units, one picture each."
        )
        live_view.first_layer(lab, theme)
    with mistakes:
        st.subheader("What it gets wrong now", help="Validation digits with the guess and, after the arrow, the truth.")
        live_view.mistakes(lab, theme)


live()
