"""The parts of the Data page: a gallery to choose from, one digit in numbers, charts of the whole data set, the crop.

What takes time is computed once per process: the statistics belong to the data, not to a visitor.
"""

from html import escape

import numpy as np
import streamlit as st

from dashboard.charts import CONFIG
from dashboard.charts.digit_heatmap import enlarged
from dashboard.components import clickable, digit_images, prediction_text, step_link
from dashboard.core import session, setting_widgets
from dashboard.core.lab import Lab
from dashboard.data import class_balance_chart, commentary, crop_images, pixel_histogram, statistics
from dashboard.data.statistics import SPLITS, Statistics
from dashboard.theme import Theme
from nnlib.augmentation import Augmentation
from nnlib.datasets import Digits

SAMPLE = "sample"  # the key of the number of the random sample that is shown
CROP = 20  # pixels: what the binary recipe sees
ALL = "all"
COUNTS = [5, 10, 20, 40]
DIGIT_SIZE = 40  # pixels of the screen
WORST = 3  # digits shown that lose most to the crop
MOVED = 15  # copies of one digit
USUAL = Augmentation(shift=2, rotation=12.0, zoom=0.1)  # what keeps every digit readable
ROLES = {
    "training": "It **learns** from these. An epoch visits each once, in a new order. Only they change the weights.",
    "validation": "Held back to **watch and choose**: does it also read digits it has never practised on? You choose "
    "settings by them; they never change a weight.",
    "test": "For the **final word**, once all is chosen. Whoever picks settings by the test digits has made them "
    "validation digits.",
}

TEST_FILE = {
    True: "The test digits are a file of their own, by other writers.",
    False: "The test digits are a file of their own.",
}


def measured(lab: Lab) -> Statistics:
    """The statistics of what the present recipe trains on."""
    digits = lab.shown.digits
    return _measured(digits.name, lab.recipe.data, len(digits.train), digits)


@st.cache_resource(max_entries=16, show_spinner="Counting pixels …")
def _measured(name, data, training_size, _digits):
    return statistics.measure(_digits)


@st.cache_resource(max_entries=2, show_spinner=False)
def _crop_loss(name, size, _digits):
    return statistics.crop_loss(_digits.train, _digits.image_shape, size)


def _key(name, digits):
    """A widget key for this data set only: a choice among 10 classes or 55,000 images makes no sense among others."""
    return f"{name}_{digits.n_classes}_{len(digits.train)}"


def gallery(lab: Lab, theme: Theme):
    """Training digits of each class, a random sample; a click chooses the one that `one_digit` shows."""
    digits = lab.shown.digits
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown = st.pills(
            "Class",
            [ALL, *range(digits.n_classes)],
            format_func=lambda k: ALL if k == ALL else digits.class_names[k],
            default=ALL,
            required=True,
            key=_key("data_class", digits),
            persist_state="session",
            wrap=True,
            help="Digits of all classes, or of one only.",
        )
        count = st.select_slider(
            "Of each class",
            COUNTS,
            value=10,
            key="data_count",
            persist_state="session",
            width=150,
            help="How many digits of each class to show.",
        )
        st.button(
            "Other digits",
            icon=":material/casino:",
            key="other_digits",
            on_click=session.choose,
            args=(SAMPLE, session.chosen(SAMPLE, 0) + 1),
            help="Draws another random sample of the training digits.",
        )
    classes = range(digits.n_classes) if shown == ALL else [shown]
    rows = [(k, _sample(digits, k, count)) for k in classes]
    key = _key("data_digit", digits)
    html = "".join(_row(digits, k, positions, theme) for k, positions in rows)
    numbers = [int(position) + 1 for _, positions in rows for position in positions]
    clickable.show(html, numbers, lambda number: session.choose(key, number), "data_gallery", session.chosen(key, 1))


def _sample(digits, k, count):
    positions = np.flatnonzero(digits.train.labels == k)
    return np.random.default_rng([session.chosen(SAMPLE, 0), k]).permutation(positions)[:count]


def _row(digits, k, positions, theme):
    name = digits.class_names[k]
    captions = [""] * len(positions)
    figures = digit_images.digit_figures(
        digits.train.images[positions],
        digits.image_shape,
        captions,
        theme,
        size=DIGIT_SIZE,
        in_a_row=COUNTS[1],
        alts=[name] * len(positions),
    )
    width = min(max(map(len, digits.class_names)), 9) + 1
    label = f'<b style="flex:none;width:{width}ch">{escape(name)}</b>'
    return f'<div style="display:flex;margin-bottom:8px">{label}<div style="flex:1">{figures}</div></div>'


def one_digit(lab: Lab, theme: Theme):
    """One training digit, large, every pixel with its number."""
    digits = lab.shown.digits
    number = st.number_input(
        "Training digit no.",
        1,
        len(digits.train),
        key=_key("data_digit", digits),
        persist_state="session",
        width=220,
        help="Its place among the training digits, counted from 1. Or click a digit of the gallery.",
    )
    image, label = digits.train.images[number - 1], digits.train.labels[number - 1]
    inputs = lab.shown.scaling.apply(image)
    st.plotly_chart(
        enlarged(image, digits.image_shape, theme, inputs=inputs),
        key="data_enlarged",
        config={"displayModeBar": False},
        alt=f"Training digit {number} enlarged",
    )
    st.caption(
        f"Point at a pixel to see its number: empty paper is 0, full ink 255. This is a "
        f"**{digits.class_names[label]}**, number {digits.train.source_index[number - 1] + 1:,} of the published file. "
        f"{np.count_nonzero(image)} of its {len(image)} pixels hold ink. To the network it is one column of "
        f"{len(image)} numbers, {inputs.min():.3g} to {inputs.max():.3g}: it does not know which are neighbours."
    )
    step_link.to_digit("train", number)


def class_balance(lab: Lab, theme: Theme):
    """How many digits of each class, in each split."""
    names, measures = lab.shown.digits.class_names, measured(lab)
    unit = st.segmented_control(
        "Unit",
        ["digits", "% of the split"],
        default="digits",
        required=True,
        key="balance_unit",
        persist_state="session",
        label_visibility="collapsed",
        help="Counts show how large the splits are; shares show whether they are alike.",
    )
    st.plotly_chart(
        class_balance_chart.class_balance(measures.class_counts, names, theme, per_cent=unit != "digits"),
        key="class_balance",
        config=CONFIG,
        alt="Bars: images of each class in each split",
    )
    st.caption(commentary.about_balance(measures, names))


def splits(lab: Lab, theme: Theme):
    """Who is used for what."""
    used, available = lab.shown.digits, lab.digits
    sizes = {said: (len(getattr(used, name)), len(getattr(available, name))) for said, name in SPLITS.items()}
    st.plotly_chart(
        class_balance_chart.split_sizes(sizes, theme),
        key="split_sizes",
        config=CONFIG,
        alt="Bars: images in each split",
    )
    for said, (n, all_of_them) in sizes.items():
        of = f" of {all_of_them:,}" if n < all_of_them else ""
        st.markdown(f"**{n:,}{of} {said} digits.** {ROLES[said]}")
    st.caption(
        "Training and validation digits come from one file: one in twelve was held back, equally many of each class as "
        f"far as the data allow. {TEST_FILE[available.name == 'MNIST']} {prediction_text.about_looks(lab.test_looks)}"
    )


def mean_digits(lab: Lab, theme: Theme):
    """The mean and the spread of every class, as pictures."""
    digits, measures = lab.shown.digits, measured(lab)
    for title, values, full in (
        ("**Mean**: the average brightness of each pixel", measures.mean, 255.0),
        (
            "**Spread**: its standard deviation, most ink where digits differ",
            measures.spread,
            measures.spread.max() or 1.0,
        ),
    ):
        st.markdown(f"{title}, full ink = {full:.0f}")
        pictures = np.rint(255 / full * values).astype(np.uint8)
        st.html(
            digit_images.digit_figures(pictures, digits.image_shape, digits.class_names, theme, size=72, in_a_row=10)
        )
    st.caption(commentary.about_means(measures, digits.class_names))


def brightness_histogram(lab: Lab, theme: Theme):
    """All pixels of the training digits, before and after scaling."""
    measures, scaling = measured(lab), lab.shown.scaling
    st.plotly_chart(
        pixel_histogram.pixel_histogram(measures.pixel_counts, theme, scaling),
        key="pixels",
        config=CONFIG,
        alt="Histogram of the pixels before and after scaling",
    )
    st.caption(commentary.about_pixels(measures, scaling))


def crop(lab: Lab, theme: Theme):
    """What the middle 20 x 20 pixels keep: of the chosen digit, and of those that lose most."""
    digits = lab.digits
    if min(digits.image_shape) <= CROP:
        st.caption(
            f"These images are {digits.image_shape[0]} × {digits.image_shape[1]} pixels: there is nothing to cut."
        )
        return
    lost = _crop_loss(digits.name, CROP, digits)
    worst = np.argsort(-lost, kind="stable")[:WORST]
    captions = [f"{digits.class_names[digits.train.labels[i]]}, loses {100 * lost[i]:.0f} %" for i in worst]
    typical = np.argsort(lost, kind="stable")[len(lost) // 2]
    captions.insert(
        0, f"{digits.class_names[digits.train.labels[typical]]}, loses {100 * lost[typical]:.0f} %, a typical one"
    )
    chosen = np.concatenate([[typical], worst])
    st.html(crop_images.comparison(digits.train.images[chosen], digits.image_shape, CROP, captions, theme))
    st.caption(commentary.about_crop(lost, digits.image_shape, CROP))


def augmentation(lab: Lab, theme: Theme):
    """The chosen digit as it is, and as training sees it several times; a button where augmentation is off."""
    digits, present = lab.shown.digits, lab.recipe.augmentation
    shown, number = present or USUAL, session.chosen(_key("data_digit", digits), 1)
    image = digits.train.images[number - 1]
    moves = shown.draw(MOVED, digits.image_shape, np.random.default_rng([session.chosen(SAMPLE, 0), number]))
    pictures = np.stack([image, *moves.apply(np.tile(image, (MOVED, 1)))])
    captions = ["as it is", *(commentary.move(moves, i) for i in range(MOVED))]
    st.html(digit_images.digit_figures(pictures, digits.image_shape, captions, theme, size=84, in_a_row=8))
    st.caption(commentary.about_augmentation(shown, number, on=bool(present)))
    if not present:
        st.button(
            "Switch it on",
            icon=":material/auto_awesome_motion:",
            key="augment",
            on_click=setting_widgets.augment,
            args=(USUAL,),
            help="From the next mini-batch on, training digits are moved like this. The sliders are in the sidebar.",
        )


def provenance(digits: Digits):
    """Where the data come from."""
    if digits.name == "MNIST":
        st.caption(
            "Data: MNIST, 70,000 handwritten digits collected by Yann LeCun, Corinna Cortes and Christopher J. C. "
            "Burges, CC BY-SA 3.0. Where the files came from, and their checksums: data/README.md."
        )
    else:
        st.caption(
            f"Data: “{digits.name}”, the folder that NNLIB_DATA names. What such a folder holds: data/README.md."
        )
