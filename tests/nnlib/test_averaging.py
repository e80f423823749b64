from dataclasses import replace

import numpy as np
import pytest

from nnlib.averaging import WeightAverage
from nnlib.recipes import Recipe
from nnlib.timeline import Timeline
from tests.nnlib.training import steps


@pytest.fixture
def network():
    return Recipe(hidden=(3,)).network(4, 2)


def test_the_first_steps_by_hand(network):
    network.parameters[...] = 1.0
    average = WeightAverage(network, decay=0.999)
    network.parameters[...] = 11.0
    average.update()  # d = 1/10: 0.1 * 1 + 0.9 * 11
    np.testing.assert_allclose(average.parameters, 10.0)
    network.parameters[...] = 21.0
    average.update()  # d = 2/11
    np.testing.assert_allclose(average.parameters, 2 / 11 * 10 + 9 / 11 * 21, rtol=1e-6)


def test_later_the_decay_is_the_one_asked_for(network):
    average = WeightAverage(network, decay=0.5)
    network.parameters[...] = 0.0
    for _ in range(100):
        average.update()
    network.parameters[...] = 8.0
    average.update()
    np.testing.assert_allclose(average.parameters, 4.0, atol=1e-5)
    average.update()
    np.testing.assert_allclose(average.parameters, 6.0, atol=1e-5)


def test_going_back_to_a_state_and_beginning_anew(network):
    average = WeightAverage(network, decay=0.5)
    network.parameters += 1.0
    average.update()
    state, before = average.state(), average.parameters.copy()
    for _ in range(3):
        average.update()
    assert not np.array_equal(average.parameters, before)
    average.restore(state)
    assert average.updates == 1
    np.testing.assert_array_equal(average.parameters, before)
    average.update()
    np.testing.assert_array_equal(state["parameters"], before)
    average.reset()
    assert average.updates == 0
    np.testing.assert_array_equal(average.parameters, network.parameters)


# What the trainer does with it

AVERAGED = Recipe(hidden=(16,), batch_size=100, epochs=3, learning_rate=0.5, weight_average=0.9)  # 300 digits


def by_hand(few):
    """The trainer of the same recipe without an average, after its three epochs, and the average of its weights."""
    trainer = replace(AVERAGED, weight_average=0.0).trainer(few)
    average = trainer.network.parameters.astype(float)
    for t in range(9):
        trainer.step()
        decay = min(0.9, (t + 1) / (t + 10))
        average = decay * average + (1 - decay) * trainer.network.parameters
    return trainer, average


def test_the_average_replaces_the_weights_when_the_last_planned_epoch_ends(few):
    plain, average = by_hand(few)
    trainer = AVERAGED.trainer(few)
    other = replace(AVERAGED, weight_average=0.0).trainer(few)
    for _ in range(8):
        trainer.step(), other.step()
        assert np.array_equal(trainer.network.parameters, other.network.parameters)
    trainer.step()
    assert trainer.network.parameters == pytest.approx(average, rel=1e-4, abs=1e-6)
    assert not np.allclose(trainer.network.parameters, plain.network.parameters, atol=1e-4)
    assert trainer.network.parameters.dtype == np.float32


def test_the_evaluation_at_the_end_is_that_of_the_average(few):
    trainer = AVERAGED.trainer(few)
    for _ in range(3):
        trainer.epoch()
    told = trainer.history.evaluations.last("validation_loss")
    assert told == np.float32(trainer.evaluate(few.validation).loss)


def test_going_on_after_the_plan_goes_on_from_the_average_without_averaging(few):
    trainer = AVERAGED.trainer(few)
    for _ in range(3):
        trainer.epoch()
    for _ in range(2):
        before = trainer.network.parameters.copy()
        for _ in range(3):
            trainer.step()
            before -= np.float32(0.5) * trainer.network.gradients
        assert np.array_equal(trainer.network.parameters, before)


@pytest.mark.parametrize("pause", [0, 4, 8, 9, 10])
def test_a_training_goes_on_from_a_state_as_if_it_had_not_been_interrupted(few, pause):
    straight, interrupted = AVERAGED.trainer(few), AVERAGED.trainer(few)
    steps(straight, 11)
    steps(interrupted, pause)
    state = interrupted.state()
    steps(interrupted, 3)
    twin = interrupted.twin(state)
    interrupted.restore(state)
    for trainer in (twin, interrupted):
        steps(trainer, 11 - pause)
        assert np.array_equal(trainer.network.parameters, straight.network.parameters)


def test_weights_from_elsewhere_begin_a_new_average(few):
    trainer = AVERAGED.trainer(few)
    trainer.epoch()
    elsewhere = np.zeros_like(trainer.network.parameters)
    trainer.go_on_from(elsewhere, epochs=1)
    assert trainer.weight_average.updates == 0 and not trainer.weight_average.parameters.any()


def test_the_timeline_counts_its_memory(few):
    without, with_one = (
        recipe.trainer(few, timeline=Timeline()) for recipe in (replace(AVERAGED, weight_average=0.0), AVERAGED)
    )
    (plain,), (averaged,) = without.timeline.snapshots, with_one.timeline.snapshots
    assert averaged.nbytes - plain.nbytes == without.network.parameters.nbytes
