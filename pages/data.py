"""Data: what does it learn from?"""

import streamlit as st

from dashboard.core import fragments, session
from dashboard.data import commentary, dataset_view

lab, theme = session.lab(), session.theme()
digits = lab.shown.digits

st.title("What does it learn from?")
st.markdown(commentary.about_data(digits))
if digits.n_inputs != lab.digits.n_inputs or digits.class_names != lab.digits.class_names:
    st.info(commentary.about_selection(lab.recipe.name, digits, lab.digits), icon=":material/filter_alt:")


def choose_and_enlarge():
    """A click in the gallery redraws these two alone."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.subheader("Digits of each class", help="Nobody tells the network what makes a 4: it only sees examples.")
        dataset_view.gallery(lab, theme)
    with right:
        st.subheader(
            "One digit, number by number", help="What the network is given is a list of numbers, one per pixel."
        )
        dataset_view.one_digit(lab, theme)


fragments.drawn_anew(choose_and_enlarge, None)()
left, right = st.columns(2, gap="medium")
with left:
    st.subheader(
        "How many of each class?",
        help="With many more digits of one class than of the others, a network looks good by preferring that one.",
    )
    dataset_view.class_balance(lab, theme)
with right:
    st.subheader(
        "Who is used for what?", help="A split is a part of the data with one purpose. No image is in two splits."
    )
    dataset_view.splits(lab, theme)
st.subheader(
    "The mean digit of each class",
    help="All training images of a class laid over each other: what they have in common, and where they differ.",
)
dataset_view.mean_digits(lab, theme)
st.subheader(
    "Pixels before and after scaling",
    help="Scaling turns brightness into small numbers, on which gradient descent takes sensible steps. The vertical "
    "axis is logarithmic, each gridline ten times the one below, because most pixels are empty.",
)
dataset_view.brightness_histogram(lab, theme)
st.subheader(
    f"The {dataset_view.CROP} × {dataset_view.CROP} crop",
    help="The recipe for zeros and ones keeps the middle of each picture: fewer inputs, fewer weights, faster steps.",
)
dataset_view.crop(lab, theme)
st.subheader(
    "Moved a little: augmentation",
    help="More digits out of those there are: each is shifted, turned, resized or bent a little, anew whenever it is "
    "used.",
)
dataset_view.augmentation(lab, theme)
dataset_view.provenance(lab.digits)
