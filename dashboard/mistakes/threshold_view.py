"""The view of the Mistakes page for two classes: the threshold between them, and what it costs on either side."""

import numpy as np
import streamlit as st

from dashboard.core.lab import Lab
from dashboard.mistakes import commentary, digit_view, misclassified_view
from dashboard.mistakes.confusion_matrix import confusion_html
from dashboard.mistakes.review_view import PLAIN, Review
from dashboard.mistakes.roc_charts import precision_recall, roc
from dashboard.theme import Theme
from nnlib.analysis.roc import thresholds
from nnlib.metrics import confusion_matrix

DEFAULT = 0.5
SHOWN = 15  # digits of either kind


def applies(lab: Lab) -> bool:
    """Whether a threshold is all that stands between two classes."""
    return lab.n_classes == 2 and lab.shown.loss.gives_probabilities


def view(of: Review, lab: Lab, theme: Theme):
    """All of it, for one split."""
    probability, labels, names = of.values[1], of.evaluation.labels, of.digits.class_names
    if not np.isfinite(probability).all():
        st.info("Its numbers are not finite any more: the weights have grown without bound.")
        return
    negative, positive = names
    st.subheader(
        f"From which probability on is it a {positive}?",
        help="The network gives a number between 0 and 1. What becomes of it is a choice, and not always the middle: "
        "whoever must not miss one puts the threshold low and lives with false alarms.",
    )
    at = st.slider(
        f"Call it {positive} from this probability on",
        0.0,
        1.0,
        DEFAULT,
        step=0.01,
        key="cutoff",  # one for all splits: chosen by the validation digits, it can be judged by the test digits
        persist_state="session",
        help=f"At 0 everything is called {positive}, at 1 almost nothing.",
    )
    found = thresholds(labels, probability)
    called = probability >= found.threshold[found.at(at)]
    st.markdown(commentary.about_threshold(found, at, names))
    st.html(confusion_html(confusion_matrix(labels, called, 2), names, theme)[0])
    left, right = st.columns(2)
    with left:
        st.markdown("**ROC curve**: what is found against false alarms")
        st.plotly_chart(
            roc(found, at, positive, theme), key="roc", config=PLAIN, alt="The ROC curve, the chosen threshold marked"
        )
    with right:
        st.markdown("**Precision over recall**: how pure against how complete")
        st.plotly_chart(
            precision_recall(found, at, positive, theme),
            key="precision_recall",
            config=PLAIN,
            alt="Precision over recall, the chosen threshold marked",
        )
    st.caption(
        "Every point is a threshold. Best is the corner above: left in the first picture, right in the second. A "
        f"network that tells {negative} and {positive} apart perfectly goes through it."
    )
    st.markdown(commentary.about_areas(found, names))
    _wrong(of, lab, theme, called, probability)


def _wrong(of, lab, theme, called, probability):
    labels, (negative, positive) = of.evaluation.labels, of.digits.class_names
    kinds = (
        ("False positives", f"{negative} called {positive}", called & (labels == 0), -probability),
        ("False negatives", f"{positive} called {negative}", ~called & (labels == 1), probability),
    )
    everything = []
    for column, (kind, meaning, which, order) in zip(st.columns(2), kinds, strict=True):
        with column:
            st.subheader(kind, help=f"{meaning} at this threshold, the surest first. Click one.")
            positions = np.flatnonzero(which)
            shown = positions[np.argsort(order[positions], kind="stable")][:SHOWN]
            everything += shown.tolist()
            if not len(shown):
                st.success(f"No {meaning} at this threshold.", icon=":material/check:")
                continue
            st.caption(f"{meaning}: {len(shown)} of {len(positions):,}, with the probability of {positive}.")
            captions = [
                commentary.caption(int(called[i]), int(labels[i]), float(probability[i]), of.digits.class_names)
                for i in shown
            ]
            misclassified_view.to_click(of, theme, shown, captions, kind.replace(" ", "_").lower())
    digit_view.chosen_among(of, lab, theme, everything)
