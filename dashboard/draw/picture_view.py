"""A picture from a file or the camera, the digits found on it, and the choice of one. A session keeps only its present
picture."""

from concurrent.futures import Future
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import streamlit as st

from dashboard.components import clickable
from dashboard.core import computed, scheduler, session
from dashboard.core.lab import Lab
from dashboard.draw import found_digits
from dashboard.draw.found_digits import MOST_READ, FoundDigits
from dashboard.draw.reader import Reader
from dashboard.notation.phrases import counted
from dashboard.notation.plain_text import markdowns
from dashboard.theme import Theme
from nnlib.picture_files import FORMATS, MOST_BYTES, MOST_PIXELS, PictureError

FILE, CAMERA = "Picture file", "Camera"
LOOKING = "Looking for digits …"
KEY = "digits_on_picture"
OF_PICTURE = READ, PREPARED = "read_digits", "prepared_digit"  # computed
# A telephone that is not asked for HEIC sends JPEG instead.
HEIC = find_spec("pillow_heif") is not None
ACCEPTED = [kind for kind in FORMATS if kind != "MPO" and (HEIC or kind != "HEIF")]
ENDINGS = sorted({ending for kind in ACCEPTED for ending in FORMATS[kind]})


@dataclass
class Picture:
    """The visitor's present picture: the id of its file, its analysis, and which of its digits is chosen."""

    file_id: str = ""
    future: Future[FoundDigits] | None = None
    chosen: int = 0

    def take(self, file: Any) -> Future[FoundDigits] | None:
        """Analyse a file, unless it is the present one; None lets go of that."""
        if not hasattr(file, "getvalue"):  # none, or one that is gone
            self.file_id, self.future = "", None
        elif file.file_id != self.file_id:
            self.file_id, self.chosen = file.file_id, 0
            self.future = found_digits.begin(file.getvalue(), file.name)
        return self.future


def choose_file(kind: str) -> Any:
    """An uploaded file, or a photograph. The browser is asked for its camera only after a switch is turned on."""
    if kind == FILE:
        without = "" if HEIC else " HEIC is not read here, because the package pillow-heif is not installed."
        return st.file_uploader(
            "A picture of one or more digits",
            ENDINGS,
            key="picture_file",
            max_upload_size=MOST_BYTES >> 20,
            help=f"At most {MOST_BYTES >> 20} MB and {MOST_PIXELS // 10**6} megapixels; the first {MOST_READ} digits "
            "are read. It stays in this session, which keeps one picture at a time, and is stored nowhere else."
            f"{without}",
        )
    on = st.toggle(
        "Camera on",
        key="camera_on",
        help="The browser asks for your permission. The photograph stays in this session, "
        "which keeps one picture at a time, and is stored nowhere else.",
    )
    return st.camera_input("Photograph digits on paper", key="photograph") if on else None


def found(lab: Lab, file: Any) -> FoundDigits | None:
    """The digits on a file, None without one, while they are looked for, and if there are none: then it says why."""
    future = session.own(Picture).take(file)
    if future is None:
        return None
    if lab.running and not future.done():  # this is drawn again soon
        st.info(LOOKING)
        return None
    try:
        with st.spinner(LOOKING):
            result = scheduler.result_of(future)
    except PictureError as error:
        st.error(f"This file cannot be read: {error}.")
        return None
    if not result.sources:
        st.info(
            "No digits were found. They should be darker or brighter than the paper around them, and not too small."
        )
        return None
    return result


def forget():
    """Let go of the picture, and of all that was made from it."""
    if session.own(Picture).future:
        session.own(Picture).take(None)
        computed.forget(*OF_PICTURE)


def chosen(result: FoundDigits) -> int:
    """The position of the chosen digit."""
    return min(session.own(Picture).chosen, len(result.sources) - 1)


def show(result: FoundDigits, readers: list[Reader], names: list[list[str]], theme: Theme):
    """The picture with a frame around each digit, and all that is read; `names` are the answers of each reader."""
    labels = ["/".join(each) for each in zip(*names, strict=True)]
    html = found_digits.html(result, labels, theme)
    clickable.show(html, range(len(labels)), choose, KEY, chosen(result))
    for reader, mine in zip(readers, names, strict=True):
        st.markdown(f"{reader.title}: **{' '.join(markdowns(mine))}**")
    more = f" The first {MOST_READ} are read." if result.count > len(labels) else ""
    of_two = f" Labels: {' / '.join(reader.title for reader in readers)}." if len(readers) > 1 else ""
    st.caption(
        f"{counted(result.count, 'digit')} found, in reading order.{more}{of_two} Click one to see it in detail."
    )


def choose(position: Any):
    """Choose the digit at this position, after a click."""
    if isinstance(position, int) and position >= 0:
        session.own(Picture).chosen = position
