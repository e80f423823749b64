"""Pictures of digits, read from the file to the class: drawn large and small, bright and dark, and a page of them."""

import io

import numpy as np
import pytest
from PIL import Image

from nnlib.datasets import DATA_FOLDER
from nnlib.picture_files import read_picture
from nnlib.reading import read
from nnlib.storage import load

LEAST_RIGHT = 0.98


@pytest.fixture(scope="module")
def reference():
    return load(DATA_FOLDER / "reference-cnn.npz")


def enlarged(pixels, side):
    """A digit (784,) as ink (side, side), 0 to 1."""
    picture = Image.fromarray(pixels.reshape(28, 28)).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(picture, np.float32) / 255


def file_of(brightness, kind):
    file = io.BytesIO()
    Image.fromarray(np.clip(brightness, 0, 255).astype(np.uint8)).save(file, kind)
    return file.getvalue()


def photograph(pixels, generator):
    """The file of one digit: its size from 28 to 300 pixels, its place, its greys and the light are random."""
    side = int(generator.integers(28, 301))
    above, below, left, right = generator.integers(0, side // 2 + 1, 4)
    ink = np.pad(enlarged(pixels, side), ((above, below), (left, right)))
    paper, pen = (generator.uniform(0.8, 1), generator.uniform(0, 0.4))
    if generator.random() < 0.5:
        paper, pen = 1 - paper, 1 - pen
    down, across = (np.linspace(-1, 1, length) for length in ink.shape)
    light = 1 + generator.uniform(-0.1, 0.1) * down[:, None] + generator.uniform(-0.1, 0.1) * across
    return file_of(255 * light * (paper + (pen - paper) * ink), str(generator.choice(["PNG", "JPEG"])))


def test_uploaded_digits(reference, digits, capsys):
    """500 test digits, each as the file of a picture, through the whole way."""
    generator = np.random.default_rng(8)
    chosen = generator.choice(len(digits.test), 500, replace=False)
    found = [read(reference, digits, read_picture(photograph(digits.test.images[i], generator)).pixels) for i in chosen]
    right = [
        len(readings) == 1 and readings[0].name == str(digits.test.labels[i])
        for readings, i in zip(found, chosen, strict=True)
    ]
    with capsys.disabled():
        print(f"\n{sum(right)} of {len(right)} uploaded digits read right", end="")  # noqa: T201
    assert np.mean(right) >= LEAST_RIGHT
    assert all(0 <= reading.confidence <= 1 for readings in found for reading in readings)
