"""The digits on a visitor's picture."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from dashboard.draw import found_digits
from dashboard.draw.found_digits import LARGEST, WIDEST
from dashboard.draw.preparation import steps
from dashboard.draw.strokes import drawn
from dashboard.theme import LIGHT
from nnlib.picture_files import PictureError

SEVEN, ONE = (((0.3, 0.2), (0.7, 0.2), (0.45, 0.8)),), (((0.5, 0.2), (0.5, 0.8)),)


def file_of(picture, kind="PNG"):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, kind)
    return file.getvalue()


@pytest.fixture(scope="module")
def page():
    """Two lines: 7 1, and 1."""
    seven, one = drawn(SEVEN), drawn(ONE)
    return np.vstack([np.hstack([seven, one, np.full_like(one, 255)]), np.hstack([one, *[np.full_like(one, 255)] * 2])])


@pytest.fixture(scope="module")
def found(page):
    return found_digits.begin(file_of(page), "page.png").result(timeout=60)


def test_the_digits_stand_where_they_were_drawn(page, found):
    assert found.count == len(found.sources) == len(found.frames) == 3
    height, width = page.shape
    for (left, top, across, down), (x, y) in zip(found.frames, ((0.5, 0.5), (1.5, 0.5), (0.5, 1.5)), strict=True):
        assert (left + across / 2) * width == pytest.approx(168 * x, abs=3)
        assert (top + down / 2) * height == pytest.approx(168 * y, abs=3)
        assert down * height == pytest.approx((0.6 + 0.08) * 168, abs=3)
    for source in found.sources:
        assert source.picture.shape == source.ink.shape


def test_a_large_picture_is_shown_reduced(page, found):
    assert found.shown.shape == (*page.shape, 3)
    large = found_digits.analyse(file_of(page.repeat(3, axis=0).repeat(3, axis=1), "JPEG"), "page.jpg")
    assert large.count == 3 and max(large.shown.shape) == WIDEST


def test_a_large_digit_is_kept_reduced_and_read_as_before():
    whole = found_digits.analyse(file_of(np.kron(drawn(SEVEN), np.ones((6, 6), np.uint8))), "page.png")
    [small], [large] = found_digits.found_on(drawn(SEVEN)).sources, whole.sources
    assert max(large.ink.shape) == LARGEST and large.picture.shape == large.ink.shape
    images = [steps(source, (28, 28))[-1].image.astype(int) for source in (small, large)]
    assert np.abs(images[0] - images[1]).mean() < 2  # of 255


def test_each_digit_has_a_frame_that_can_be_chosen(found):
    html = found_digits.html(found, ["7", "1", "<1>"], LIGHT)
    assert len(re.findall("data-choice", html)) == 3 and "<1>" not in html


def test_a_file_that_is_no_picture():
    with pytest.raises(PictureError):
        found_digits.begin(b"no picture", "page.png").result(timeout=60)
