"""Mistakes: where is it wrong, and why?"""

import streamlit as st

from dashboard import descriptions, errata, session

lab, theme = session.lab(), session.theme()

st.title("Where is it wrong, and why?")
split = errata.choose_split(lab)


@session.live
def live():
    """What changes while it trains."""
    review = errata.review(lab, split)
    st.markdown(descriptions.about_accuracy(review.confusion, split, untrained=lab.shown.steps == 0))
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader(
            "What is taken for what",
            help="The confusion matrix: each row is a true class, each column a guess. The diagonal counts what is "
            "right; only mistakes are coloured, the more the stronger.",
        )
        errata.confusion(review, theme)
    with right:
        st.subheader("The misread digits", help="Look at them: some are hard for people too, some are not.")
        errata.gallery(review, theme)


live()
review = errata.review(lab, split)
st.subheader(
    "One digit and what the network makes of it",
    help="The outputs of the last layer for this digit. As probabilities they add up to 100 %.",
)
if lab.running:
    st.caption(f"From here on: the network of epoch {lab.shown.position:.2f}. Pause to bring it up to date.")
errata.one_digit(review, lab, theme)
st.subheader("Report per class", help="The counts of the matrix, condensed into one line per class.")
errata.report(review)
