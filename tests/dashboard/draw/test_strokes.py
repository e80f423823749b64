"""Strokes, and the picture they make."""

import numpy as np
import pytest

from dashboard.draw.strokes import MOST_POINTS, MOST_STROKES, checked, drawn


def ink(strokes, pen, side=100):
    return 1 - drawn(strokes, pen, side) / 255


@pytest.mark.parametrize(
    ("stroke", "length"),
    [
        (((0.25, 0.5), (0.75, 0.5)), 0.5),
        (((0.3, 0.2), (0.6, 0.6)), 0.5),
        (((0.3, 0.7), (0.5, 0.7), (0.5, 0.7), (0.7, 0.7)), 0.4),
        (((0.5, 0.5),), 0.0),
    ],
)
@pytest.mark.parametrize("pen", [0.05, 0.1])
def test_a_stroke_covers_a_rectangle_and_two_half_discs(stroke, length, pen):
    covered = ink((stroke,), pen).sum() / 100**2
    assert covered == pytest.approx(length * pen + np.pi * pen**2 / 4, rel=0.02)


def test_pixels_are_ink_paper_or_the_share_covered():
    picture = drawn((((0.0, 0.5), (1.0, 0.5)),), 0.1, 10)  # one pixel wide, on the border of two rows
    expected = np.full(10, 255)
    expected[4:6] = round(255 / 2)
    assert picture.dtype == np.uint8
    assert (np.abs(picture.astype(int) - expected[:, None]) <= 1).all()


def test_strokes_that_cross_are_no_darker_and_those_at_the_edge_are_cut_off():
    across, down = ((0.0, 0.0), (1.0, 1.0)), ((0.0, 1.0), (1.0, 0.0))
    both = ink((across, down), 0.1)
    np.testing.assert_allclose(both, np.maximum(ink((across,), 0.1), ink((down,), 0.1)))
    assert ink((((0.0, 0.0),),), 0.2).sum() == pytest.approx(np.pi * 10**2 / 4, rel=0.05)


def test_strokes_of_a_browser():
    assert checked([[[0, 0.5], [1, 0.25]], [[0.1, 0.2]]]) == (((0.0, 0.5), (1.0, 0.25)), ((0.1, 0.2),))
    assert checked([]) == ()


@pytest.mark.parametrize(
    "value",
    [
        None,
        "strokes",
        [[]],
        [[0.5, 0.5]],
        [[[0.5]]],
        [[[0.5, 1.01]]],
        [[[0.5, -0.01]]],
        [[[0.5, float("nan")]]],
        [[[0.5, True]]],
        [[["0.5", "0.5"]]],
        [[[0.5, 0.5]]] * (MOST_STROKES + 1),
        [[[0.5, 0.5]] * (MOST_POINTS + 1)],
    ],
)
def test_what_is_no_strokes_is_refused(value):
    with pytest.raises(ValueError, match="expected"):
        checked(value)
