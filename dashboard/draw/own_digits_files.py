"""A visitor's own digits as files: the format of MNIST in a zip file, to upload again, and one picture of them all."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nnlib.dataset_files.idx import IdxFile, to_idx
from nnlib.datasets import DatasetError, Split

IMAGES, LABELS = "my-images-idx3-ubyte", "my-labels-idx1-ubyte"
IN_A_ROW, GAP, SCALE = 20, 4, 3  # digits, pixels of a digit, pixels of the sheet


def packed(split: Split, image_shape: tuple[int, int]) -> bytes:
    """A zip file of two IDX files."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr(IMAGES, to_idx(split.images.reshape(-1, *image_shape)))
        archive.writestr(LABELS, to_idx(split.labels))
    return file.getvalue()


def unpacked(
    data: bytes, image_shape: tuple[int, int], n_classes: int, most: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The images (n, pixels) and labels (n,) of such a file. Raises DatasetError if it is another kind of file, or its
    numbers, shapes or labels are not as expected; nothing is read that is larger than expected."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            labels = _array(archive, LABELS, (most,))
            images = _array(archive, IMAGES, (most, *image_shape))
    except DatasetError:
        raise
    except Exception as error:  # damaged files raise a dozen unrelated exceptions
        expected = "expected a zip file as downloaded here"
        raise DatasetError(f"{expected}, got a damaged one or another kind of file") from error
    if len(images) != len(labels):
        raise DatasetError(f"{LABELS}: expected {len(images)} labels, one per image, got {len(labels)}")
    if labels.max() >= n_classes:
        at = int(np.argmax(labels >= n_classes))
        raise DatasetError(f"{LABELS}: expected labels from 0 to {n_classes - 1}, got {labels[at]} at position {at}")
    return images.reshape(len(images), -1), labels


def _array(archive, name, most):
    """The array in the IDX file whose name ends as this one, in the order and with at most the shape expected."""
    found = [each for each in archive.infolist() if each.filename.endswith(name.removeprefix("my"))]
    if len(found) != 1:
        raise DatasetError(f"expected one file {name} in the zip file, got {len(found)}")
    if found[0].compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise DatasetError(f"{name}: expected the usual compression of zip files, got another one")
    with archive.open(found[0]) as stream:
        file = IdxFile(name, stream, len(most))
        if file.shape[0] > most[0]:
            raise DatasetError(f"{name}: expected at most {most[0]} digits, got {file.shape[0]:,}")
        if file.shape[1:] != most[1:]:
            shapes = (" x ".join(map(str, shape)) for shape in (most[1:], file.shape[1:]))
            raise DatasetError("{}: expected images of {} pixels, got {}".format(name, *shapes))
        array = np.frombuffer(file.read(int(np.prod(file.shape))), np.uint8).reshape(file.shape)
        file.expect_end()
    return array


def sheet(split: Split, image_shape: tuple[int, int]) -> bytes:
    """A PNG of all digits in their order, dark on white."""
    height, width = image_shape
    rows, columns = -(-len(split) // IN_A_ROW), min(len(split), IN_A_ROW)
    paper = np.full((rows * (height + GAP) + GAP, columns * (width + GAP) + GAP), 255, np.uint8)
    for place, image in enumerate(split.images.reshape(-1, height, width)):
        row, column = divmod(place, IN_A_ROW)
        top, left = GAP + row * (height + GAP), GAP + column * (width + GAP)
        paper[top : top + height, left : left + width] = 255 - image
    file = BytesIO()
    Image.fromarray(paper.repeat(SCALE, axis=0).repeat(SCALE, axis=1)).save(file, "PNG")
    return file.getvalue()
