from dataclasses import replace

import numpy as np
import pytest

from dashboard.data.statistics import BLOCK, crop_loss, measure
from nnlib.datasets import Digits, Split

SHAPE = (5, 4)


def split(n, seed, classes=3):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (n, 20)) * rng.integers(0, 2, (n, 20))
    return Split(images.astype(np.uint8), (np.arange(n) % classes).astype(np.uint8), np.arange(n, dtype=np.int32))


@pytest.fixture
def noise():
    """Three classes, more examples than one block holds, and a fourth class without any."""
    return Digits(split(BLOCK + 7, 1), split(BLOCK + 1, 2), split(9, 3), SHAPE, tuple("abcd"), "noise")


def test_class_counts(noise):
    counts = {name: count.tolist() for name, count in measure(noise).class_counts.items()}
    assert counts == {"training": [169, 169, 169, 0], "validation": [167, 167, 167, 0], "test": [3, 3, 3, 0]}


def test_every_pixel_is_counted_once(noise):
    found = measure(noise)
    assert found.pixel_counts.tolist() == np.bincount(noise.train.images.ravel(), minlength=256).tolist()
    assert found.zero_share == np.mean(noise.train.images == 0)
    assert found.mean_brightness == pytest.approx(noise.train.images.mean())


def test_mean_and_spread_of_each_class(noise):
    found = measure(noise)
    for k in range(3):
        members = noise.train.images[noise.train.labels == k].astype(float)
        np.testing.assert_allclose(found.mean[k], members.mean(axis=0), rtol=1e-6)
        np.testing.assert_allclose(found.spread[k], members.std(axis=0), rtol=1e-4)
    assert not found.mean[3].any() and not found.spread[3].any()
    same = replace(noise.train, images=np.tile(np.arange(20, dtype=np.uint8) * 12, (len(noise.train), 1)))
    assert measure(replace(noise, train=same)).spread.max() < 0.01


def test_the_nearest_mean_by_loops_and_never_that_of_an_empty_class(noise):
    blank = replace(noise.validation, images=noise.validation.images // 8)  # near to zero, as the empty class's mean
    found = measure(replace(noise, validation=blank))
    right = 0
    for image, label in zip(blank.images, blank.labels, strict=True):
        distances = [((image - found.mean[k]) ** 2).sum() for k in range(3)]
        right += int(np.argmin(distances)) == label
    assert found.nearest_mean_accuracy == right / len(blank)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_the_crop_loses_what_the_library_cuts_away(noise, size):
    cropped = noise.centre_crop(size).train.images.sum(axis=1, dtype=float)
    whole = noise.train.images.sum(axis=1, dtype=float)
    lost = crop_loss(noise.train, SHAPE, size)
    np.testing.assert_allclose(lost, 1 - cropped / whole, atol=1e-6)
    assert len(lost) == len(noise.train)
    empty = Split(np.zeros((1, 20), np.uint8), np.zeros(1, np.uint8), np.zeros(1, np.int32))
    assert crop_loss(empty, SHAPE, size).tolist() == [0]


def test_of_mnist_four_pixels_in_five_are_empty(few):
    assert 0.79 < measure(few).zero_share < 0.83
