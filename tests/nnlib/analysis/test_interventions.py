"""Interventions against a naive forward pass, layer by layer, with the same change."""

from dataclasses import replace

import numpy as np
import pytest

from nnlib.activations import Activation
from nnlib.analysis.interventions import Scale, SetWeight, SwitchOff, outgoing, trying
from nnlib.evaluation import Evaluation
from nnlib.recipes import RECIPES
from nnlib.timeline import Timeline
from tests.nnlib.training import steps

CNN = replace(RECIPES["cnn-32-64-128"], convolutions=(3, 5), hidden=(7,))
SMALL = {
    "relu": replace(RECIPES["first-steps"], hidden=(6, 5)),
    "sigmoid": replace(RECIPES["first-steps"], hidden=(6, 5), activation="sigmoid"),
    "tanh, dropout": replace(RECIPES["first-steps"], hidden=(6, 5), activation="tanh", dropout=0.5),
    "leaky, squared error": replace(
        RECIPES["first-steps"], hidden=(6,), activation="leaky-relu", loss="mean-squared-error"
    ),
    "binary": RECIPES["binary-400-25-15-1"],
    "no hidden layer": replace(RECIPES["first-steps"], hidden=()),
    "convolutions": CNN,
    "convolutions, sigmoid": replace(CNN, activation="sigmoid", hidden=()),
}


@pytest.fixture(scope="module")
def some(digits):
    return replace(digits.take(600), validation=digits.validation.take(80))


@pytest.fixture(params=SMALL)
def trainer(request, digits, some):
    """A few steps into its training, so that the biases are not zero."""
    recipe = replace(SMALL[request.param], batch_size=50)
    made = recipe.trainer(digits if recipe.data == "zeros-and-ones" else some)
    steps(made, 3)
    return made


def scores_without(network, silenced, unit, A):
    """The scores if the output of this unit is 0, by definition; `layer` counts layers with weights from 0."""
    number, last = -1, network.weights()[-1]
    for layer in network.layers:
        A = layer.forward(A, training=False)
        number += "W" in layer.parameter_shapes()
        if number == silenced and (isinstance(layer, Activation) or layer is last):
            A = A.copy()
            A[unit if A.ndim == 2 else (..., unit)] = 0.0
    return A


def result_of(work):
    """The return value of a generator."""

    def whole():
        yield (yield from work)

    *_, result = whole()
    return result


def test_a_unit_switched_off_answers_nothing(trainer):
    split, before = trainer.digits.validation, trainer.network.parameters.copy()
    X = trainer.scaling.apply(split.images).T
    for number, layer in enumerate(trainer.network.weights()):
        for unit in {0, len(layer.W) // 2, len(layer.W) - 1}:
            found = result_of(trying(trainer, SwitchOff(number, unit), split))
            assert isinstance(found, Evaluation)
            np.testing.assert_allclose(
                found.scores, scores_without(trainer.network, number, unit, X), rtol=1e-4, atol=1e-5
            )
    np.testing.assert_array_equal(trainer.network.parameters, before)


def test_weights_of_zero_into_a_unit_would_not_switch_off_a_sigmoid(some):
    trainer = SMALL["sigmoid"].trainer(some)
    X = trainer.scaling.apply(some.validation.images).T
    wrong = trainer.network.astype(np.float32)
    wrong.weights()[0].W[2] = wrong.weights()[0].b[2] = 0
    assert np.abs(wrong.forward(X, training=False) - scores_without(trainer.network, 0, 2, X)).max() > 0.01


def test_only_what_leads_on_from_a_unit_changes_when_it_is_switched_off(trainer):
    layers = trainer.network.weights()
    for number, layer in enumerate(layers[:-1]):
        unit = len(layer.W) - 1
        changed = trainer.network.astype(np.float32)
        SwitchOff(number, unit).change(changed)
        moved = trainer.network.parameters != changed.parameters
        assert moved.sum() == np.count_nonzero(outgoing(trainer.network, number, unit))
        assert not outgoing(changed, number, unit).any() and outgoing(changed, number, 0).any()
    assert outgoing(trainer.network, len(layers) - 1, 0) is None


def test_scaled_weights(trainer):
    network = trainer.network.astype(np.float32)
    Scale(0, 2, -0.5).change(network)
    before, after = trainer.network.weights(), network.weights()
    np.testing.assert_array_equal(after[0].W[2], -0.5 * before[0].W[2])
    np.testing.assert_array_equal(after[0].b, before[0].b)
    assert (trainer.network.parameters != network.parameters).sum() == np.count_nonzero(before[0].W[2])


@pytest.mark.parametrize("place", [None, 0, 3])
def test_one_number_is_set(trainer, place):
    network = trainer.network.astype(np.float32)
    SetWeight(0, 0, place, 2.5).change(network)
    [changed] = np.flatnonzero(trainer.network.parameters != network.parameters)
    assert network.parameters[changed] == 2.5
    assert (network.weights()[0].b[0, 0] if place is None else network.weights()[0].W[0, place]) == 2.5


def test_what_is_kept_is_in_the_network_the_history_and_the_next_evaluation(trainer):
    X = trainer.scaling.apply(trainer.digits.validation.images).T
    expected = scores_without(trainer.network, 0, 0, X)
    lengths, position, optimizer = trainer.history.lengths(), trainer.position, trainer.optimizer.state()
    trainer.intervene(SwitchOff(0, 0))
    assert trainer.position == position and trainer.steps == 3 and not trainer.evaluating
    np.testing.assert_allclose(trainer.network.forward(X, training=False), expected, rtol=1e-4, atol=1e-5)
    assert trainer.history.lengths()[:2] == (lengths[0], lengths[1] + 1)
    [note] = trainer.history.interventions
    assert note == (position, lengths[1], SwitchOff(0, 0))
    loss = trainer.loss.per_example(
        expected, trainer.loss.targets(trainer.digits.validation.labels, trainer.digits.n_classes)
    ).mean()
    assert trainer.history.evaluations.last("validation_loss") == pytest.approx(loss, rel=1e-4)
    np.testing.assert_equal(trainer.optimizer.state(), optimizer)
    trainer.step()


def test_going_back_before_it_forgets_the_note_of_it(trainer):
    before = trainer.state()
    trainer.intervene(SwitchOff(0, 0))
    after = trainer.state()
    trainer.step()
    trainer.restore(after)
    assert len(trainer.history.interventions) == 1
    trainer.restore(before)
    assert trainer.history.interventions == []
    np.testing.assert_array_equal(trainer.network.parameters, before.parameters)


def test_the_timeline_has_the_snapshot_before_and_the_one_after(some):
    trainer = replace(SMALL["relu"], batch_size=150).trainer(some, timeline=Timeline())
    trainer.epoch()
    before = trainer.network.parameters.copy()
    trainer.intervene(Scale(0, 1, 3.0))
    after = trainer.network.parameters.copy()
    trainer.step()
    old, new = (each for each in trainer.timeline.snapshots if each.steps == 4)
    assert (old.place, new.place) == ((4, 0), (4, 1))
    for snapshot, parameters in ((old, before), (new, after)):
        twin = trainer.twin(snapshot.state)
        np.testing.assert_array_equal(twin.network.parameters, parameters)
        assert len(twin.history.interventions) == snapshot.interventions
        evaluation = twin.evaluate(some.validation)
        assert snapshot.evaluation.loss == pytest.approx(evaluation.loss, rel=1e-6)
        assert twin.history.evaluations.last("validation_loss") == pytest.approx(evaluation.loss, rel=1e-6)
    trainer.restore(old.state)
    assert trainer.timeline.snapshots[-1] is old and trainer.history.interventions == []


def test_there_is_a_snapshot_to_go_back_to_wherever_a_change_is_made(digits):
    trainer = replace(SMALL["relu"], batch_size=50).trainer(digits.take(600), timeline=Timeline())
    steps(trainer, 3)  # no snapshot is taken here
    before = trainer.network.parameters.copy()
    trainer.intervene(SwitchOff(0, 1))
    old, new = trainer.timeline.snapshots[-2:]
    np.testing.assert_array_equal(old.state.parameters, before)
    trainer.restore(old.state)
    np.testing.assert_array_equal(trainer.network.parameters, before)
    assert trainer.history.interventions == [] and trainer.timeline.snapshots[-1] is old and new.place == (3, 1)
