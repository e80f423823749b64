"""Mistakes: where is it wrong, and why?"""

import streamlit as st

from dashboard.core import fragments, session
from dashboard.mistakes import (
    calibration_view,
    class_report_view,
    digit_view,
    embedding_view,
    forgetting_view,
    misclassified_view,
    review_view,
    robustness_view,
    threshold_view,
)

lab, theme = session.lab(), session.theme()

st.title("Where is it wrong, and why?")


def which_digits(split: str):
    """What is taken for what, the misread digits, and one of them in detail."""

    @fragments.live
    def live():
        review = review_view.review(lab, split, recent=True)
        review_view.accuracy(review, lab)
        left, right = st.columns(2, gap="medium")
        with left:
            st.subheader(
                "What is taken for what",
                help="The confusion matrix: each row is a true class, each column a guess. The diagonal counts what is "
                "right; only mistakes are coloured, the more the stronger.",
            )
            misclassified_view.confusion(review, theme)
        with right:
            st.subheader("The misread digits", help="Look at them: some are hard for people too, some are not.")
            misclassified_view.gallery(review, theme)

    live()
    st.subheader(
        "One digit and what the network makes of it",
        help="The outputs of the last layer for this digit. As probabilities they add up to 100 %.",
    )
    review = review_view.review(lab, split)
    review_view.of_when(review, lab)
    digit_view.one_digit(review, lab, theme, digit_view.choose(review))


def how_sure(split: str):
    """What it would refuse if it had to be surer, and whether it is right as often as it is sure."""
    review = review_view.review(lab, split)
    review_view.of_when(review, lab)
    calibration_view.view(review, lab, theme)


def threshold(split: str):
    """Two classes: where the one begins."""
    review = review_view.review(lab, split)
    review_view.of_when(review, lab)
    threshold_view.view(review, lab, theme)


def report(split: str):
    """Precision, recall and F1 of every class."""
    review = review_view.review(lab, split)
    review_view.of_when(review, lab)
    class_report_view.report(review, lab)


def robustness():
    """How long it copes when the digits are disturbed."""
    robustness_view.show(lab, theme)


def map_of_digits():
    """Where each layer puts the digits."""
    embedding_view.show(lab, theme)


def over_time():
    """What was learned late, and what was forgotten again."""
    forgetting_view.show(lab, theme)


READINGS = {  # of the validation or the test digits
    "Which digits": which_digits,
    "How sure": how_sure,
    **({"Threshold": threshold} if threshold_view.applies(lab) else {}),
    "Report per class": report,
}
SIGHTS = {"Robustness": robustness, "Map": map_of_digits, "Over time": over_time}  # of the validation digits alone
view = st.segmented_control(
    "Look at",
    [*READINGS, *SIGHTS],
    default="Which digits",
    required=True,
    key="mistakes_view",
    persist_state="session",
    help="Which digits it misreads; whether it is as sure as it may be; every class in numbers; how much disturbance "
    "it stands; where its layers put the digits; and what was learned late or forgotten again.",
)
if view in READINGS:
    READINGS[view](review_view.choose_split(lab))
else:
    SIGHTS[view]()
