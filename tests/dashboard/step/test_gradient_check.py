"""The difference quotient is the gradient, and the curve around it is the loss."""

import numpy as np
import pytest

from dashboard.step.gradient_check import POINTS, check_weight
from nnlib.recipes import Recipe

KINDS = {
    "plain": Recipe(hidden=(12,), activation="tanh"),
    "dropout and L2": Recipe(hidden=(12,), activation="sigmoid", dropout=0.4, l2=0.1),
    "squares": Recipe(hidden=(12,), activation="tanh", loss="mean-squared-error"),
    "convolution": Recipe(hidden=(8,), convolutions=(3,)),
}


@pytest.mark.parametrize("recipe", KINDS.values(), ids=KINDS)
def test_the_gradient_of_the_step_is_the_difference_quotient(few, recipe):
    trainer = recipe.trainer(few)
    dry_run = trainer.dry_run(few.train.images[:8], few.train.labels[:8])
    size = dry_run.part(dry_run.before, "W1").size  # a bias of 0 may lie on a kink of ReLU, see below
    place = int(np.abs(dry_run.gradient[:size]).argmax())
    found = check_weight(dry_run, place)
    assert found.check.relative_error < 1e-6
    assert found.analytic == pytest.approx(float(dry_run.gradient[place]), rel=1e-3)
    assert len(found.losses) == POINTS and found.offsets[POINTS // 2] == 0
    penalty = dry_run.network.penalty(dry_run.l2)
    assert found.loss == pytest.approx(dry_run.value + penalty, rel=1e-5)
    slope = (found.losses[POINTS // 2 + 1] - found.losses[POINTS // 2 - 1]) / (found.offsets[1] - found.offsets[0]) / 2
    assert slope == pytest.approx(found.numerical, rel=0.2, abs=0.02)
    assert np.array_equal(dry_run.network.parameters, dry_run.before)


def test_on_a_kink_the_two_differ(few):
    """A kernel's weighted sum on blank paper is its bias, which begins at 0, where ReLU has no slope."""
    dry_run = KINDS["convolution"].trainer(few).dry_run(few.train.images[:8], few.train.labels[:8])
    place, _ = dry_run.place("b1")
    errors = [check_weight(dry_run, place + i).check.relative_error for i in range(3)]
    assert max(errors) > 1e-4


def test_a_weight_of_a_dark_pixel_has_no_gradient(few):
    dry_run = Recipe(hidden=(4,)).trainer(few).dry_run(few.train.images[:3], few.train.labels[:3])
    found = check_weight(dry_run, 0)
    assert found.analytic == found.numerical == 0 and np.ptp(found.losses) == 0
