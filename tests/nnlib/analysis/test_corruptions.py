"""Every corruption against SciPy, and against pictures worked by hand."""

import numpy as np
import pytest

from nnlib.analysis.corruptions import CORRUPTIONS, DIRECTIONS, noisy, shifted, thickened, turned

ndimage = pytest.importorskip("scipy.ndimage")  # comes with scikit-learn

SHAPE = (9, 7)


@pytest.fixture
def pictures():
    return np.random.default_rng(3).integers(0, 256, (70, SHAPE[0] * SHAPE[1])).astype(np.uint8)


def by_scipy(filter_, picture, size):
    """An even window has no middle; here its spare pixel is above and to the left, which in SciPy is an origin of 0
    for erosion and of -1 for dilation, whose window it turns over."""
    turned_over = filter_ is ndimage.grey_dilation and size % 2 == 0
    padded = np.pad(picture.reshape(SHAPE), size)  # no ink outside
    found = filter_(padded, size=(size, size), origin=-1 if turned_over else 0)
    return found[size:-size, size:-size].reshape(-1)


@pytest.mark.parametrize("pixels", [1, 2, 3])
def test_thickness_is_the_erosion_and_dilation_of_scipy(pictures, pixels):
    for amount, filter_ in ((pixels, ndimage.grey_dilation), (-pixels, ndimage.grey_erosion)):
        expected = [by_scipy(filter_, picture, pixels + 1) for picture in pictures]
        np.testing.assert_array_equal(thickened(pictures, SHAPE, amount), expected)


def test_half_a_pixel_lies_between_two_windows(pictures):
    for low in (-2, -1, 0, 1):
        below, above = (thickened(pictures, SHAPE, low + k).astype(float) for k in (0, 1))
        assert np.abs(thickened(pictures, SHAPE, low + 0.5) - (below + above) / 2).max() <= 0.5


def test_a_stroke_grows_and_shrinks_by_whole_pixels():
    picture = np.zeros((1, *SHAPE), np.uint8)
    picture[0, 1:8, 2:5] = 200  # a stroke three pixels wide
    for pixels, width in ((-2, 1), (-1, 2), (0, 3), (1, 4), (2, 5)):
        row = thickened(picture.reshape(1, -1), SHAPE, pixels).reshape(SHAPE)[4]
        assert row.tolist().count(200) == width and row.tolist().count(0) == SHAPE[1] - width


def test_noise_has_the_spread_it_says_and_is_the_same_each_time():
    grey = np.full((500, 64), 128, np.uint8)
    for percent in (5, 10):  # so little that nothing is cut off
        difference = noisy(grey, (8, 8), percent) - 128.0
        assert abs(difference.mean()) < 0.5 and difference.std() == pytest.approx(2.55 * percent, rel=0.02)
        np.testing.assert_array_equal(noisy(grey, (8, 8), percent), difference + 128)
    loud = noisy(grey, (8, 8), 80)
    assert loud.min() == 0 and loud.max() == 255
    np.testing.assert_array_equal((noisy(grey, (8, 8), 10) > 128), (loud > 128) & (noisy(grey, (8, 8), 10) != 128))


def test_a_shift_goes_all_four_ways_and_is_that_of_scipy(pictures):
    for pixels in range(9):
        moved = shifted(pictures, SHAPE, pixels)
        ways = set()
        for picture, result in zip(pictures, moved, strict=True):
            fitting = [
                way
                for way in DIRECTIONS
                if (
                    ndimage.shift(picture.reshape(SHAPE), np.multiply(pixels, way), order=0) == result.reshape(SHAPE)
                ).all()
            ]
            assert fitting
            ways.add(fitting[0])
        assert pixels not in (1, 2, 3) or ways == {*DIRECTIONS}


def test_a_turn_is_anticlockwise_and_that_of_scipy():
    picture = np.zeros((9, 9), np.uint8)
    picture[4, 4:] = 250  # a hand that points to the right
    quarter = turned(picture.reshape(1, -1), (9, 9), 90).reshape(9, 9)
    assert quarter[:5, 4].tolist() == [250] * 5 and quarter[5:].max() == 0  # now it points up
    for degrees in (-75, -15, 30, 90):
        expected = ndimage.rotate(picture.astype(float), degrees, reshape=False, order=1, mode="grid-constant")
        assert np.abs(turned(picture.reshape(1, -1), (9, 9), degrees).reshape(9, 9) - expected).max() <= 0.51


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_the_first_pictures_change_alike_however_many_follow(digits, name):
    kind, images = CORRUPTIONS[name], digits.validation.images
    for amount in kind.amounts:
        few, many = (kind.change(images[:n], digits.image_shape, amount) for n in (7, 150))
        np.testing.assert_array_equal(few, many[:7])


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_nothing_is_changed_by_nothing_and_more_by_more(digits, name):
    kind, images = CORRUPTIONS[name], digits.validation.images[:50]
    assert 0 in kind.amounts and [*kind.amounts] == sorted(kind.amounts)
    before = images.copy()
    np.testing.assert_array_equal(kind.change(images, digits.image_shape, 0), images)
    distances = []
    for amount in kind.amounts:
        if amount >= 0:
            changed = kind.change(images, digits.image_shape, amount)
            assert changed.dtype == np.uint8 and changed.shape == images.shape
            distances.append(np.abs(changed - images.astype(float)).mean())
    first = distances[:4]  # further away a shifted digit does not overlap with itself any more
    assert first == sorted(first) and distances[-1] > 10
    np.testing.assert_array_equal(images, before)
