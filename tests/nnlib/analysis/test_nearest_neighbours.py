"""Nearest neighbours by hand, and against differences in whole numbers over real digits."""

import tracemalloc

import numpy as np
import pytest

from nnlib.analysis.nearest_neighbours import ROWS_PER_BLOCK, nearest


def test_by_hand():
    """From (0, 0): 5, 13, 0 and 5 again."""
    images = np.array([[3, 4], [5, 12], [0, 0], [4, 3]], np.uint8)
    found = nearest(images, np.array([0, 0], np.uint8))
    assert found.positions.tolist() == [2, 0, 3]
    assert found.distances.tolist() == [0, 5, 5]


def test_in_several_blocks_as_in_whole_numbers_at_once(digits):
    images, image = digits.train.images[: 3 * ROWS_PER_BLOCK + 7], digits.validation.images[11]
    squares = ((images.astype(np.int64) - image) ** 2).sum(axis=1)
    found, expected = nearest(images, image), np.argsort(squares, kind="stable")[:3]
    assert found.positions.tolist() == expected.tolist()
    assert found.distances.tolist() == np.sqrt(squares[expected]).tolist()


def test_one_of_them_is_nearest_to_itself_and_equals_keep_their_order():
    images = np.tile(np.array([[255, 0, 7]], np.uint8), (40, 1))
    assert nearest(images, images[0]).positions.tolist() == [0, 1, 2]


def test_fewer_than_asked_for():
    found = nearest(np.array([[9], [1]], np.uint8), np.array([0], np.uint8))
    assert found.positions.tolist() == [1, 0]


def test_all_training_digits_take_little_memory(digits):
    tracemalloc.start()
    nearest(digits.train.images, digits.test.images[0])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20


def test_other_numbers_than_brightness_are_refused():
    with pytest.raises(TypeError, match="expected images of uint8 brightness"):
        nearest(np.zeros((2, 3)), np.zeros(3, np.uint8))
