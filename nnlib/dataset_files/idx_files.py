"""A data set as four IDX files: images and labels, for training and for testing."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from nnlib.dataset_files.class_names import named, read_class_names
from nnlib.dataset_files.container import Container, DatasetError, Limits, expect_at_most
from nnlib.dataset_files.idx import IdxFile
from nnlib.dataset_files.part import ArrayPart, Part, Progress, Published, as_labels

NAME = re.compile(  # train-images-idx3-ubyte, t10k-labels.idx1-ubyte, emnist-letters-test-images-idx3-ubyte.gz
    r"(?P<set>.*[-_.])?(?P<part>train|t10k|test)[-_.](?P<kind>images|labels)[-_.]idx[13][-_.]\w+?(\.gz)?"
)
PUBLISHED = {
    ("train", "images"): "train-images-idx3-ubyte",
    ("train", "labels"): "train-labels-idx1-ubyte",
    ("test", "images"): "t10k-images-idx3-ubyte",
    ("test", "labels"): "t10k-labels-idx1-ubyte",
}


def find(container: Container) -> dict[tuple[str, str], str]:
    """{(part, kind): file name} of what there is, such as ("train", "images"). A file without `.gz` is preferred."""
    found: dict[tuple[str, str], str] = {}
    sets = set()
    for name in container.at_top:
        if match := NAME.fullmatch(name):
            part = "train" if match["part"] == "train" else "test"
            sets.add(match["set"] or "")
            found.setdefault((part, match["kind"]), name)  # sorted: x comes before x.gz
    if len(sets) > 1:
        which = ", ".join(sorted(each.strip("-_.") or "one without a name" for each in sets))
        raise DatasetError(f"{container.where}: expected the IDX files of one data set, got those of {which}")
    return found


def read(container: Container, found: dict[tuple[str, str], str], limits: Limits) -> Published:
    """The data set in these files."""
    for key, name in PUBLISHED.items():
        if key not in found:
            raise DatasetError(f"{container.path(name)}: expected this file or {name}.gz, found neither")
    labels = {
        container.path(found[part, "labels"]): _labels(container, found[part, "labels"], limits)
        for part in ("train", "test")
    }
    labels, names = named(labels, read_class_names(container), limits.classes)
    train, test = (
        _part(container, found[part, "images"], each, limits)
        for part, each in zip(("train", "test"), labels.values(), strict=True)
    )
    return Published(train, test, names)


@contextmanager
def _opened(container: Container, name: str, dimensions: int) -> Iterator[IdxFile]:
    with container.decompressed(name) as stream:
        yield IdxFile(container.path(name), stream, dimensions)


def _labels(container: Container, name: str, limits: Limits) -> NDArray[np.uint8]:
    with _opened(container, name, dimensions=1) as file:
        expect_at_most(limits.pictures, "labels", file.shape[0], container.path(name))
        array, digest = file.array()
    container.verify(name, digest)
    return as_labels(array, container.path(name))


def _part(container: Container, name: str, labels: NDArray[np.uint8], limits: Limits) -> Part:
    with _opened(container, name, dimensions=3) as file:
        count, height, width = file.shape
        if count != len(labels):
            raise DatasetError(f"{file.path}: expected {len(labels)} images, one per label, got {count}")
        if file.dtype == np.uint8:
            return _IdxPart(container, name, labels, (height, width), limits)
        expect_at_most(limits.bytes, "bytes", file.size, container.path(name))
        array, digest = file.array()
    container.verify(name, digest)
    return ArrayPart(str(file.path), labels, array, limits)


class _IdxPart(Part):
    """A part in an IDX file of bytes."""

    def __init__(
        self, container: Container, name: str, labels: NDArray[np.uint8], image_shape: tuple[int, int], limits: Limits
    ) -> None:
        super().__init__(container.path(name), labels, image_shape, limits)
        self.container, self.name = container, name

    def chunks(self) -> Iterator[NDArray[np.uint8]]:
        pixels = self.image_shape[0] * self.image_shape[1]
        with _opened(self.container, self.name, dimensions=3) as file:
            for start in range(0, len(self.labels), self.step):
                data = file.read(min(self.step, len(self.labels) - start) * pixels)
                yield np.frombuffer(data, np.uint8).reshape(-1, pixels)
            file.expect_end()

    def read(self, order: NDArray, progress: Progress) -> NDArray[np.uint8]:
        images = super().read(order, progress)
        self.container.verify(self.name, self.digests[0])
        return images
