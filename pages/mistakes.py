"""Mistakes: where is it wrong, and why?"""

import streamlit as st

from dashboard.components.choice import choice
from dashboard.components.pause_note import pause_note
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
from dashboard.mistakes.confusion_matrix import MANY
from dashboard.mistakes.review_view import Review

lab, theme = session.lab(), session.theme()

st.title("Where is it wrong, and why?")


def confusion_matrix(split: str):
    """The confusion matrix, the misclassified digits, and one digit in detail."""

    @fragments.live
    def live():
        review = review_view.review(lab, split, recent=True)
        if not review.finite:
            st.info(review_view.NOT_FINITE)
            return
        review_view.accuracy(review, lab)
        many = review.digits.n_classes > MANY
        left, right = (st.container(), st.container()) if many else st.columns(2, gap="medium")
        with left:
            st.subheader(
                "Confusion matrix",
                help="Each row is a true class, each column a guess. The diagonal counts correct guesses. Only errors "
                "are coloured: the stronger the colour, the more of them.",
            )
            misclassified_view.confusion(review, theme)
        with right:
            st.subheader("Misclassified digits", help="Some of them are hard for people too.")
            misclassified_view.gallery(review, theme)

    live()
    st.subheader("One digit in detail", help="What the network outputs for it. Probabilities add up to 100 %.")
    review = reviewed(split)
    digit_view.one_digit(review, lab, theme, digit_view.choose(review))


def reviewed(split: str) -> Review:
    """The split as the network reads it now, under a note of its epoch while it trains."""
    review = review_view.review(lab, split)
    pause_note(lab, review.position)
    return review


OF_A_SPLIT = {  # of the validation or the test digits
    "Confusion matrix": confusion_matrix,
    "Calibration": lambda split: calibration_view.view(reviewed(split), lab, theme),
    **(
        {"ROC and threshold": lambda split: threshold_view.view(reviewed(split), lab, theme)}
        if threshold_view.applies(lab)
        else {}
    ),
    "Class report": lambda split: class_report_view.report(reviewed(split), lab),
}
OF_VALIDATION = {
    "Robustness": robustness_view.show,
    "Embedding": embedding_view.show,
    "Forgetting": forgetting_view.show,
}
view = choice(
    "View",
    [*OF_A_SPLIT, *OF_VALIDATION],
    "mistakes_view",
    "Which digits it misreads, whether its confidence is justified, precision and recall per class, how robust it "
    "is, where its layers place the digits, and what it learned late or forgot.",
)
if view in OF_A_SPLIT:
    OF_A_SPLIT[view](review_view.choose_split(lab))
else:
    OF_VALIDATION[view](lab, theme)
