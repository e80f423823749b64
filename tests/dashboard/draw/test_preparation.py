"""The stages of a visitor's digit, each with the image that a network would get from it."""

import numpy as np
import pytest

from dashboard.draw.preparation import OPTIONAL, Source, steps
from dashboard.draw.strokes import drawn
from nnlib.preprocessing import STAGES, grey, level, prepare, prepare_ink

SHAPE = (28, 28)
SEVEN = (((0.1, 0.1), (0.4, 0.1), (0.2, 0.5)),)


@pytest.fixture(scope="module")
def picture():
    return drawn(SEVEN, 0.06)


@pytest.mark.parametrize("off", [(), ("threshold",), ("fit", "centre")])
def test_the_image_of_a_step_is_the_digit_with_all_later_stages_off(picture, off):
    found = steps(Source(picture), SHAPE, off)
    assert [step.name for step in found] == [name for name in STAGES if name not in off]
    for step in found:
        later = list(STAGES)[list(STAGES).index(step.name) + 1 :]
        skipped = {*off, *(name for name in later if name in OPTIONAL)}
        np.testing.assert_array_equal(step.image, prepare(picture, SHAPE, skipped)["scale"])


def test_a_digit_found_on_a_page_has_the_ink_it_had_there(picture):
    ink = level(grey(picture)) * np.float32(0.9)
    found = {step.name: step for step in steps(Source(picture, ink), SHAPE)}
    assert found["level"].picture is ink
    np.testing.assert_array_equal(found["scale"].image, prepare_ink(ink, SHAPE)["scale"])
    without = steps(Source(picture, ink), SHAPE, ["level"])
    np.testing.assert_array_equal(without[-1].image, prepare(picture, SHAPE, ["level"])["scale"])


def test_a_picture_without_ink(picture):
    blank = steps(Source(np.full_like(picture, 255)), SHAPE)
    assert not any(step.image.any() for step in blank)
