"""My digits: what was drawn or uploaded is labelled, kept as long as the session, and given back as files."""

import zlib

import numpy as np
import streamlit as st

from dashboard.components import clickable, digit_images, step_link
from dashboard.components.button import button
from dashboard.core import session
from dashboard.core.lab import Lab
from dashboard.core.own_digits import MOST, one
from dashboard.draw import own_digits_files, teaching_view
from dashboard.notation.phrases import MINE, counted
from dashboard.notation.plain_text import markdown, markdowns
from dashboard.theme import Theme
from nnlib.datasets import DatasetError

PAGE_SIZE = 40  # digits
DIGIT_SIZE = 56  # pixels of the screen
UPLOAD_MB = 1
_CHOSEN, _PROBLEM, _SURE, _UPLOAD = "own_digit", "own_digits_problem", "own_digits_delete_all", "own_digits_upload"


def show(lab: Lab, digit: np.ndarray | None, theme: Theme):
    """Everything about the visitor's own digits; `digit` is the prepared picture on the page, (height, width) uint8, if
    there is one."""
    st.subheader(
        "My digits",
        help="Give a digit its true class and keep it. Kept digits are a split like validation and test: choose “mine” "
        "on the pages One step, Weights and Mistakes.",
    )
    if digit is not None and digit.any():
        _label(lab, digit.reshape(-1))
    st.caption(_how_many(lab))
    if len(lab.own_digits):
        _grid(lab, theme)
        _chosen(lab)
    _manage(lab)
    teaching_view.show(lab, theme)


def _how_many(lab):
    kept, names = lab.own_digits, lab.shown.digits.class_names
    if not len(kept):
        return f"None is kept yet, of at most {MOST}. They stay in this session and go nowhere else."
    unknown = len(kept) - len(lab.split(MINE))
    known = " and ".join(markdowns(names))
    others = f" Of these, {unknown} are of classes this network does not know: it knows only {known}."
    return (
        f"{counted(len(kept), 'digit')} kept, of at most {MOST}, for this session only: reloading the page forgets "
        f"them.{others * bool(unknown)}"
    )


# One more


def _label(lab, image):
    """The true class of the picture on the page, and the button that keeps it. The guess of the network is only
    proposed."""
    kept, names = lab.own_digits, lab.digits.class_names
    place = kept.place(image)
    known = kept.kept.labels[place] if place is not None else _guess(lab, image)
    key = f"own_label_{zlib.crc32(image.tobytes())}_{place is not None}"
    proposed = f"{key}_proposed"
    # As the network learns, its guess may change; what the visitor has chosen instead stays.
    if known is not None and session.chosen(key) in (None, session.chosen(proposed)):
        session.choose(key, int(known))
        session.choose(proposed, int(known))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        help = "Its true class. The guess of the network is proposed once it is trained; it may be wrong."
        label = _choose_class("What is it?", names, key, help)
        word = "Keep" if place is None else "Relabel"
        button(
            word if label is None else f"{word} as {markdown(names[label])}",
            "own_keep",
            "bookmark_add",
            "Keeps this digit with this label, for this session.",
            _keep,
            lab,
            image,
            label,
            disabled=label is None or (place is None and len(kept) >= MOST) or _is_labelled(kept, place, label),
        )
    if place is not None:
        st.caption(f"It is kept as {markdown(names[kept.kept.labels[place]])}.")
        _link_to_step(lab, place)
    else:
        st.caption("Once it is kept, you can go through a training step with it.")


def _choose_class(label, names, key, help, default=None):
    return st.segmented_control(
        label,
        range(len(names)),
        default=default,
        required=True,
        wrap=True,
        format_func=markdowns(names).__getitem__,
        key=key,
        help=help,
    )


def _is_labelled(kept, place, label):
    return place is not None and label == kept.kept.labels[place]


def _guess(lab, image):
    """The class the network takes it for, as a place among all classes; None if it says nothing: untrained, or not
    finite."""
    trainer = lab.shown
    names, digits = lab.digits.class_names, trainer.digits
    if not trainer.steps:
        return None
    evaluation = trainer.evaluate(lab.own_digits.fitted(one(image, names.index(digits.class_names[0])), digits))
    if not np.isfinite(evaluation.scores).all():
        return None
    return names.index(digits.class_names[evaluation.predicted[0]])


def _keep(lab, image, label):
    lab.own_digits.keep(image[None], np.array([label], np.uint8))


# All of them


def _grid(lab, theme):
    """The newest first; a click chooses one."""
    kept = lab.own_digits.kept
    pages = -(-len(kept) // PAGE_SIZE)
    page = min(st.pagination(pages, key="own_digits_page", max_visible_pages=5), pages) if pages > 1 else 1
    last = len(kept) - (page - 1) * PAGE_SIZE
    places = list(range(last - 1, max(last - PAGE_SIZE, 0) - 1, -1))
    captions, position = _captions(lab)
    html = digit_images.digit_figures(
        kept.images[places],
        lab.own_digits.image_shape,
        [captions[place] for place in places],
        theme,
        size=DIGIT_SIZE,
    )
    keys = [zlib.crc32(kept.images[place].tobytes()) for place in places]
    clickable.show(
        html, keys, lambda key: session.choose(_CHOSEN, key), "own_digits_grid", chosen=session.chosen(_CHOSEN)
    )
    st.caption(
        f"Label, and ✓ if the network reads it so, or ✗ and what it reads{f' at epoch {position:.2f}' * lab.moving}. "
        "Newest first; click one to change it."
    )


def _captions(lab):
    """Under each digit its label and what the network makes of it, and at which epoch."""
    kept, names = lab.own_digits.kept, lab.digits.class_names
    captions = [names[label] for label in kept.labels]
    fitting, known, position = lab.split(MINE), lab.shown.digits.class_names, lab.shown.position
    if len(fitting):
        evaluation, position = lab.recent_evaluation(MINE)
        finite = np.isfinite(evaluation.scores).all(axis=0)
        for i in np.flatnonzero(finite):
            guess, right = evaluation.predicted[i], evaluation.predicted[i] == fitting.labels[i]
            captions[fitting.source_index[i]] += " ✓" if right else f" ✗\u00a0{known[guess]}"
    return captions, position


def _chosen(lab):
    """The chosen digit: another label, delete, and its training step."""
    kept, names = lab.own_digits.kept, lab.digits.class_names
    found = [i for i, image in enumerate(kept.images) if zlib.crc32(image.tobytes()) == session.chosen(_CHOSEN)]
    if not found:
        return
    [place] = found[:1]
    image, key = kept.images[place], session.chosen(_CHOSEN)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        relabel = f"own_relabel_{key}_{kept.labels[place]}"
        label = _choose_class("Label of the chosen digit", names, relabel, "Its true class.", int(kept.labels[place]))
        if label != kept.labels[place]:
            _keep(lab, image, label)
            st.rerun()
        button("Delete", "own_delete", "delete", "Deletes the chosen digit; Undo brings it back.", _delete, lab, image)
    _link_to_step(lab, place)


def _link_to_step(lab, place):
    """To a training step with the digit kept at this place, if the network knows its class."""
    numbers = np.flatnonzero(lab.split(MINE).source_index == place)
    if len(numbers):
        step_link.to_digit(MINE, int(numbers[0]) + 1)


def _delete(lab, image):
    lab.own_digits.delete(image)


def _manage(lab):
    """Undo, delete all, download, upload."""
    kept = lab.own_digits
    with st.container(horizontal=True, vertical_alignment="center", key="own_digits_buttons"):
        if kept.may_undo:
            button("Undo", "own_undo", "undo", "Brings back what was deleted last.", kept.undo)
        if len(kept):
            _files(kept)
            if session.chosen(_SURE):
                st.markdown(f"Delete {counted(len(kept), 'digit')}?", width="content")
                button("Yes, delete all", "own_delete_all_yes", "delete", "Undo brings them back.", _delete_all, lab)
                button("No", "own_delete_all_no", "close", "Keeps them.", session.choose, _SURE, False)
            else:
                button("Delete all", "own_delete_all", "delete", "Asks first.", session.choose, _SURE, True)
    st.file_uploader(
        "Upload kept digits",
        ["zip"],
        key=_UPLOAD,
        on_change=_upload,
        args=(lab,),
        max_upload_size=UPLOAD_MB,
        width=420,
        help=f"A zip file as downloaded here: digits of {_size(kept)} pixels in MNIST's own format (IDX), with "
        "labels. They are added to those kept.",
    )
    problem, of = session.chosen(_PROBLEM, ("", None))
    if problem and of is kept.kept and session.chosen(_UPLOAD):  # until something is kept, or the file is gone
        st.warning(problem, icon=":material/warning:")


def _size(kept):
    return "{} × {}".format(*kept.image_shape)


def _files(kept):
    help = "Images and labels in MNIST's own format (IDX) in a zip file, to upload here again."
    _download("Download", "own_download", "download", "zip", "application/zip", own_digits_files.packed, kept, help)
    help = "All digits on one sheet (PNG), oldest first, without labels."
    _download("One picture", "own_sheet", "image", "png", "image/png", own_digits_files.sheet, kept, help)


def _download(label, key, icon, ending, mime, make, kept, help):
    """A button for a file that is made when it is pressed."""
    st.download_button(
        label,
        lambda: make(kept.kept, kept.image_shape),
        f"my-digits.{ending}",
        mime,
        icon=f":material/{icon}:",
        key=key,
        on_click="ignore",
        help=help,
    )


def _delete_all(lab):
    lab.own_digits.delete_all()
    session.choose(_SURE, False)


def _upload(lab):
    """Add the digits of a file, or say what is wrong with it."""
    file, kept, problem = session.chosen(_UPLOAD), lab.own_digits, ""
    if not hasattr(file, "getvalue"):  # none, or one that is gone
        return
    try:
        refused = kept.keep(*own_digits_files.unpacked(file.getvalue(), kept.image_shape, len(kept.class_names), MOST))
        if refused:
            problem = f"Only {MOST} digits can be kept: there was no room for {refused} of them."
    except DatasetError as error:
        problem = f"Nothing was added: {error}."
    session.choose(_PROBLEM, (problem, kept.kept))
