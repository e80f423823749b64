"""Learning-rate schedules: their values by hand, and that they never rise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib.schedules import SCHEDULES, constant, cosine, step

progress = st.floats(0, 50)


@pytest.mark.parametrize("done", [0, 0.3, 1, 7])
def test_constant_is_one(done):
    assert constant(done) == 1


@pytest.mark.parametrize(
    ("done", "factor"), [(0, 1), (0.4999, 1), (0.5, 0.1), (0.7499, 0.1), (0.75, 0.01), (1, 0.01), (3, 0.01)]
)
def test_step_by_hand(done, factor):
    assert step(done) == factor


@pytest.mark.parametrize(
    ("done", "factor"),
    [
        (0, 1.0),  # cos 0 = 1: 0.01 + 0.99 * 1
        (1 / 3, 0.7525),  # cos 60° = 1/2: 0.01 + 0.99 * 3/4
        (1 / 2, 0.505),  # cos 90° = 0: 0.01 + 0.99 * 1/2
        (2 / 3, 0.2575),  # cos 120° = -1/2: 0.01 + 0.99 * 1/4
        (1, 0.01),  # cos 180° = -1: 0.01 + 0.99 * 0
        (1.5, 0.01),
        (2, 0.01),  # a cosine that went on would be back at 1
    ],
)
def test_cosine_by_hand(done, factor):
    assert cosine(done) == pytest.approx(factor, rel=1e-14)


@pytest.mark.parametrize("name", SCHEDULES)
@given(one=progress, other=progress)
def test_never_rises(name, one, other):
    early, late = sorted((one, other))
    assert 1 >= SCHEDULES[name](early) >= SCHEDULES[name](late) > 0


@pytest.mark.parametrize("name", SCHEDULES)
@given(beyond=st.floats(1, 1e6))
def test_past_the_plan_it_stays(name, beyond):
    assert SCHEDULES[name](beyond) == SCHEDULES[name](1.0)
