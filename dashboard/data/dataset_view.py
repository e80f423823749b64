"""The parts of the Data page: a gallery to choose from, one digit in numbers, charts of the whole data set, the crop,
and augmentation. Statistics are computed once per process, for all visitors.
"""

from typing import Any

import numpy as np
import streamlit as st

from dashboard.charts.digit_heatmap import enlarged
from dashboard.components import clickable, digit_images, plotly_chart, prediction_text, step_link
from dashboard.components.button import button
from dashboard.components.choice import choice, how_many
from dashboard.core import session, setting_widgets
from dashboard.core.all_digits import all_digits
from dashboard.core.lab import Lab
from dashboard.data import class_balance_chart, commentary, crop_images, pixel_histogram, statistics
from dashboard.data.statistics import SPLITS, Statistics
from dashboard.notation.numbers import percent
from dashboard.notation.plain_text import markdown, markdowns, short
from dashboard.theme import Theme
from nnlib.augmentation import Augmentation
from nnlib.datasets import Digits

SAMPLE = "sample"  # the key of the number of the random sample that is shown
CROP = 20  # pixels: the input of the binary recipe
ALL = "all"
PILLS = 20  # classes
COUNTS = [5, 10, 20, 40]
DIGIT_SIZE = 40  # screen pixels
WORST = 3  # digits shown that lose most to the crop
MOVED = 15  # copies of one digit
USUAL = Augmentation(shift=2, rotation=12.0, zoom=0.1)  # keeps every digit readable
ROLES = {
    "training": "The network **learns** from these. Each epoch uses every one of them once, in a new order.",
    "validation": "For **choosing settings**: does the network also read digits it was not trained on?",
    "test": "For the **final result**, once all settings are chosen. Settings chosen by the test digits would make "
    "that result too good.",
}


def measured(lab: Lab) -> Statistics:
    """The statistics of the data that the present recipe uses."""
    digits = lab.shown.digits
    return _measured(digits.digest, lab.recipe.data, len(digits.train), digits)


@st.cache_resource(max_entries=16, show_spinner="Counting pixels …")
def _measured(digest, data, training_size, _digits):
    return statistics.measure(_digits)


@st.cache_resource(max_entries=2, show_spinner=False)
def _crop_loss(digest, size, _digits):
    return statistics.crop_loss(_digits.train, _digits.image_shape, size)


def _key(name, digits):
    """A widget key for this data set: a choice of class or image does not carry over to another one."""
    return f"{name}_{digits.n_classes}_{len(digits.train)}"


def gallery(lab: Lab, theme: Theme):
    """A random sample of training digits; a click chooses the one that `one_digit` shows."""
    digits = lab.shown.digits
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown = _class(digits)
        help = "How many digits to show of each class."
        count = how_many("Digits per class", COUNTS, "data_count", help, default=10)
        help = "Draws another random sample."
        button("Other digits", "other_digits", "casino", help, session.choose, SAMPLE, session.chosen(SAMPLE, 0) + 1)
    classes = range(digits.n_classes) if shown == ALL else [shown]
    rows = [(k, _sample(digits, k, count)) for k in classes]
    key = _key("data_digit", digits)
    html = "".join(_row(digits, k, positions, theme) for k, positions in rows)
    numbers = [int(position) + 1 for _, positions in rows for position in positions]
    clickable.show(html, numbers, lambda number: session.choose(key, number), "data_gallery", session.chosen(key, 1))


def _class(digits):
    """The class to show, chosen from pills, or of many from a list."""
    more: dict[str, Any] = {
        "options": [ALL, *range(digits.n_classes)],
        "key": _key("data_class", digits),
        "persist_state": "session",
        "help": "Show all classes, or only one.",
    }
    names = digits.class_names
    if digits.n_classes > PILLS:
        return st.selectbox("Class", format_func=lambda k: ALL if k == ALL else names[k], width=260, **more)
    label = lambda k: ALL if k == ALL else markdown(short(names[k]))  # noqa: E731
    return st.pills("Class", format_func=label, default=ALL, required=True, wrap=True, **more)


def _sample(digits, k, count):
    positions = np.flatnonzero(digits.train.labels == k)
    return np.random.default_rng([session.chosen(SAMPLE, 0), k]).permutation(positions)[:count]


def _row(digits, k, positions, theme):
    name = digits.class_names[k]
    figures = digit_images.digit_figures(
        digits.train.images[positions],
        digits.image_shape,
        [""] * len(positions),
        theme,
        size=DIGIT_SIZE,
        in_a_row=COUNTS[1],
        alts=[name] * len(positions),
    )
    width = min(max(map(len, digits.class_names)), 9) + 1
    label = f'<b style="flex:none;width:{width}ch">{digit_images.caption_html(name)}</b>'
    return f'<div style="display:flex;margin-bottom:8px">{label}<div style="flex:1">{figures}</div></div>'


def one_digit(lab: Lab, theme: Theme):
    """One training digit, enlarged, with the value of every pixel."""
    digits = lab.shown.digits
    number = st.number_input(
        "Training digit no.",
        1,
        len(digits.train),
        key=_key("data_digit", digits),
        persist_state="session",
        width=220,
        help="Counted from 1. You can also click a digit in the gallery.",
    )
    image, label = digits.train.images[number - 1], digits.train.labels[number - 1]
    figure = enlarged(image, digits.image_shape, theme, inputs=lab.shown.scaling.apply(image))
    plotly_chart.show(figure, key="data_enlarged", alt=f"Training digit {number} enlarged")
    st.caption(
        f"A **{markdown(digits.class_names[label])}**, number {digits.train.source_index[number - 1] + 1:,} in the "
        f"data file. {np.count_nonzero(image)} of its {len(image)} pixels hold ink. Point at a pixel to see its "
        "brightness, 0 (empty) to 255 (full ink), and the scaled number that the network receives."
    )
    step_link.to_digit("train", number)


def class_balance(lab: Lab, theme: Theme):
    """The number of digits of each class in each split."""
    names, measures = lab.shown.digits.class_names, measured(lab)
    unit = choice(
        "Unit",
        ["digits", "% of the split"],
        "balance_unit",
        "Counts show the sizes of the splits; shares show whether their classes are balanced alike.",
        label_visibility="collapsed",
    )
    figure = class_balance_chart.class_balance(measures.class_counts, names, theme, per_cent=unit != "digits")
    plotly_chart.show(figure, key="class_balance", alt="Bar chart of the digits of each class in each split")
    st.caption(commentary.about_balance(measures, markdowns(names)))


def splits(lab: Lab, theme: Theme):
    """The sizes and purposes of the splits."""
    used, available = lab.shown.digits, lab.digits
    sizes = {said: (len(getattr(used, name)), len(getattr(available, name))) for said, name in SPLITS.items()}
    figure = class_balance_chart.split_sizes(sizes, theme)
    plotly_chart.show(figure, key="split_sizes", alt="Bar chart of the size of each split")
    for said, (n, all_of_them) in sizes.items():
        of = f" of {all_of_them:,}" if n < all_of_them else ""
        st.markdown(f"**{n:,}{of} {said} digits.** {ROLES[said]}")
    writers = ", by other writers" if available.name == "MNIST" else ""
    st.caption(
        "Training and validation digits come from one file: one digit in twelve was held back for validation, as "
        f"evenly over the classes as possible. The test digits come from a second file{writers}. "
        f"{prediction_text.about_looks(lab.test_looks)}"
    )


def mean_digits(lab: Lab, theme: Theme):
    """The mean and the standard deviation of each class, as pictures."""
    digits, measures = lab.shown.digits, measured(lab)
    spread = measures.spread.max() or 1.0
    for title, values, full in (
        ("**Mean** brightness of each pixel", measures.mean, 255.0),
        ("**Standard deviation** of each pixel: most ink where digits differ most", measures.spread, spread),
    ):
        st.markdown(f"{title} (full ink = {full:.0f})")
        pictures = np.rint(255 / full * values).astype(np.uint8)
        st.html(
            digit_images.digit_figures(pictures, digits.image_shape, digits.class_names, theme, size=72, in_a_row=10)
        )
    st.caption(commentary.about_means(measures, markdowns(digits.class_names)))


def brightness_histogram(lab: Lab, theme: Theme):
    """The pixels of all training digits, before and after scaling."""
    measures, scaling = measured(lab), lab.shown.scaling
    figure = pixel_histogram.pixel_histogram(measures.pixel_counts, theme, scaling)
    plotly_chart.show(figure, key="pixels", alt="Histogram of pixel values before and after scaling")
    st.caption(commentary.about_pixels(measures, scaling))


def crop(lab: Lab, theme: Theme):
    """The centre 20 × 20 pixels of a typical digit and of those that lose most ink."""
    digits = lab.digits
    if min(digits.image_shape) <= CROP:
        st.caption(f"These images have only {digits.image_shape[0]} × {digits.image_shape[1]} pixels: nothing to crop.")
        return
    lost = _crop_loss(digits.digest, CROP, digits)
    worst = np.argsort(-lost, kind="stable")[:WORST]
    typical = np.argsort(lost, kind="stable")[len(lost) // 2]
    chosen = np.concatenate([[typical], worst])
    captions = [f"{digits.class_names[digits.train.labels[i]]}, loses {percent(lost[i])} of its ink" for i in chosen]
    captions[0] += " (typical)"
    st.html(crop_images.comparison(digits.train.images[chosen], digits.image_shape, CROP, captions, theme))
    st.caption(commentary.about_crop(lost, digits.image_shape, CROP))


def augmentation(lab: Lab, theme: Theme):
    """The chosen digit, and randomly moved copies of it; a button where augmentation is off."""
    digits, present = lab.shown.digits, lab.recipe.augmentation
    shown, number = present or USUAL, session.chosen(_key("data_digit", digits), 1)
    image = digits.train.images[number - 1]
    moves = shown.draw(MOVED, digits.image_shape, np.random.default_rng([session.chosen(SAMPLE, 0), number]))
    pictures = np.stack([image, *moves.apply(np.tile(image, (MOVED, 1)))])
    captions = ["original", *(commentary.move(moves, i) for i in range(MOVED))]
    st.html(digit_images.digit_figures(pictures, digits.image_shape, captions, theme, size=84, in_a_row=8))
    st.caption(commentary.about_augmentation(shown, number, on=bool(present)))
    if not present:
        help = "Training digits will be moved like this from the next mini-batch on. The sidebar has the sliders."
        button("Switch augmentation on", "augment", "auto_awesome_motion", help, setting_widgets.augment, USUAL)


def provenance(digits: Digits):
    """The source of the data."""
    if digits.name == "MNIST":
        st.caption(
            "Data: MNIST, 70,000 handwritten digits collected by Yann LeCun, Corinna Cortes and Christopher J. C. "
            "Burges, CC BY-SA 3.0. Sources and checksums: data/README.md."
        )
    else:
        where = "from the folder or file in NNLIB_DATA" if digits is all_digits() else "uploaded, for this session only"
        st.caption(f"Data: “{markdown(digits.name)}”, {where}. Its forms: data/README.md.")
