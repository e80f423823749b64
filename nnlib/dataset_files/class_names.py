"""The names of the classes of a data set, and its labels as places among them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nnlib.dataset_files.container import Container, DatasetError

FILE = "class_names.txt"
MAPPING = "-mapping.txt"  # how the name of EMNIST's list ends: a label and the codes of its letters in each line
DIGITS = tuple("0123456789")
LONGEST = 200


def read_class_names(container: Container) -> tuple[str, ...] | None:
    """The names in the container, for labels from 0 or from 1; None if there are none."""
    if FILE in container.at_top:
        names = container.text(FILE).strip("\r\n").splitlines()
        return check_class_names([name.strip(" \t") for name in names], container.path(FILE))
    mappings = [name for name in container.at_top if name.endswith(MAPPING)]
    if len(mappings) != 1:
        return None
    try:
        lines = [[int(word) for word in line.split()] for line in container.text(mappings[0]).splitlines() if line]
        letters = {label: "".join(map(chr, codes)) for label, *codes in lines}
    except (ValueError, OverflowError) as error:
        path = container.path(mappings[0])
        raise DatasetError(f"{path}: expected a label and codes of letters in each line, got {error}") from error
    return check_class_names([letters[label] for label in sorted(letters)], container.path(mappings[0]))


def check_class_names(names: Sequence[str], where: str) -> tuple[str, ...]:
    """The names, if they can tell classes apart on a screen; raises DatasetError."""
    if not 2 <= len(names) <= 256 or len(set(names)) != len(names) or not all(names):
        raise DatasetError(f"{where}: expected 2 to 256 different names, one per line, got {_shortened(tuple(names))}")
    for name in names:
        visible = any(c.isprintable() and not c.isspace() for c in name)
        if not visible or len(name) > LONGEST or any(map(_is_control, name)):
            expected = f"expected visible names of up to {LONGEST} characters in one line"
            raise DatasetError(f"{where}: {expected}, got {_shortened(name)}")
    return tuple(names)


def _is_control(character: str) -> bool:
    """Whether it steers a terminal or the direction of the text around it, or is half of a character."""
    return not character.isprintable() and character not in "\u200c\u200d\ufe0f "


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"


def named(
    parts: dict[str, NDArray[np.uint8]], names: tuple[str, ...] | None, most: int
) -> tuple[dict[str, NDArray[np.uint8]], tuple[str, ...]]:
    """The labels {where: (n,)} of all parts, first those for training, as places in the names, and the names.

    Labels from 1 are counted from 0: if there are just as many names, or, without names, labels beyond 9. Without names
    classes are called by their labels, at least 0 to 9.
    """
    train = next(iter(parts.values()))
    least, last = (int(each) for each in (train.min(), train.max()))
    from_1 = least == 1 and (last == len(names) if names else last >= len(DIGITS))
    if names is None:
        names = DIGITS if last < len(DIGITS) else tuple(str(label) for label in range(int(from_1), last + 1))
    for where, labels in parts.items():
        wrong = (labels < from_1) | (labels >= len(names) + from_1)
        if wrong.any():
            at = int(np.argmax(wrong))
            expected = f"expected labels from {int(from_1)} to {len(names) - 1 + from_1}"
            raise DatasetError(f"{where}: {expected}, got {labels[at]} at position {at}")
    if len(names) > most:
        raise DatasetError(f"{next(iter(parts))}: expected at most {most} classes, got {len(names)}")
    return {where: labels - np.uint8(from_1) for where, labels in parts.items()}, names
