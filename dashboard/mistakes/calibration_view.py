"""The view of the Mistakes page on certainty: whether it is right as often as it is sure, and what it would refuse to
answer if it had to be surer.
"""

import numpy as np
import streamlit as st

from dashboard.components import line_chart
from dashboard.core.lab import Lab
from dashboard.mistakes import commentary, digit_view, misclassified_view
from dashboard.mistakes.calibration_charts import answered, reliability, wrong_answers
from dashboard.mistakes.review_view import PLAIN, Review
from dashboard.theme import Theme
from nnlib.analysis.calibration import answers, calibration

STEPS = 1_000  # of the slider
REFUSED = 30  # digits shown


def view(of: Review, lab: Lab, theme: Theme):
    """All of it, for one split."""
    if not np.isfinite(of.values).all():
        st.info("Its numbers are not finite any more: the weights have grown without bound.")
        return
    confidence, right = of.confidence, of.evaluation.predicted == of.evaluation.labels
    _calibrated(of, theme, confidence, right)
    _silence(of, lab, theme, confidence, right)


def _calibrated(of, theme, confidence, right):
    st.subheader(
        "Is it right as often as it is sure?",
        help="The reliability diagram: all digits of which it is 80 to 90 % sure make one bar, and if it knows itself, "
        "80 to 90 % of those are read right. Networks are often surer than they are right (Guo et al., 2017).",
    )
    if not of.probabilities:
        st.info(
            "The loss of this network, mean squared error, gives scores and no probabilities. A score of 0.8 promises "
            "nothing, so there is nothing to compare with."
        )
        return
    found = calibration(confidence, right)
    st.plotly_chart(
        reliability(found, theme),
        key="reliability",
        config=PLAIN,
        alt="Bars: how many are right, by how sure the network is",
    )
    st.caption(
        "Bars below the dashed line: surer than right. The number in a bar counts its digits; where they are few, the "
        "thin line, the 95 % interval, is long, and the bar says little."
    )
    st.markdown(commentary.about_calibration(found, len(confidence)))


def _silence(of, lab, theme, confidence, right):
    st.subheader(
        "What if it only answered when it is sure?",
        help="A reader that may say “I do not know” makes fewer mistakes: whoever sorts letters hands these to a "
        "person. Choose how sure it has to be.",
    )
    unit, what = (100, "probability of the guess (%)") if of.probabilities else (1, "score of the guess")
    at = st.slider(
        f"Answer from this {what} on",
        0.0,
        float(unit),
        0.9 * unit if of.probabilities else 0.5,
        step=unit / STEPS,
        format="%.1f" if of.probabilities else "%.3f",
        key=f"sure_enough_{unit}",
        persist_state="session",
        help="Below it, the network refuses to answer.",
    )
    thresholds = np.linspace(0, 1, STEPS + 1)
    place = round(at / unit * STEPS)
    found = answers(confidence, right, thresholds)
    st.markdown(
        commentary.about_answers(int(found.answered[place]), int(found.right[place]), len(right), int(right.sum()))
    )
    left, beside = st.columns(2)
    shown = unit * thresholds
    with left:
        line_chart.show(
            answered(shown, found, len(right), place, what, theme),
            key="answered",
            alt="A falling curve: how many digits are answered at each threshold",
        )
    with beside:
        line_chart.show(
            wrong_answers(shown, found, place, what, theme),
            key="wrong_answers",
            alt="A curve: how many of the answers are wrong at each threshold",
        )
    st.caption(
        "The dot is the chosen threshold. To the right it answers less (left) and errs less (right): a network that "
        "knows when it is wrong loses its mistakes much faster than its answers. Drag over a part to enlarge it."
    )
    _refused(of, lab, theme, confidence, thresholds[place])


def _refused(of, lab, theme, confidence, threshold):
    order = np.argsort(confidence, kind="stable")
    refused = order[: np.searchsorted(confidence[order], threshold, side="left")]
    if not len(refused):
        st.success("It refuses nothing at this threshold.", icon=":material/check:")
        return
    shown = refused[:REFUSED]
    st.markdown(f"**What it would refuse**, the least sure first: {len(shown)} of {len(refused):,}. Click one.")
    misclassified_view.to_click(of, theme, shown, misclassified_view.captions(of, shown), "refused_gallery")
    digit_view.chosen_among(of, lab, theme, shown)
