"""From pixels to inputs."""

import numpy as np
import pytest

from nnlib.scaling import STANDARD, UNIT, Scaling

PIXELS = np.array([[0, 51], [102, 255]], np.uint8)


def test_unit_is_zero_to_one():
    assert UNIT.apply(PIXELS) == pytest.approx(np.array([[0, 0.2], [0.4, 1]]), rel=1e-6)


def test_standard_is_mean_0_and_deviation_1_over_the_training_pixels(digits):
    sample = STANDARD.apply(digits.train.images[:20_000]).astype(np.float64)
    assert sample.mean() == pytest.approx(0, abs=0.01)
    assert sample.std() == pytest.approx(1, abs=0.01)


def test_the_result_is_float32_in_the_place_given():
    out = np.empty((2, 2), np.float32)
    assert Scaling(2.0, -1.0).apply(PIXELS, out=out) is out
    assert out.tolist() == [[-1, 101], [203, 509]]
    assert UNIT.apply(PIXELS).dtype == STANDARD.apply(PIXELS).dtype == np.float32
    assert PIXELS.tolist() == [[0, 51], [102, 255]]


@pytest.mark.parametrize(("field", "value"), [("factor", float("nan")), ("offset", float("inf")), ("factor", "1")])
def test_only_finite_numbers_scale(field, value):
    with pytest.raises(ValueError, match=f"{field}: expected a finite number, got {value!r}"):
        Scaling(**{field: value})
