"""Healthy networks pass the checks, and each fault made by hand is found by the check for it."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from dashboard.components import sanity_checks
from dashboard.components.sanity_checks import (
    ABOUT_FAULTS,
    BROKEN,
    EMPTY,
    FINE,
    HUGE,
    STILL,
    TINY,
    UNKNOWN,
    UNREACHED,
    UNSURE,
    WRONG,
)
from nnlib.optimizers import OPTIMIZERS
from nnlib.recipes import RECIPES
from tests.figures import figures

RECIPE = replace(RECIPES["first-steps"], hidden=(12,))


def small(few, **changes):
    return replace(RECIPE, **changes).trainer(few)


def numbers(verdict):
    return [number for _, number, _ in verdict.layers]


def test_guessing_costs_the_logarithm_of_the_number_of_classes(few, digits):
    assert sanity_checks.guessing_loss(small(few)) == pytest.approx(math.log(10))
    assert sanity_checks.guessing_loss(RECIPES["binary-400-25-15-1"].trainer(digits)) == pytest.approx(math.log(2))
    # squared error: nine outputs are right with 0, one is off by 1
    assert sanity_checks.guessing_loss(small(few, loss="mean-squared-error")) == pytest.approx(0.1)


def test_the_first_loss_stays_that_of_the_start(few):
    trainer = small(few)
    before = sanity_checks.first_loss(trainer)
    trainer.epoch()
    assert sanity_checks.first_loss(trainer) == before and before.found == FINE
    zero = sanity_checks.first_loss(small(few, initializer="zero"))
    assert zero.found == FINE and re.findall(r"\d\.\d+", zero.sentence) == ["2.303", "2.303"]  # ln 10
    assert {sanity_checks.first_loss(small(few, scale=scale)).found for scale in (30.0, 1e300)} == {WRONG}


@pytest.mark.parametrize(("probability", "found"), [(0.11, FINE), (0.5, FINE), (0.8, UNSURE), (0.97, WRONG)])
def test_what_it_says_of_an_empty_image_is_what_its_biases_say(few, probability, found):
    trainer = small(few, hidden=())
    others = (1 - probability) / 9
    trainer.network.weights()[0].b[:, 0] = np.log([probability if k == 3 else others for k in range(10)])
    verdict = sanity_checks.blank(trainer)
    assert verdict.found == found
    assert re.findall(r"\d[\d.]*", verdict.sentence) == ["3", f"{100 * probability:.1f}", "10.0"]


def test_of_two_classes_half_is_no_certainty(digits):
    trainer = replace(RECIPES["binary-400-25-15-1"], initializer="zero").trainer(digits)
    verdict = sanity_checks.blank(trainer)
    assert verdict.found == FINE and verdict.sentence.count("50.0 %") == 2


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_size_of_a_step_is_that_of_the_step_training_takes(few, optimizer):
    few = few.take(sanity_checks.BATCH)  # so that the step is on the very digits it looks at
    trainer = small(few, optimizer=optimizer, learning_rate=0.001, batch_size=None, l2=0.01, momentum=0.7)
    for _ in range(3):
        trainer.step()
    told = [float(number.partition(",")[0]) for number in numbers(sanity_checks.step_sizes(trainer))]
    before = [layer.W.astype(float) for layer in trainer.network.weights()]
    trainer.step()
    for ratio, old, layer in zip(told, before, trainer.network.weights(), strict=True):
        moved = np.sqrt(((layer.W - old) ** 2).mean() / (old**2).mean())
        assert ratio == pytest.approx(moved, rel=0.06)  # it is told with two digits


@pytest.mark.parametrize(
    ("changes", "found", "fault"),
    [
        ({"learning_rate": 0.01}, FINE, None),
        ({"learning_rate": 1e-5}, WRONG, TINY),
        ({"learning_rate": 1e-12}, WRONG, STILL),
        ({"learning_rate": 100.0}, WRONG, HUGE),
        ({"scale": 1e300}, WRONG, BROKEN),
        ({"initializer": "zero"}, WRONG, EMPTY),
    ],
)
def test_steps_that_are_idle_or_wild_are_found_and_which_they_are(few, changes, found, fault):
    verdict = sanity_checks.step_sizes(small(few, **changes))
    assert verdict.found == found
    assert {number.rpartition(", ")[2] for number in numbers(verdict)} == {fault} or fault is None
    others = set(ABOUT_FAULTS) - {fault}
    assert not any(ABOUT_FAULTS[each] in verdict.sentence for each in others)


def test_dead_units_get_no_update_and_a_learned_batch_small_ones_without_fault(few):
    dead = small(few)
    dead.network.weights()[0].b[:] = -1e6
    verdict = sanity_checks.step_sizes(dead)
    assert numbers(verdict) == [UNREACHED, UNREACHED] and "dead" in verdict.sentence
    assert ABOUT_FAULTS[STILL] not in verdict.sentence
    learned = small(few.take(sanity_checks.BATCH), learning_rate=0.5)
    for _ in range(200):
        learned.step()
    learned.learning_rate = 1e-6
    assert sanity_checks.step_sizes(learned).found == FINE


def test_of_a_network_that_came_trained_the_first_loss_is_not_known(few):
    trainer = small(few)
    trainer.go_on_from(trainer.network.parameters.copy(), 7)
    verdict = sanity_checks.first_loss(trainer)
    assert verdict.found == UNKNOWN and figures(verdict.sentence) == [7]
    trainer.step()
    trainer.evaluate_now()
    assert sanity_checks.first_loss(trainer).found == UNKNOWN


def test_units_made_dead_by_hand_are_counted(few):
    trainer = small(few, hidden=(12, 10))
    first, second, _ = trainer.network.weights()
    alive = sanity_checks.inactive_share(trainer)
    assert alive.found == FINE
    first.b[:5] = -1e6
    second.b[:2] = -1e6
    verdict = sanity_checks.inactive_share(trainer)
    assert numbers(verdict)[0] == "5 of 12 (42 %)" and verdict.layers[0][2] == UNSURE
    first.b[:] = -1e6
    assert sanity_checks.inactive_share(trainer).found == WRONG


def test_dead_units_are_those_that_a_loop_over_digits_finds(few):
    trainer = small(few, hidden=(40,), scale=1.0)
    layer = trainer.network.weights()[0]
    layer.b[:, 0] = np.linspace(0, -4, 40)
    dead = 0
    for w, b in zip(layer.W, layer.b[:, 0], strict=True):
        dead += all(w @ (image / 255) + b <= 0 for image in few.validation.images)
    assert 0 < dead < 40
    assert numbers(sanity_checks.inactive_share(trainer)) == [f"{dead} of 40 ({100 * dead / 40:.0f} %)"]


@pytest.mark.parametrize(("activation", "dead"), [("sigmoid", 4), ("tanh", 4), ("relu", 0), ("leaky-relu", 0)])
def test_a_saturated_unit_is_inactive_too(few, activation, dead):
    trainer = small(few, activation=activation)
    trainer.network.weights()[0].b[:4] = 50.0
    assert numbers(sanity_checks.inactive_share(trainer)) == [f"{dead} of 12 ({100 * dead / 12:.0f} %)"]


def test_a_channel_of_a_convolution_is_one_unit_and_without_hidden_layers_there_is_none(few):
    trainer = replace(RECIPES["cnn-32-64-128"], convolutions=(4, 3), hidden=(6,)).trainer(few)
    trainer.network.weights()[1].b[2] = -1e6
    assert numbers(sanity_checks.inactive_share(trainer))[:2] == ["0 of 4 (0 %)", "1 of 3 (33 %)"]
    verdict = sanity_checks.inactive_share(small(few, hidden=()))
    assert verdict.found == FINE and not verdict.layers


def test_a_healthy_network_overfits_a_batch_and_faulty_ones_do_not(few):
    def attempt(**changes):
        *_, last = sanity_checks.learn_by_heart(small(few, **changes))
        return last

    healthy = attempt(dropout=0.5)
    assert healthy.verdict().found == FINE and healthy.right[-1] == 1 and healthy.losses[-1] < healthy.losses[0]
    zero = attempt(initializer="zero")
    assert len(zero.losses) == sanity_checks.STEPS + 1
    for faulty in (attempt(learning_rate=1e-6), zero, attempt(scale=1e300)):
        assert faulty.verdict().found == WRONG


def test_overfitting_is_gradient_descent_on_the_same_digits(few):
    trainer = small(few, hidden=(), batch_size=64, learning_rate=0.5)
    work = sanity_checks.learn_by_heart(trainer)
    for _ in range(3):
        attempt = next(work)
    W, b = np.array(trainer.network.weights()[0].W, float), np.zeros((10, 1))
    X, Y = few.train.images[:64].T / 255, np.eye(10)[:, few.train.labels[:64]]
    for loss in attempt.losses:
        Z = np.exp(W @ X + b)
        A = Z / Z.sum(axis=0)
        assert loss == pytest.approx(-np.log((A * Y).sum(axis=0)).mean(), rel=1e-4)
        W, b = W - 0.5 * (A - Y) @ X.T / 64, b - 0.5 * (A - Y).mean(axis=1, keepdims=True)


@pytest.mark.parametrize("name", ["first-steps", "binary-400-25-15-1", "cnn-32-64-128"])
def test_looking_trains_nothing(digits, few, name):
    def steps(look):
        data = digits if name.startswith("binary") else few
        trainer = replace(RECIPES[name], dropout=0.3, batch_size=16).trainer(data)
        trainer.step()
        if look:
            for check in ("first_loss", "blank", "step_sizes", "inactive_share"):
                getattr(sanity_checks, check)(trainer)
            next(sanity_checks.learn_by_heart(trainer))
        trainer.step()
        return trainer.network.parameters

    np.testing.assert_array_equal(steps(True), steps(False))
