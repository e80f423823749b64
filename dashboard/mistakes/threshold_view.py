"""ROC and threshold: two classes, the threshold between them, and its errors on either side."""

import numpy as np
import streamlit as st

from dashboard.components import plotly_chart
from dashboard.core.lab import Lab
from dashboard.mistakes import commentary, digit_view, misclassified_view
from dashboard.mistakes.confusion_matrix import confusion_html
from dashboard.mistakes.review_view import NOT_FINITE, Review
from dashboard.mistakes.roc_charts import precision_recall, roc
from dashboard.notation.plain_text import markdowns
from dashboard.theme import Theme
from nnlib.analysis.roc import thresholds
from nnlib.metrics import confusion_matrix

DEFAULT = 0.5
SHOWN = 15  # digits of each kind


def applies(lab: Lab) -> bool:
    """Whether the network has two classes and outputs a probability."""
    return lab.n_classes == 2 and lab.shown.loss.gives_probabilities


def view(of: Review, lab: Lab, theme: Theme):
    """All of it, for one split."""
    if not of.finite:
        st.info(NOT_FINITE)
        return
    probability, labels, names = of.values[1], of.evaluation.labels, of.digits.class_names
    said = markdowns(names)
    positive = said[1]
    st.subheader(
        "ROC and threshold",
        help="The output is a number between 0 and 1; the threshold that decides is your choice. If misses are "
        "costly, set it low and accept false alarms.",
    )
    at = st.slider(
        f"Call it {positive} if the probability is at least",
        0.0,
        1.0,
        DEFAULT,
        step=0.01,
        key="cutoff",  # shared by the splits: chosen on validation digits, judged on test digits
        persist_state="session",
        help=f"At 0 everything is called {positive}, at 1 almost nothing.",
    )
    found = thresholds(labels, probability)
    called = probability >= found.threshold[found.at(at)]
    st.markdown(commentary.about_threshold(found, at, said))
    st.html(confusion_html(confusion_matrix(labels, called, 2), names, theme)[0])
    left, right = st.columns(2)
    with left:
        st.markdown("**ROC curve**")
        plotly_chart.show(roc(found, at, theme), key="roc", alt="The ROC curve, the chosen threshold marked")
    with right:
        st.markdown("**Precision over recall**")
        figure = precision_recall(found, at, theme)
        plotly_chart.show(figure, key="precision_recall", alt="Precision over recall, the chosen threshold marked")
    st.caption(
        "Each point is a threshold. Best is the top-left corner of the ROC curve, and the top-right corner of "
        "precision over recall."
    )
    st.markdown(commentary.about_areas(found, said))
    _wrong(of, lab, theme, called, probability)


def _wrong(of, lab, theme, called, probability):
    labels, (negative, positive) = of.evaluation.labels, markdowns(of.digits.class_names)
    kinds = (
        ("False positives", f"{negative} called {positive}", called & (labels == 0), -probability),
        ("False negatives", f"{positive} called {negative}", ~called & (labels == 1), probability),
    )
    everything = []
    for column, (kind, meaning, which, order) in zip(st.columns(2), kinds, strict=True):
        with column:
            st.subheader(kind, help="Most confident first. Click one for details.")
            positions = np.flatnonzero(which)
            shown = positions[np.argsort(order[positions], kind="stable")][:SHOWN]
            everything += shown.tolist()
            if not len(shown):
                st.success(f"No {kind.lower()} at this threshold.", icon=":material/check:")
                continue
            st.caption(f"{meaning}: {len(shown)} of {len(positions):,}, with the probability of {positive}.")
            captions = [
                commentary.caption(int(called[i]), int(labels[i]), float(probability[i]), of.digits.class_names)
                for i in shown
            ]
            misclassified_view.to_click(of, theme, shown, captions, kind.replace(" ", "_").lower())
    digit_view.chosen_among(of, lab, theme, everything)
