"""Train: is it learning?"""

import streamlit as st

from dashboard.components import line_chart
from dashboard.core import fragments, session
from dashboard.shell import alerts_view, time_machine_view
from dashboard.train import commentary, learning_curves, live_view, network_graph_view
from dashboard.train.architecture_text import about_architecture

EXPLORING = "Point at the curves to read values, drag to zoom in, double-click to zoom out."

lab, theme = session.lab(), session.theme()
n_classes = lab.n_classes

st.title("Digit Lab: is it learning?")
invitation = " Press **Run**." if lab.trainer.position == 0 and not lab.running else ""
st.markdown(
    "Watch a neural network learn to read digits: layers of units, each adding up its inputs × weights."
    f"{invitation}  \n"
    f"**{lab.architecture}** means {about_architecture(lab.shown.network, lab.shown.digits)}."
)


@fragments.live_with_training
def live():
    """Everything that changes during training. The curves show the whole run, the rest the network on display."""
    with st.container():
        alerts_view.warning(lab)
    network_graph_view.show(lab, theme)
    live_view.metrics(lab)
    smoothing, log = live_view.chart_switches()
    history = lab.trainer.history
    look = {"smoothing": smoothing, "log": log, **time_machine_view.marks(lab)}
    loss, accuracy, pictures = st.columns([5, 5, 4])
    with loss:
        st.subheader(
            "Loss",
            help="How wrong the network is, as one number: the mean of −ln of the probability it gives to the true "
            f"class. Lower is better. {EXPLORING}",
        )
        line_chart.show(
            learning_curves.loss_curves(history, theme, n_classes, **look),
            key="loss",
            alt="Loss by epoch",
        )
        st.caption(commentary.about_loss(history, n_classes))
    with accuracy:
        st.subheader(
            "Accuracy",
            help=f"The share of digits read correctly. The network is never trained on the validation digits. "
            f"{EXPLORING}",
        )
        line_chart.show(
            learning_curves.accuracy_curves(history, theme, n_classes, **look),
            key="accuracy",
            alt="Accuracy by epoch",
        )
        st.caption(commentary.about_accuracy(history, len(lab.shown.digits.validation), n_classes))
    with pictures:
        st.subheader("Current mistakes", help="Misread validation digits: the guess → the true class.")
        live_view.mistakes(lab, theme)
        st.subheader(
            "Weights of the first layer",
            help="One picture per unit, one pixel per incoming weight: the pattern this unit responds to.",
        )
        live_view.first_layer(lab, theme)


live()
