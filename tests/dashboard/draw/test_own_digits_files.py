"""Own digits as files: what is packed comes back, and what is not as expected is refused."""

from io import BytesIO
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image

from dashboard.draw.own_digits_files import GAP, IMAGES, LABELS, SCALE, packed, sheet, unpacked
from nnlib.dataset_files.idx import to_idx
from nnlib.datasets import DatasetError
from nnlib.segmentation import find_digits

SHAPE = (28, 28)


def zipped(**files):
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def read(data):
    return unpacked(data, SHAPE, 10, 500)


@pytest.mark.parametrize("n", [1, 37, 500])
def test_what_is_packed_comes_back(digits, n):
    images, labels = read(packed(digits.test.take(n), SHAPE))
    assert (images == digits.test.images[:n]).all() and (labels == digits.test.labels[:n]).all()


def test_the_files_are_those_of_mnist(digits):
    with ZipFile(BytesIO(packed(digits.test.take(2), SHAPE))) as archive:
        labels, images = archive.read(LABELS), archive.read(IMAGES)
    assert labels == bytes([0, 0, 8, 1, 0, 0, 0, 2, *digits.test.labels[:2]])
    assert images[:16] == bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28])
    assert images[16:] == digits.test.images[:2].tobytes()


@pytest.mark.parametrize(
    ("images", "labels", "said"),
    [
        ((2, 20, 20), [1, 2], "28 x 28 pixels, got 20 x 20"),
        ((2, 28, 28), [1, 2, 3], "2 labels"),
        ((2, 28, 28), [1, 10], "got 10 at position 1"),
        ((501, 28, 28), [1] * 501, "500"),
        ((0, 28, 28), [], "at least 1"),
        ((2, 784), [1, 2], "magic number"),
    ],
)
def test_what_does_not_fit_is_refused(images, labels, said):
    data = zipped(**{IMAGES: to_idx(np.zeros(images, np.uint8)), LABELS: to_idx(np.array(labels, np.uint8))})
    with pytest.raises(DatasetError, match=said):
        read(data)


def test_damaged_files_are_refused(digits):
    good = packed(digits.test.take(3), SHAPE)
    idx = to_idx(digits.test.images[:3].reshape(-1, *SHAPE))
    labels = to_idx(digits.test.labels[:3])
    for bad in (
        b"",
        b"no zip file",
        zipped(),
        zipped(**{LABELS: labels}),
        zipped(**{IMAGES: idx[:-1], LABELS: labels}),
        zipped(**{IMAGES: idx + b"x", LABELS: labels}),
        *(good[:end] for end in range(0, len(good), 7)),
    ):
        with pytest.raises(DatasetError):
            read(bad)
    rng = np.random.default_rng(0)
    for _ in range(200):  # a flipped byte is either refused as such or does no harm
        data = bytearray(good)
        data[rng.integers(len(data))] ^= int(rng.integers(1, 256))
        try:
            images, _ = read(bytes(data))
        except DatasetError:
            continue
        assert (images == digits.test.images[:3]).all()


def test_the_sheet_shows_each_digit_and_can_be_read_again(digits):
    paper = np.array(Image.open(BytesIO(sheet(digits.test.take(23), SHAPE))))
    assert paper.shape == ((2 * 32 + GAP) * SCALE, (20 * 32 + GAP) * SCALE)
    small = paper[::SCALE, ::SCALE]
    assert (small[36:64, 4 + 32 : 32 + 32] == 255 - digits.test.images[21].reshape(SHAPE)).all()
    assert len(find_digits(paper)) == 23
