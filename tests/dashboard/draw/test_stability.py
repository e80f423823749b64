"""A prepared digit that is changed, and the answers to it."""

import numpy as np
import pytest

from dashboard.core.reference_network import reference_network
from dashboard.draw import reader, stability
from dashboard.draw.stability import ANGLES, SHIFTS, Change, changed
from dashboard.theme import LIGHT


@pytest.fixture(scope="module")
def image(digits):
    return digits.test.images[0].reshape(28, 28)


@pytest.fixture(scope="module")
def reference(digits):
    return reader.reference(reference_network(), digits)


def test_nothing_changes_without_a_change(image):
    np.testing.assert_array_equal(changed(image, Change()), image)


def test_a_shift_moves_the_pixels(image):
    expected = np.zeros_like(image)
    expected[2:, :-3] = image[:-2, 3:]
    np.testing.assert_array_equal(changed(image, Change(right=-3, down=2)), expected)


def test_a_quarter_turn_is_anticlockwise(image):
    difference = changed(image, Change(angle=90)).astype(int) - np.rot90(image)
    assert np.abs(difference).max() <= 1


def test_strokes_become_thicker_and_noise_is_added(image):
    thin, thick = (changed(image, Change(thickness=by)).sum() for by in (-1, 1))
    assert thin < image.sum() < thick
    noise = changed(np.full_like(image, 128), Change(noise=10)).astype(float)
    assert noise.std() == pytest.approx(25.5, rel=0.1)


def test_the_answers_over_shifts_and_rotations(reference, image):
    work, shares = stability.over_moves(reference, image), []
    while True:
        try:
            shares.append(next(work))
        except StopIteration as end:
            outputs = end.value
            break
    assert shares[-1] == 1 and outputs.shape == (len(ANGLES), len(SHIFTS), 10)
    for angle, right in ((0, 0), (-20, 4)):
        expected = reference.outputs(changed(image, Change(angle=angle, right=right))[None])[:, 0]
        np.testing.assert_allclose(outputs[ANGLES.index(angle), SHIFTS.index(right)], expected, atol=1e-6)
    [cells] = stability.heat_map(outputs, 7, reference.class_names, LIGHT, True).data
    assert cells.text[ANGLES.index(0)][SHIFTS.index(0)] == "7"
    np.testing.assert_array_equal(cells.z, outputs[..., 7])
    [cells] = stability.heat_map(outputs, 7, reference.class_names, LIGHT, False).data
    np.testing.assert_array_equal(cells.z, cells.text == "7")
    same = 100 * (outputs.argmax(axis=2) == 7).mean()
    assert f"{same:.1f}" in stability.about(outputs, 7, reference.class_names, True)
