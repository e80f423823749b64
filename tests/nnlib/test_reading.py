"""Pictures of digits, read from the file to the class: drawn large and small, bright and dark, and a page of them."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from nnlib.datasets import DATA_FOLDER
from nnlib.picture_files import read_picture
from nnlib.reading import class_probabilities, read
from nnlib.recipes import Recipe
from nnlib.storage import SavedNetwork, StorageError, load

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
    """The file of one digit: its size from 28 to 300 pixels, as often below 92 as above, its place, its greys and the
    light are random."""
    side = round(28 * (300 / 28) ** generator.random())
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


def overlap(one, other):
    """The intersection of two boxes as a share of their union."""
    width, height = (min(one[i + 2], other[i + 2]) - max(one[i], other[i]) for i in (0, 1))
    common = max(width, 0) * max(height, 0)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return common / (areas - common)


def page(digits, generator, shape=(700, 900), lines=5, in_a_line=6):
    """Ink of validation digits of 40 to 80 pixels in slanted lines; boxes and labels in reading order."""
    ink, boxes, labels = np.zeros(shape, np.float32), [], []
    for i, index in enumerate(generator.choice(len(digits.validation), lines * in_a_line, replace=False)):
        digit = enlarged(digits.validation.images[index], round(generator.integers(40, 81) * 28 / 20))
        rows, columns = (np.flatnonzero((digit > 0.3).any(axis=axis)) for axis in (1, 0))
        digit = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        line, place = divmod(i, in_a_line)
        middle = (place + generator.uniform(0.4, 0.6)) * shape[1] / in_a_line
        top = int((line + 0.5) * shape[0] / lines + 0.03 * (middle - shape[1] / 2) - len(digit) / 2)
        left = int(middle - digit.shape[1] / 2)
        box = (left, top, left + digit.shape[1], top + digit.shape[0])
        ink[top : box[3], left : box[2]] = digit
        boxes.append(box)
        labels.append(str(digits.validation.labels[index]))
    return ink, boxes, labels


@pytest.mark.parametrize("bright_ink", [False, True])
def test_a_page_of_thirty_digits(reference, digits, bright_ink):
    """On a noisy page in uneven light they are found, in order, and read."""
    generator = np.random.default_rng(4)
    ink, boxes, labels = page(digits, generator)
    rows, columns = np.indices(ink.shape) / np.array(ink.shape)[:, None, None]
    light = 0.6 + 0.3 * rows * columns + 0.1 * columns
    brightness = 255 * (0.15 + 0.1 * rows + 0.6 * ink) if bright_ink else 255 * light * (1 - 0.75 * ink)
    picture = read_picture(file_of(brightness + generator.normal(0, 6, ink.shape), "JPEG"))
    readings = read(reference, digits, picture.pixels)
    assert len(readings) == len(boxes)
    assert min(overlap(reading.box, box) for reading, box in zip(readings, boxes, strict=True)) > 0.5
    assert np.mean([reading.name == label for reading, label in zip(readings, labels, strict=True)]) >= 0.95


def network(digits, **settings):
    """A network as `load` returns it, untrained."""
    trainer = Recipe(hidden=(4,), **settings).trainer(digits)
    return SavedNetwork(trainer.network, trainer.recipe, trainer.scaling, trainer.digits.n_classes)


@pytest.mark.parametrize(
    "settings",
    [
        {"scaling": "standard"},
        {"data": "zeros-and-ones", "loss": "binary-cross-entropy"},
        {"data": "zeros-and-ones", "convolutions": (2,)},
        {"loss": "mean-squared-error"},
    ],
    ids=str,
)
def test_a_network_gets_its_own_crop_scaling_and_classes(digits, settings):
    """The same outputs as for the prepared split; only probabilities are confidences."""
    saved = network(digits, **settings)
    prepared = saved.recipe.prepare(digits)
    ones = np.flatnonzero(digits.test.labels < 2)[:20]
    expected = saved.evaluate(prepared.test)
    outputs = class_probabilities(saved, digits, digits.test.images[ones])
    places = np.searchsorted(prepared.test.source_index, ones)
    assert np.array_equal(outputs.argmax(axis=0), expected.predicted[places])
    (reading,) = read(saved, digits, 255 - digits.test.images[ones[0]].reshape(28, 28))
    assert reading.name in prepared.class_names and reading.image.shape == (28, 28)
    assert (reading.confidence is None) == (saved.recipe.loss == "mean-squared-error")


def test_other_data_than_the_network_was_trained_on(reference, digits):
    with pytest.raises(StorageError, match="28 x 28"):
        read(reference, digits.centre_crop(24), np.full((50, 50), 255, np.uint8))


def test_names_of_classes(digits):
    names = tuple("abcdefghij")
    saved = network(digits)
    (reading,) = read(saved, replace(digits, class_names=names), digits.test.images[0].reshape(28, 28))
    assert reading.name in names
