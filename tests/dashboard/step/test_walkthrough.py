"""The walk through a step: what is shown, when it is computed anew, what taking it does, and where one looks."""

import gc
from dataclasses import replace
from weakref import ref

import numpy as np
import pytest

from dashboard.core.lab import Lab
from dashboard.step import walkthrough as walking
from dashboard.step.training_step import BACKWARD, BATCH, FORWARD, PHASES, UPDATE
from dashboard.step.walkthrough import Walk
from nnlib.recipes import Recipe

RECIPE = Recipe(name="first-steps", hidden=(16,), batch_size=50)


@pytest.fixture
def lab(few):
    return Lab(few, RECIPE)


@pytest.fixture
def walk():
    return Walk()


# Which step


def test_it_is_a_dry_run_of_the_next_mini_batch_once(lab, walk):
    step = walk.step(lab, None, False)
    assert step.dry_run.m == 50 and walk.next_batch_is_whole(None)
    assert walk.step(lab, None, False) is step
    assert walk.step(lab, None, True).dry_run is step.dry_run
    _, expected = lab.trainer.sampler.next_batch()
    assert np.array_equal(step.dry_run.labels, expected)


def test_of_a_large_batch_it_shows_as_many_as_are_computed_at_once(lab, walk):
    lab.change(replace(RECIPE, batch_size=None))
    step = walk.step(lab, None, False)
    assert step.dry_run.m == 240 and walk.whole_batch == 300 and not walk.next_batch_is_whole(None)


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_a_digit_is_counted_from_one(lab, walk, split):
    step = walk.step(lab, (split, 3), False)
    assert np.array_equal(step.dry_run.images, getattr(lab.trainer.digits, split).images[2:3])


SETTINGS = ({"learning_rate": 0.5}, {"l2": 0.1}, {"dropout": 0.5}, {"batch_size": 20}, {"shift": 2}, {"hidden": (8,)})


@pytest.mark.parametrize("change", ["step", "reset", *SETTINGS], ids=str)
def test_whatever_the_step_depends_on_makes_it_anew(lab, walk, change):
    first = walk.step(lab, None, False)
    if change in SETTINGS:
        lab.change(replace(lab.recipe, **change))
    else:
        getattr(lab, change)()
    assert walk.step(lab, None, False) is not first


def test_while_it_runs_the_numbers_stay_until_refreshed_or_of_another_network(lab, walk):
    first = walk.step(lab, None, False)
    lab.run()
    lab.train(0.01)
    assert walk.step(lab, None, False) is first
    walk.refresh()
    assert walk.step(lab, None, False) is not first
    lab.change(replace(RECIPE, hidden=(8,)))
    lab.run()
    assert walk.step(lab, None, False).shapes["W1"] == (8, 784)


def test_while_the_visitor_is_elsewhere_it_holds_nothing_but_where_one_looked(lab, walk):
    step = walk.step(lab, None, False)
    walk.choose_matrix(BACKWARD, "dW1")
    walk.choose_cell(step, step.by_symbol["dW1"], 3, 300)
    walk.check(300)
    kept = ref(step.dry_run)
    del step
    walk.release()
    gc.collect()
    assert kept() is None and walk.checks == {}
    step = walk.step(lab, None, False)
    assert walk.phase == BACKWARD and walk.cell(step, walk.open(step, BACKWARD)) == (3, 300)


# Taking it


def test_looking_and_checking_a_weight_change_nothing_before_it_is_taken(lab, walk):
    before = lab.trainer.network.parameters.copy()
    step = walk.step(lab, None, False)
    for phase in PHASES:
        walk.go(phase)
        for matrix in step.of_phase(phase):
            walk.cell(step, matrix)
    walk.check(300)
    assert list(walk.checks) == [300]
    assert np.array_equal(lab.trainer.network.parameters, before) and lab.trainer.steps == 0


def test_taking_the_next_mini_batch_is_the_trainers_own_step(few, lab, walk):
    other = Lab(few, RECIPE)
    other.step()
    step = walk.step(lab, None, False)
    walk.take(lab, None)
    assert walk.taken and np.array_equal(lab.trainer.network.parameters, step.dry_run.after)
    assert np.array_equal(lab.trainer.network.parameters, other.trainer.network.parameters)
    assert lab.trainer.position == other.trainer.position
    walk.take(lab, None)  # the click arrives twice
    assert lab.trainer.steps == 1


def test_what_was_taken_stays_in_sight_until_one_goes_on_or_trains_by_other_means(lab, walk):
    first = walk.step(lab, None, False)
    walk.take(lab, None)
    assert walk.step(lab, None, False) is first and walk.rerun_page
    walk.go_on()
    assert walk.step(lab, None, False) is not first and not walk.taken and walk.phase == BATCH
    walk.take(lab, None)
    lab.step()
    walk.step(lab, None, False)
    assert not walk.taken


def test_a_training_digit_is_learned_between_two_mini_batches(lab, walk):
    digit = ("train", 5)
    step = walk.step(lab, digit, False)
    walk.take(lab, digit)
    assert np.array_equal(lab.trainer.network.parameters, step.dry_run.after)
    assert lab.trainer.position == 0 and lab.trainer.steps == 1


@pytest.mark.parametrize("split", ["validation", "test"])
def test_held_back_digits_are_never_learned(lab, walk, split):
    walk.step(lab, (split, 5), False)
    assert "held out" in walk.may_take(lab, (split, 5))
    walk.take(lab, (split, 5))
    assert lab.trainer.steps == 0 and not walk.taken


def test_neither_while_it_runs_nor_without_a_finite_loss(lab, walk):
    walk.step(lab, None, False)
    lab.run()
    assert "Pause" in walk.may_take(lab, None)
    lab.pause()
    lab.change(replace(lab.recipe, learning_rate=1e30))
    lab.step()
    walk.step(lab, None, False)
    assert "not finite" in walk.may_take(lab, None)


def test_a_step_of_a_moment_ago_is_not_taken(lab, walk):
    walk.step(lab, None, False)
    lab.step()
    walk.take(lab, None)
    assert lab.trainer.steps == 1 and not walk.taken


# Walking


def test_next_and_previous_stop_at_the_ends(walk):
    walk.move(-1)
    assert walk.phase == BATCH
    for _ in range(9):
        walk.move(1)
    assert walk.phase == UPDATE
    walk.show_whole()
    walk.move(-1)
    assert walk.phase == BACKWARD and not walk.whole


def test_slow_motion_goes_through_every_matrix_in_order_and_stops(lab, walk, monkeypatch):
    step = walk.step(lab, None, False)
    walk.play()
    walk.tick(step)  # a click does not hurry it
    assert walk.opened == {}
    clock = iter(np.arange(0, 1000, walking.PACE))
    monkeypatch.setattr(walking, "perf_counter", lambda: next(clock))
    walk.play()
    seen = [(walk.phase, walk.open(step, walk.phase).symbol)]
    while walk.playing:
        walk.tick(step)
        seen.append((walk.phase, walk.open(step, walk.phase).symbol))
    made = ["X", "Y", "Z1", "A1", "Z2", "A2", "dZ2", "dW2", "db2", "dA1", "dZ1", "dW1", "db1", "W1", "b1", "W2", "b2"]
    assert [symbol for _, symbol in seen[:-1]] == made
    assert walk.phase == UPDATE and walk.rerun_page


# Looking


def test_at_first_the_largest_number_of_the_chosen_example_is_chosen(lab, walk):
    step = walk.step(lab, None, False)
    walk.choose_example(7)
    Z = step.by_symbol["Z1"]
    row, column = walk.cell(step, Z)
    assert column == 7 and abs(Z.value[row, column]) == np.abs(Z.value[:, 7]).max()


def test_a_choice_in_columns_is_the_same_choice_in_rows(lab, walk):
    columns, rows = walk.step(lab, None, False), walk.step(lab, None, True)
    walk.choose_cell(columns, columns.by_symbol["Z1"], 3, 11)
    walk.move_window(columns, columns.by_symbol["Z1"], 1, 9)
    assert walk.cell(rows, rows.by_symbol["Z1"]) == (11, 3) and walk.start(rows, rows.by_symbol["Z1"]) == (9, 1)
    assert walk.example == 11 and walk.cell(columns, columns.by_symbol["A1"])[1] == 11


def test_the_update_looks_at_the_weight_whose_gradient_was_looked_at(lab, walk):
    step = walk.step(lab, None, False)
    walk.go(BACKWARD)
    walk.choose_cell(step, step.by_symbol["dW1"], 2, 400)
    walk.go(UPDATE)
    assert walk.cell(step, step.by_symbol["W1"]) == (2, 400)
    walk.choose_cell(step, step.by_symbol["W1"], 5, 5)
    walk.go(BACKWARD)
    assert walk.cell(step, step.by_symbol["dW1"]) == (5, 5)
    walk.go(FORWARD)
    assert walk.cell(step, step.by_symbol["W1"]) != (5, 5)


def test_a_gradient_and_its_weights_are_opened_together(lab, walk):
    step = walk.step(lab, None, False)
    walk.choose_matrix(BACKWARD, "db2")
    assert walk.phase == BACKWARD and walk.open(step, UPDATE).symbol == "b2"
    walk.choose_matrix(BACKWARD, "dA1")  # of which nothing is learned
    assert walk.open(step, UPDATE).symbol == "W1"
    walk.choose_matrix(UPDATE, "W2")
    assert walk.phase == UPDATE and walk.open(step, BACKWARD).symbol == "dW2"


def test_a_smaller_step_keeps_every_choice_inside(lab, walk):
    step = walk.step(lab, None, False)
    walk.choose_example(40)
    walk.choose_cell(step, step.by_symbol["Z1"], 3, 40)
    step = walk.step(lab, ("train", 1), False)
    assert walk.example == 0 and walk.cell(step, step.by_symbol["Z1"])[1] == 0


@pytest.mark.parametrize("rows", [False, True])
def test_a_link_opens_a_weighted_sum_of_the_forward_pass(lab, walk, rows):
    step = walk.step(lab, ("validation", 3), rows)
    walk.choose_cell(step, step.by_symbol["Z2"], 0, 0)
    walk.go_to(step, ("Z2", 7, 0))
    assert (walk.phase, walk.open(step, FORWARD).symbol) == (FORWARD, "Z2")
    assert walk.cell(step, step.by_symbol["Z2"]) == ((0, 7) if rows else (7, 0))
    walk.go(BATCH)
    for nowhere in (None, ("Z9", 0, 0)):
        walk.go_to(step, nowhere)
        assert walk.phase == BATCH
