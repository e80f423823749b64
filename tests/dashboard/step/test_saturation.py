"""Dead units, saturated units and zero gradients are counted."""

import numpy as np
import pytest

from dashboard.step.saturation import notice
from dashboard.step.training_step import Step
from nnlib.recipes import Recipe
from tests.figures import figures


def step_of(few, rows=False, change=lambda network: None, **settings):
    trainer = Recipe(hidden=(6,), **settings).trainer(few)
    change(trainer.network)
    return Step(trainer.dry_run(few.train.images[:5], few.train.labels[:5]), rows)


def kill_two(network):
    network.layers[0].b[1], network.layers[0].b[4] = -1000, -1000


@pytest.mark.parametrize("rows", [False, True], ids=["columns", "rows"])
def test_dead_units(few, rows):
    step = step_of(few, rows, kill_two)
    dead = int((step.dry_run.network.layers[1].A == 0).all(axis=1).sum())
    assert dead >= 2
    assert figures(notice(step.by_symbol["A1"], step))[:2] == [dead, 6] and "dead" in notice(step.by_symbol["A1"], step)
    zeros = int((step.by_symbol["dW1"].value == 0).sum())
    dark = int((few.train.images[:5] == 0).all(axis=0).sum())
    assert figures(notice(step.by_symbol["dW1"], step)) == [zeros, 6 * 784, 1, 0, dead, 6, dark, 784]


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_saturated_units(few, activation):
    def saturate(network):
        network.layers[0].b[:3] = 100

    def centre(network):
        network.parameters[:] = 0

    step = step_of(few, change=saturate, activation=activation)
    A = step.by_symbol["A1"].value
    low = -1 if activation == "tanh" else 0
    count = int(((A > 0.98) | (low + 0.02 > A)).sum())
    assert count >= 15 and figures(notice(step.by_symbol["A1"], step))[:2] == [count, 30]
    step = step_of(few, change=centre, activation=activation)
    assert figures(notice(step.by_symbol["A1"], step))[:2] == [0, 30]
    assert figures(notice(step.by_symbol["dW1"], step))[0] == 4704


@pytest.mark.parametrize("rows", [False, True], ids=["columns", "rows"])
def test_dark_pixels_and_their_gradients(few, rows):
    step = step_of(few, rows, activation="tanh")  # no unit is dead
    dark = int((few.train.images[:5] == 0).all(axis=0).sum())
    assert figures(notice(step.by_symbol["X"], step))[:2] == [dark, 784]
    assert figures(notice(step.by_symbol["dW1"], step)) == [6 * dark, 6 * 784, 1, 0, dark, 784]


@pytest.mark.parametrize("scaling", ["unit", "standard"])
def test_only_an_input_of_zero_has_no_gradient(few, scaling):
    said = notice((step := step_of(few, scaling=scaling)).by_symbol["X"], step)
    assert ("gradient" in said) == (scaling == "unit")


def test_most_matrices_need_no_word_but_what_is_not_finite_is_said_first(few):
    step = step_of(few)
    assert notice(step.by_symbol["W1"], step) == notice(step.by_symbol["Z1"], step) == ""
    step.by_symbol["Z1"].value[0, :2] = np.nan
    assert figures(notice(step.by_symbol["Z1"], step))[:2] == [2, 30]
