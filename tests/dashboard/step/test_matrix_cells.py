"""Matrices as tables of coloured numbers and as pictures."""

import re

import numpy as np
import pytest

from dashboard.step.matrix_cells import (
    INNER,
    PART,
    PICTURE,
    WHOLE,
    condensed,
    part_of,
    picture,
    places,
    short,
    table,
    thumbnails,
)
from dashboard.theme import DARK, LIGHT, signed_rgb
from tests.figures import figures

VALUES = np.array([[0.5, -2.0, 0.0], [1.0, 0.25, np.nan]], np.float32)


def cells_of(text):
    return re.findall(r"<td([^>]*)>([^<]*)</td>", text)


def test_a_part_fits_and_lies_inside():
    for size, start, expected in (
        *((WHOLE, 5, range(WHOLE)), (3, 0, range(3)), (100, 0, range(PART)), (100, 40, range(40, 40 + PART))),
        *((100, 99, range(100 - PART, 100)), (100, -3, range(PART))),
    ):
        assert part_of(size, start) == expected
    assert part_of(10, 9, most=INNER, part=INNER) == range(10 - INNER, 10)  # of what is summed over less fits


def test_numbers_fit_into_a_cell():
    found = [short(*each) for each in ((0.0, 0), (-0.126, 0), (0.00126, -3), (1234.0, 0))]
    assert found == ["0", "−0.13", "1.26", "1234"]
    assert [short(value, 3) for value in (np.nan, -np.inf, np.inf)] == ["NaN", "−∞", "∞"]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_every_cell_has_its_number_its_colour_and_its_marks(theme):
    text = table(VALUES, range(2), range(3), "W", theme, 2.0, lit=[(0, None), (1, 1)], chosen=(1, 0))
    found = cells_of(text)
    assert [number for _, number in found] == ["0.50", "−2.00", "0", "1.00", "0.25", "NaN"]
    colours = ["#" + bytes(signed_rgb(np.array([v]), 2.0, theme)[0]).hex() for v in VALUES.ravel()]
    assert all(colour in look for (look, _), colour in zip(found, colours, strict=True))
    marks = [("now" if "class=now" in look else "lit" if "class=lit" in look else "") for look, _ in found]
    assert marks == ["lit", "lit", "lit", "now", "lit", ""]
    assert text.count("data-choice") == 6 == len(places(range(2), range(3)))


def test_a_part_says_which_and_takes_a_power_of_ten_out():
    text = table(np.full((30, 40), 1e-4), range(3, 5), range(8, 11), "dW", LIGHT, 2e-4)
    part = text.partition('class="part">')[2]
    assert figures(part.replace("–", " "))[:6] == [4, 5, 30, 9, 11, 40] and "10<sup>−4</sup>" in part
    assert {number for _, number in cells_of(text)} == {"1.00"} and "data-choice" not in text


def test_a_large_matrix_is_condensed_to_its_largest_numbers():
    values = np.zeros((500, 30), np.float32)
    values[123, 7], values[400, 20] = -5, 3
    small = condensed(values)
    assert small.shape == (PICTURE, 30) and small.min() == -5 and small.max() == 3
    assert np.count_nonzero(small) == 2 and np.array_equal(condensed(small), small)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (128, 1), (10, 64), (784, 128), (32, 43264)])
def test_a_picture_is_neither_too_large_nor_too_thin(shape):
    text = picture(np.ones(shape, np.float32), LIGHT, 1.0, "a <matrix>")
    width = int(re.search(r"width:(\d+)px", text).group(1))
    across, along = map(int, re.search(r"aspect-ratio:(\d+)/(\d+)", text).groups())
    assert 6 <= width <= PICTURE + 8 and 6 <= width * along / across <= PICTURE + 8
    assert "a &lt;matrix&gt;" in text


def test_every_thumbnail_is_a_figure():
    text = thumbnails([("<img>", "<i>W</i>", "2 × 3"), ("<img>", "b", "<")], LIGHT)
    assert text.count("<figure") == 2 and "&lt;" in text
