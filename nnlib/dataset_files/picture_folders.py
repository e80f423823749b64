"""A data set as pictures in one folder for each class: `train/3/a.png` and `test/3/b.png`, or only `3/a.png`."""

import hashlib
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from nnlib.dataset_files.class_names import check_class_names
from nnlib.dataset_files.container import Container, DatasetError, Limits, expect_at_most, folders_around
from nnlib.dataset_files.part import Part, Published

Decode = Callable[[bytes, str], NDArray[np.uint8]]  # a file and its name -> (height, width)
PARTS = {"train": "train", "training": "train", "test": "test", "testing": "test"}  # by the name of the folder
ENDING = ".png"
CHUNK = 500  # pictures


def find(container: Container) -> list[str]:
    """The names of all pictures in folders."""
    return [name for name in container.names if name.lower().endswith(ENDING) and "/" in name]


def read(container: Container, found: Sequence[str], limits: Limits, decode: Decode) -> Published:
    """The data set in these pictures; classes in the order of their names, or of their numbers."""
    expect_at_most(limits.pictures, "pictures", len(found), container.where)
    paths = [name.split("/") for name in found]
    around = folders_around(found)
    paths = [path[around:] for path in paths]
    divided = all(path[0].lower() in PARTS for path in paths)
    if wrong := next((n for n, path in zip(found, paths, strict=True) if len(path) != 2 + divided), None):
        expected = "expected pictures in train/CLASS and test/CLASS, or all of them in CLASS"
        raise DatasetError(f"{container.path(wrong)}: {expected}, got one elsewhere")
    classes = {path[-2] for path in paths}
    numbers = all(name.isascii() and name.isdigit() for name in classes)
    class_names = check_class_names(sorted(classes, key=int if numbers else None), container.where)
    expect_at_most(limits.classes, "classes", len(class_names), container.where)
    label_of = {name: label for label, name in enumerate(class_names)}
    names: dict[str, list[str]] = {"train": [], "test": []}
    labels: dict[str, list[int]] = {"train": [], "test": []}
    for name, path in zip(found, paths, strict=True):
        part = PARTS[path[0].lower()] if divided else "train"
        names[part].append(name)
        labels[part].append(label_of[path[-2]])
    if not names["train"]:
        raise DatasetError(f"{container.where}: expected pictures in train/CLASS too, got only those in test")
    train = _PicturePart(container, names["train"], np.array(labels["train"], np.uint8), limits, decode)
    test = None
    if names["test"]:
        test = _PicturePart(container, names["test"], np.array(labels["test"], np.uint8), limits, decode)
    return Published(train, test, class_names)


class _PicturePart(Part):
    """A part whose pictures are files, as large as the first."""

    def __init__(
        self, container: Container, names: list[str], labels: NDArray[np.uint8], limits: Limits, decode: Decode
    ) -> None:
        self.container, self.names, self.decode = container, names, decode
        super().__init__(container.where, labels, self._decoded(names[0]).shape, limits)

    def chunks(self) -> Iterator[NDArray[np.uint8]]:
        for start in range(0, len(self.names), CHUNK):
            pictures = []
            for name in self.names[start : start + CHUNK]:
                picture = self._decoded(name)
                if picture.shape != self.image_shape:
                    sizes = ("{}x{}".format(*shape) for shape in (self.image_shape, picture.shape))
                    expected = "expected a picture of {} pixels, like the first, got {}".format(*sizes)
                    raise DatasetError(f"{self.container.path(name)}: {expected}")
                pictures.append(picture.reshape(-1))
            yield np.array(pictures)

    def _decoded(self, name: str) -> NDArray[np.uint8]:
        with self.container.open(name) as file:
            data = file.read()
        self.container.verify(name, hashlib.sha256(data).hexdigest())
        try:
            return self.decode(data, name)
        except ValueError as error:
            raise DatasetError(f"{self.container.path(name)}: {error}") from error
