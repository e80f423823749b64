"""Dead units, saturated units and zero gradients are counted."""

import numpy as np
import pytest

from dashboard.step.saturation import notice
from dashboard.step.training_step import Step
from nnlib.recipes import Recipe


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
    assert f"**{dead} of 6 units** pass on nothing" in notice(step.by_symbol["A1"], step)
    assert f"all of {dead} of its 6 units" in notice(step.by_symbol["dW1"], step)


@pytest.mark.parametrize(("activation", "share"), [("sigmoid", 1.0), ("tanh", 1.0)])
def test_saturated_units(few, activation, share):
    def saturate(network):
        network.layers[0].b[:] = 100

    said = notice((step := step_of(few, change=saturate, activation=activation)).by_symbol["A1"], step)
    assert "**30 of 30 numbers**" in said and "saturated" in said


def test_sigmoids_in_the_middle_are_said_to_be_well(few):
    def centre(network):
        network.parameters[:] = 0

    step = step_of(few, change=centre, activation="sigmoid")
    assert notice(step.by_symbol["A1"], step).startswith("No number in A[1] is saturated")
    assert notice(step.by_symbol["dW1"], step).startswith("**All 4,704 numbers** of dW[1] are exactly 0")


@pytest.mark.parametrize("rows", [False, True], ids=["columns", "rows"])
def test_dark_pixels_and_their_gradients(few, rows):
    step = step_of(few, rows)
    dark = int((few.train.images[:5] == 0).all(axis=0).sum())
    assert f"**{dark} of 784 pixels** are dark" in notice(step.by_symbol["X"], step)
    assert f"all of {dark} of its 784 inputs" in notice(step.by_symbol["dW1"], step)


def test_what_is_not_finite_is_said_first(few):
    step = step_of(few)
    step.by_symbol["Z1"].value[0, :2] = np.nan
    assert notice(step.by_symbol["Z1"], step) == "Z[1] holds 2 numbers that are not finite."


def test_most_matrices_need_no_word(few):
    step = step_of(few)
    assert notice(step.by_symbol["W1"], step) == notice(step.by_symbol["Z1"], step) == ""
