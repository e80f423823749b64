"""The digit that is read: drawn, or on a picture from a file, the clipboard or the camera; of several, one by one."""

from collections.abc import Collection
from dataclasses import dataclass

from dashboard.components.choice import choice
from dashboard.core import computed, scheduler, session
from dashboard.core.lab import Lab
from dashboard.draw import answer_view, canvas_view, found_digits, paste_view, picture_view, preparation, strokes
from dashboard.draw.found_digits import FoundDigits
from dashboard.draw.picture_view import CAMERA, FILE
from dashboard.draw.preparation import Source, Step
from dashboard.draw.reader import Answer, Reader
from dashboard.theme import Theme

DRAWING = "Drawing"
_FROM = "draw_from"


@dataclass
class Reading:
    """The steps of the digit's preparation and the answer of each reader to it; none without a digit. `several` are the
    digits drawn, if that is more than one, and `names` what each reader takes them for, if one by one."""

    steps: list[Step]
    answers: list[Answer]
    names: list[list[str]]
    several: FoundDigits | None = None


def choose_kind() -> str:
    """Where the digit comes from."""
    return choice("From", [DRAWING, FILE, CAMERA], _FROM, "Where the digit comes from.", width="content")


def show(kind: str, lab: Lab, readers: list[Reader], off: Collection[str], theme: Theme) -> Reading:
    """The drawing area or the picture, and what is read there; the stages in `off` are left out."""
    if kind == DRAWING:
        return _drawing(lab, readers, off, theme)
    file = picture_view.choose_file(kind)
    paste_view.listen(theme, _take_files, uploader=kind == FILE)
    found = picture_view.found(lab, file)
    if not found:
        return _read([], readers)
    picture_view.show(found, readers, _names(found, lab, readers, off), theme)
    return _chosen_of(found, lab, readers, off)


def _drawing(lab, readers, off, theme):
    picture_view.forget()
    lines, pen = canvas_view.drawing()
    found = None
    if strokes.may_be_several(lines, pen):
        found = computed.derived("drawn_digits", (lines, pen), lambda: found_digits.found_on(strokes.drawn(lines, pen)))
    if found is None or found.count < 2:
        found = None
        picture_view.choose(0)  # of the next ones the first
    if found and canvas_view.one_by_one():
        reading = _chosen_of(found, lab, readers, off)
        reading.names = _names(found, lab, readers, off)
    else:
        steps = _steps((lines, pen), lambda: Source(strokes.drawn(lines, pen)), lab, off) if lines else []
        reading = _read(steps, readers)
    canvas_view.show(theme, answer_view.summary(readers, reading.names))
    paste_view.listen(theme, _take_files, uploader=False)
    reading.several = found
    return reading


def _take_files():
    session.choose(_FROM, FILE)


def several(reading: Reading, readers: list[Reader], theme: Theme):
    """The digits drawn, if several, read one by one unless the visitor wants them read as one."""
    if reading.several:
        canvas_view.choose_one_by_one(reading.several.count)
        if canvas_view.one_by_one():
            picture_view.show(reading.several, readers, reading.names, theme)


def _names(found, lab, readers, off):
    """What each reader takes each of the digits for."""
    last = computed.kept(picture_view.READ, (found, off))
    if last is None:
        work = preparation.last_steps(found.sources, lab.digits.image_shape, off)
        last = scheduler.finish(work, lambda: None, urgent=True)
        computed.keep(picture_view.READ, last, (found, off))
    return [[answer.name for answer in mine] for mine in answer_view.answers(readers, last)]


def _chosen_of(found, lab, readers, off):
    chosen = picture_view.chosen(found)
    return _read(_steps((found, chosen), lambda: found.sources[chosen], lab, off), readers)


def _read(steps, readers):
    found = answer_view.answers(readers, steps[-1:])
    return Reading(steps, [answer for mine in found for answer in mine], [[a.name for a in mine] for mine in found])


def _steps(of, source, lab, off):
    shape = lab.digits.image_shape
    return computed.derived(picture_view.PREPARED, (of, off, shape), lambda: preparation.steps(source(), shape, off))
