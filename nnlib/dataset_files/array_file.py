"""A data set as one .npz file of four arrays, as Keras and others write it. Nothing is unpickled."""

import math
from typing import cast

import numpy as np
from numpy.typing import NDArray

from nnlib.archive import File, StorageError, reading
from nnlib.dataset_files.class_names import named, read_class_names
from nnlib.dataset_files.container import Container, DatasetError, Limits
from nnlib.dataset_files.part import ArrayPart, Published, as_labels

NAMES = (
    ("x_train", "y_train", "x_test", "y_test"),
    ("train_images", "train_labels", "test_images", "test_labels"),
)
EXPECTED = f"expected a data set with the arrays {', '.join(NAMES[0])}"


def read(container: Container, name: str, limits: Limits) -> Published:
    """The data set in the file with this name."""
    where = container.path(name)
    container.verify(name)
    try:
        with container.open(name) as file, reading(cast(File, file), where, EXPECTED, limits.bytes) as archive:
            names = next((each for each in NAMES if all(array in archive for array in each)), None)
            if names is None:
                raise StorageError(f"{where}: {EXPECTED}, got {', '.join(sorted(archive.names)[:8]) or 'none'}")
            x_train, y_train, x_test, y_test = (archive.read_numbers(each) for each in names)
    except StorageError as error:
        raise DatasetError(str(error)) from error
    labels = {
        f"{where}, {said}": _labels(y, f"{where}, {said}") for said, y in ((names[1], y_train), (names[3], y_test))
    }
    labels, class_names = named(labels, read_class_names(container), limits.classes)
    train, test = (
        ArrayPart(f"{where}, {said}", each, _pictures(x, f"{where}, {said}"), limits)
        for said, each, x in zip(names[::2], labels.values(), (x_train, x_test), strict=True)
    )
    return Published(train, test, class_names)


def _labels(array: NDArray, where: str) -> NDArray[np.uint8]:
    """Labels (n,), also from (n, 1)."""
    if array.shape[1:] not in ((), (1,)) or not array.size:
        raise DatasetError(f"{where}: expected labels in one dimension, got {array.shape}")
    return as_labels(array.reshape(len(array)), where)


def _pictures(array: NDArray, where: str) -> NDArray:
    """Pictures (n, height, width), also from (n, height, width, 1) and, if square, from (n, pixels)."""
    if array.ndim == 4 and array.shape[3] == 1:
        array = array[..., 0]
    if array.ndim == 2 and math.isqrt(array.shape[1]) ** 2 == array.shape[1]:
        array = array.reshape(len(array), math.isqrt(array.shape[1]), -1)
    if array.ndim != 3 or not array.size:
        raise DatasetError(f"{where}: expected grey pictures, (n, height, width), got {array.shape}")
    return array
