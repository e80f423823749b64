"""Learning from other data: upload a data set, look at it, use it, and go back."""

import streamlit as st

from dashboard.components import digit_images
from dashboard.components.button import button
from dashboard.core import session, setting_widgets
from dashboard.core.all_digits import all_digits
from dashboard.core.lab import Lab
from dashboard.data import upload
from dashboard.data.upload import Upload
from dashboard.notation.plain_text import markdown, short
from dashboard.theme import Theme
from nnlib.datasets import Digits, Split

_FILE = "upload_file_{}"
_NUMBER = "upload_number"
_TRANSPOSED, _INVERTED = "upload_transposed", "upload_inverted"
SHOWN = 20
SIZE = 56  # screen pixels


def view(lab: Lab, theme: Theme):
    """All of it."""
    ours, kept = all_digits(), session.own(Upload)
    if lab.digits is not ours:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"The network learns from **{markdown(lab.digits.name)}**, uploaded for this session only: reloading "
                "the page forgets it.",
                width="content",
            )
            help = f"Starts a new network on {markdown(ours.name)}.{_what_happens(lab)}"
            button(f"Back to {markdown(short(ours.name))}", "data_back", "undo", help, setting_widgets.use_data, ours)
    number = session.chosen(_NUMBER, 0)
    file = st.file_uploader(
        "Upload a data set",
        upload.ENDINGS,
        key=_FILE.format(number),
        width=520,
        help=upload.about_limits(),
    )
    slot = st.container()
    if file is not None:
        with slot:
            bar = st.progress(0.0, "Reading the pictures …")
            kept.read(file, file.name, lambda share: bar.progress(min(share, 1.0), "Reading the pictures …"))
        session.choose(_NUMBER, number + 1)  # a new widget: the file is let go of
        st.rerun()
    with slot:
        if kept.problem:
            st.warning(f"Nothing has changed: {markdown(kept.problem)}.", icon=":material/warning:")
        if kept.digits is not None:
            _candidate(lab, kept, kept.digits, theme)


def _candidate(lab: Lab, kept: Upload, digits: Digits, theme: Theme):
    st.markdown(f"**{markdown(digits.name)}**: {upload.about(digits)}")
    with st.container(horizontal=True):
        help = "Exchanges rows and columns. The files of EMNIST need this: their letters lie on their side."
        kept.transposed = st.toggle("Transpose", key=_TRANSPOSED, help=help)
        help = "Exchanges dark and light. The network expects light ink on a dark ground, 0 being empty."
        kept.inverted = st.toggle("Invert", key=_INVERTED, help=help)
    st.html(_preview(kept, digits, theme))
    with st.container(horizontal=True):
        help = f"Starts a new network on these data.{_what_happens(lab)}"
        button("Learn from these", "data_use", "model_training", help, _use, lab, kept, type="primary")
        button("Discard", "data_discard", "close", "Forgets the uploaded file.", kept.discard)
    st.caption(f"Learning from these starts a new network.{_what_happens(lab)}")


def _preview(kept, digits, theme):
    """The first training pictures as the network would receive them; they are of different classes."""
    few: Split = digits.train.take(min(SHOWN, len(digits.train)))
    shown = kept.changed(Digits(few, few, few, digits.image_shape, digits.class_names, ""))
    names = [digits.class_names[label] for label in few.labels]
    return digit_images.digit_figures(shown.train.images, shown.image_shape, names, theme, size=SIZE)


def _what_happens(lab):
    return " The present training is kept: bring it back in the settings." if lab.trainer.steps else ""


def _use(lab, kept):
    before = lab.digits
    if kept.digits is not None:  # the click may arrive twice
        setting_widgets.use_data(kept.changed(kept.digits))
        if lab.digits is not before:
            kept.discard()
