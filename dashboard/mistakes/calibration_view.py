"""Calibration: whether the confidence of the network is justified, and what rejecting uncertain digits gains."""

import numpy as np
import streamlit as st

from dashboard.components import line_chart, plotly_chart
from dashboard.core.lab import Lab
from dashboard.mistakes import commentary, digit_view, misclassified_view
from dashboard.mistakes.calibration_charts import answered, reliability, wrong_answers
from dashboard.mistakes.review_view import NOT_FINITE, Review
from dashboard.theme import Theme
from nnlib.analysis.calibration import answers, calibration

STEPS = 1_000  # of the slider
REJECTED = 30  # digits shown


def view(of: Review, lab: Lab, theme: Theme):
    """All of it, for one split."""
    if not of.finite:
        st.info(NOT_FINITE)
        return
    confidence, right = of.confidence, of.evaluation.predicted == of.evaluation.labels
    _reliability(of, theme, confidence, right)
    _reject_option(of, lab, theme, confidence, right)


def _reliability(of, theme, confidence, right):
    st.subheader(
        "Calibration",
        help="Is it right as often as it is sure? In this reliability diagram, all digits of which it is 80 to 90 % "
        "sure form one bar; if it is calibrated, 80 to 90 % of them are right. Modern networks are often "
        "overconfident (Guo et al., 2017).",
    )
    if not of.probabilities:
        st.info(
            "Trained with mean squared error, this network outputs scores, not probabilities: there is nothing to "
            "calibrate."
        )
        return
    found = calibration(confidence, right)
    plotly_chart.show(reliability(found, theme), key="reliability", alt="Bars: accuracy by confidence")
    st.caption(
        "Bars below the dashed line: overconfident. The number in a bar counts its digits; the fewer there are, the "
        "longer the thin line, the 95 % interval."
    )
    st.markdown(commentary.about_calibration(found, len(confidence)))


def _reject_option(of, lab, theme, confidence, right):
    st.subheader(
        "Reject option",
        help="What if it answered only when it is sure? The rejected digits go to a person, as in mail sorting.",
    )
    unit, label, what = (
        (100, "Answer only if at least this sure (%)", "confidence threshold (%)")
        if of.probabilities
        else (1, "Answer only if the score is at least", "score threshold")
    )
    at = st.slider(
        label,
        0.0,
        float(unit),
        0.9 * unit if of.probabilities else 0.5,
        step=unit / STEPS,
        format="%.1f" if of.probabilities else "%.3f",
        key=f"sure_enough_{unit}",
        persist_state="session",
        help="Below this, the digit is rejected.",
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
        chart = answered(shown, found, len(right), place, what, theme)
        line_chart.show(chart, key="answered", alt="Share of digits answered, by threshold")
    with beside:
        chart = wrong_answers(shown, found, place, what, theme)
        line_chart.show(chart, key="wrong_answers", alt="Share of answers that are wrong, by threshold")
    st.caption(
        "The dot is the chosen threshold. If the confidence is informative, a higher threshold removes errors much "
        "faster than answers. Drag across a chart to zoom in."
    )
    _rejected(of, lab, theme, confidence, thresholds[place])


def _rejected(of, lab, theme, confidence, threshold):
    order = np.argsort(confidence, kind="stable")
    rejected = order[: np.searchsorted(confidence[order], threshold, side="left")]
    if not len(rejected):
        st.success("No digit is rejected at this threshold.", icon=":material/check:")
        return
    shown = rejected[:REJECTED]
    st.markdown(
        f"**Rejected digits**, least confident first: {len(shown)} of {len(rejected):,}. Click one for details."
    )
    misclassified_view.to_click(of, theme, shown, misclassified_view.captions(of, shown), "refused_gallery")
    digit_view.chosen_among(of, lab, theme, shown)
