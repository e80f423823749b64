"""Digits that touch are separated where a network reads the parts better."""

import numpy as np
import pytest

from nnlib.reading import find, read
from nnlib.segmentation import Found
from nnlib.storage import REFERENCE, load
from nnlib.touching import separated


def bars(n):
    """The ink of n upright bars, 12 pixels wide and 60 high, joined by lines at half the height, thinner halfway."""
    ink = np.zeros((60, 40 * n - 28), np.float32)
    ink[29:31] = 1
    for i in range(n):
        ink[:, 40 * i : 40 * i + 12] = 1
        ink[29, 40 * i + 23 : 40 * i + 29] = 0
    return ink


def reader(bar, other):
    """Gives images narrower than 14 pixels the probability of a bar, and all others the other one."""

    def classify(images):
        widths = np.array([np.ptp(np.flatnonzero((image > 128).any(axis=0))) for image in images])
        probabilities = np.zeros((10, len(images)))
        probabilities[5] = np.where(widths < 14, bar, other)
        return probabilities

    return classify


@pytest.mark.parametrize("n", [2, 3])
def test_parts_that_are_read_better_are_separated(n):
    ink = bars(n)
    whole = Found((7, 9, 7 + ink.shape[1], 69), ink)
    parts = separated([whole], reader(0.99, 0.1))
    assert len(parts) == n
    again = np.zeros_like(ink)
    for part, start in zip(parts, range(7, 200, 40), strict=False):
        left, top, right, bottom = part.box
        assert left <= start and start + 12 <= right and (top, bottom) == (9, 69)
        again[top - 9 : bottom - 9, left - 7 : right - 7] += part.ink
    np.testing.assert_array_equal(again, ink)  # nothing is lost, nothing twice


@pytest.mark.parametrize(("bar", "other"), [(0.99, 0.99), (0.5, 0.4), (0.1, 0.1)])
def test_a_whole_that_is_read_as_well_stays(bar, other):
    whole = Found((0, 0, 52, 60), bars(2))
    assert separated([whole], reader(bar, other)) == [whole]


def test_a_page_of_scribbles_takes_limited_time(monkeypatch):
    monkeypatch.setattr("nnlib.touching.MOST_TRIED", 5)
    images = []

    def classify(batch):
        images.extend(batch)
        return np.full((10, len(batch)), 0.1)

    found = [Found((0, 0, 92, 60), bars(3))] * 100
    assert separated(found, classify) == found and len(images) < 80 * 5
    assert separated([], classify) == []


def test_touching_digits_are_read(digits):
    """Two digits of MNIST that a bridge joins, beside a single one."""
    validation, paper = digits.validation, np.full((160, 400), 240.0)
    chosen = [int(np.flatnonzero(validation.labels == label)[3]) for label in (6, 5, 0)]
    ink = [np.kron(validation.images[i].reshape(28, 28), np.ones((4, 4))) / 255 for i in chosen]
    for each, left in zip(ink, (20, 88, 260), strict=True):
        paper[24:136, left : left + 112] -= 200 * each
    picture = paper.clip(20, 255).astype(np.uint8)
    picture[78:82, 90:130] = 40
    assert [reading.name for reading in read(load(REFERENCE), digits, picture)] == ["6", "5", "0"]
    assert len(find(picture)) == 3
