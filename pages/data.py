"""Data: what does it learn from?"""

import streamlit as st

from dashboard.core import fragments, session
from dashboard.data import commentary, dataset_view, upload_view
from nnlib.recipes import SYSTEMS

lab, theme = session.lab(), session.theme()
digits = lab.shown.digits

st.title("What does it learn from?")
st.markdown(commentary.about_data(digits))
if digits.n_inputs != lab.digits.n_inputs or digits.class_names != lab.digits.class_names:
    st.info(
        commentary.about_selection(SYSTEMS[lab.recipe.name].label, digits, lab.digits), icon=":material/filter_alt:"
    )


def choose_and_enlarge():
    """The gallery and the chosen digit: a click redraws only these."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.subheader("Training digits", help="The network learns what a 4 looks like from examples like these alone.")
        dataset_view.gallery(lab, theme)
    with right:
        st.subheader("One digit in numbers", help="The network receives an image as a list of numbers, one per pixel.")
        dataset_view.one_digit(lab, theme)


fragments.drawn_anew(choose_and_enlarge, None)()
left, right = st.columns(2, gap="medium")
with left:
    st.subheader(
        "Class balance",
        help="With many more digits of one class than of the others, a network can score well just by favouring it.",
    )
    dataset_view.class_balance(lab, theme)
with right:
    st.subheader("Splits", help="A split is the part of the data used for one purpose. No image is in two splits.")
    dataset_view.splits(lab, theme)
st.subheader(
    "Mean digit of each class",
    help="The average of all training images of a class: what they have in common, and where they differ.",
)
dataset_view.mean_digits(lab, theme)
st.subheader(
    "Pixel values before and after scaling",
    help="Gradient descent works best on small inputs, so brightness is scaled. Most pixels are empty, so the vertical "
    "axis is logarithmic.",
)
dataset_view.brightness_histogram(lab, theme)
st.subheader(
    f"The {dataset_view.CROP} × {dataset_view.CROP} crop",
    help="The binary recipe keeps only the centre of each image: fewer inputs, fewer weights, faster steps.",
)
dataset_view.crop(lab, theme)
st.subheader(
    "Augmentation",
    help="Each time a training digit is used, it is shifted, rotated, resized or bent a little at random, as if there "
    "were more training data.",
)
dataset_view.augmentation(lab, theme)
st.subheader(
    "Other data",
    help="The network knows nothing of digits: it learns letters, clothes or anything else from small grey pictures.",
)
upload_view.view(lab, theme)
dataset_view.provenance(lab.digits)
