"""The examples are steps of a real network, each wrong where it says."""

import numpy as np
import pytest

from dashboard.doctor.comparison import comparison
from dashboard.doctor.examples import BROKEN, example
from dashboard.theme import LIGHT
from nnlib.doctor.diagnosis import diagnose


def test_the_sound_step_is_sound(digits):
    found = diagnose(example("", digits))
    assert found.first_wrong is None and len(found.right) == 10


@pytest.mark.parametrize("line", BROKEN)
def test_a_broken_step_is_wrong_in_the_array_that_its_line_computes(line, digits):
    found = diagnose(example(line, digits))
    assert found.first_wrong == line.split()[0] and found.matches


def test_the_comparison_shows_the_same_cells_of_both(digits):
    found = diagnose(example("dZ2 = Y - A2", digits))
    got, right = comparison(found, LIGHT)
    np.testing.assert_allclose(got.data[0].customdata, -right.data[0].customdata, rtol=1e-5)
    assert (got.data[0].x == right.data[0].x).all() and got.data[0].zmax == right.data[0].zmax
