"""Finding the digits of a page."""

import numpy as np
import pytest
from scipy import ndimage

from nnlib.preprocessing import grey
from nnlib.segmentation import MOST_DIGITS, components, find_digits, ruled_lines

ZERO = np.ones((40, 26), bool)
ZERO[8:32, 8:18] = False
SEVEN = np.zeros((40, 28), bool)
SEVEN[:7], SEVEN[:, 20:] = True, True


def page(*placed, shape=(300, 400)):
    """Ink 0 or 1: each mark with its top and left."""
    ink = np.zeros(shape, np.float32)
    for mark, top, left in placed:
        ink[top : top + mark.shape[0], left : left + mark.shape[1]] = np.maximum(
            ink[top : top + mark.shape[0], left : left + mark.shape[1]], mark
        )
    return ink


def found(ink, light=1.0, noise=0.0):
    """The boxes of the digits found."""
    brightness = 255 * light * (0.95 - 0.75 * ink) + np.random.default_rng(3).normal(0, noise, ink.shape)
    return [digit.box for digit in find_digits(grey(np.clip(brightness, 0, 255).astype(np.uint8)))]


@pytest.mark.parametrize("share", [0.05, 0.4, 0.6, 0.95])
def test_components_are_those_of_scipy(share):
    mask = np.random.default_rng(0).random((60, 70)) < share
    runs = components(mask)
    labels = np.zeros(mask.shape, int)
    for row, start, stop, part in zip(runs.row, runs.start, runs.stop, runs.part, strict=True):
        labels[row, start:stop] = part + 1
    expected, count = ndimage.label(mask, np.ones((3, 3)))
    assert np.array_equal(labels > 0, mask) and labels.max() == count
    assert len(np.unique(labels * 10_000 + expected)) == len(np.unique(labels))  # the same up to the numbers
    boxes = [
        [columns.start, rows.start, columns.stop, rows.stop] for rows, columns in ndimage.find_objects(labels, count)
    ]
    assert runs.boxes().tolist() == boxes and runs.areas().tolist() == np.bincount(labels[mask])[1:].tolist()


@pytest.mark.parametrize("mask", [np.zeros((5, 6), bool), np.ones((5, 6), bool)])
def test_components_of_nothing_and_of_everything(mask):
    assert components(mask).boxes().tolist() == ([[0, 0, 6, 5]] if mask.any() else [])


def test_one_digit_is_one():
    assert found(page((ZERO, 90, 110))) == [(110, 90, 136, 130)]


@pytest.mark.parametrize("brightness", [255, 0, 128])
@pytest.mark.parametrize("noise", [0, 8])
def test_an_empty_page_has_none(brightness, noise):
    blank = np.random.default_rng(0).normal(brightness, noise, (200, 300)).clip(0, 255).astype(np.uint8)
    assert find_digits(grey(blank)) == []


def test_reading_order_in_slanted_lines():
    places = [(40 + 90 * line + 12 * place, 30 + 60 * place) for line in range(2) for place in range(6)]
    boxes = found(page(*((ZERO if i % 2 else SEVEN, *place) for i, place in enumerate(places))))
    assert [(top, left) for left, top, _, _ in boxes] == places


def test_parts_of_a_broken_digit_are_joined_and_neighbours_are_not():
    bar, body = np.ones((5, 20), bool), ZERO[:30]
    broken = [(bar, 50, 92), (body, 60, 70)]  # the bar of a 5 to the upper right of its body
    neighbours = [(ZERO, 50, 150), (ZERO, 50, 180), (SEVEN, 50, 212)]
    boxes = found(page(*broken, *neighbours))
    assert boxes == [(70, 50, 112, 90), (150, 50, 176, 90), (180, 50, 206, 90), (212, 50, 240, 90)]


def test_specks_and_dashes_are_dropped():
    speck, dash = np.ones((4, 4), bool), np.ones((5, 22), bool)
    assert found(page((ZERO, 100, 100), (SEVEN, 100, 200), (speck, 40, 40), (speck, 220, 300), (dash, 118, 300))) == [
        (100, 100, 126, 140), (200, 100, 228, 140),
    ]  # fmt: skip


def test_a_digit_without_what_belongs_to_its_neighbour():
    """The box of the bracket holds the other digit, but its ink does not."""
    bracket = np.zeros((40, 60), bool)
    bracket[:, :6], bracket[:6], bracket[-6:] = True, True, True
    inner = np.ones((24, 40), bool)
    brightness = (255 * (1 - page((bracket, 100, 100), (inner, 108, 130)))).astype(np.uint8)
    digits = {digit.box: digit.ink for digit in find_digits(grey(brightness))}
    assert np.count_nonzero(digits[(100, 100, 160, 140)] > 0.5) == bracket.sum()


@pytest.mark.parametrize("slope", [0.0, 0.02])
@pytest.mark.parametrize("strength", [0.3, 1.0])
def test_ruled_and_squared_paper(slope, strength):
    rows, columns = np.indices((600, 800))
    across, down = (rows + slope * columns) % 60 < 2, (columns - slope * rows) % 60 < 2
    for lines in (across, across | down):
        ink = np.maximum(page((ZERO, 135, 210), (SEVEN, 400, 510), shape=(600, 800)), strength * lines)
        boxes = found(ink, noise=3)
        assert len(boxes) == 2
        for box, truth in zip(boxes, [(210, 135, 236, 175), (510, 400, 538, 440)], strict=True):
            assert np.abs(np.subtract(box, truth)).max() <= 4


def test_a_one_is_no_ruled_line():
    one = np.ones((150, 3), bool)
    assert found(page((one, 20, 100), shape=(190, 200))) == [(100, 20, 103, 170)]
    ink = page((one, 20, 100), shape=(190, 200))
    assert not ruled_lines(ink, ink > 0).any()


def test_frames_around_digits_are_dropped():
    frame = np.ones((80, 70), bool)
    frame[2:-2, 2:-2] = False
    marks = [mark for i in range(3) for mark in ((frame, 100, 40 + 100 * i), (ZERO, 120, 60 + 100 * i))]
    assert found(page(*marks)) == [(60 + 100 * i, 120, 86 + 100 * i, 160) for i in range(3)]


def test_paper_on_a_dark_table():
    ink = page((ZERO, 120, 150), (SEVEN, 120, 230))
    light = np.full(ink.shape, 0.25)
    light[60:250, 80:330] = 1
    assert found(ink, light, noise=3) == [(150, 120, 176, 160), (230, 120, 258, 160)]


def test_a_shadow_larger_than_digits_does_not_decide_their_usual_height():
    """It has more pixels than they have, but the edges of their strokes are longer and darker."""
    ink = page((ZERO, 50, 50), (SEVEN, 50, 130), shape=(400, 600))
    light = np.ones(ink.shape)
    light[164:316, 284:436] = 0.4
    assert found(ink, light, noise=3) == [(50, 50, 76, 90), (130, 50, 158, 90)]


def test_pieces_of_the_edge_of_the_paper_are_dropped():
    """The torn edge lies on something as dark: teeth as high as digits."""
    ink, light = page((ZERO, 120, 150), (SEVEN, 120, 230)), np.ones((300, 400))
    light[:, 340:] = 0.25
    light[np.arange(300) % 60 < 40, 330:340] = 0.25
    assert found(ink, light, noise=3) == [(150, 120, 176, 160), (230, 120, 258, 160)]


def test_a_halftone_takes_no_longer_than_a_page_may():
    """Thousands of dots: only the largest are looked at."""
    rows, columns = np.indices((1000, 1600)) % 20
    dots = ((rows < 8) & (columns < 8)).astype(np.float32)
    assert len(find_digits(dots)) <= MOST_DIGITS


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (2, 300), (5000, 1)])
def test_pictures_of_odd_shapes(shape):
    assert find_digits(np.zeros(shape, np.float32)) == []
