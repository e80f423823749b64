"""The network graph against sums written out here, and what the browser is sent of it."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.theme import LIGHT
from dashboard.train.network_graph import BLOCKS, MAPS, UNITS, about, blocks, first_digit, graph, sample, strongest
from dashboard.train.network_graph_message import packed
from nnlib.recipes import RECIPES
from tests.dashboard.train.messages import unpacked

RECIPE = RECIPES["first-steps"]
SIZES = [(), (1,), (16, 3), (40, 1, 25, 1024)]


def trained(recipe, digits):
    trainer = recipe.trainer(digits)
    for _ in range(3):
        trainer.step()  # biases that are not zero
    return trainer


@pytest.mark.parametrize("hidden", SIZES)
def test_all_that_enters_a_unit_and_its_bias_add_up_to_its_weighted_sum(few, hidden):
    trainer = trained(replace(RECIPE, hidden=hidden), few)
    pixels, *columns = graph(trainer, 3).columns
    A = few.validation.images[3] / 255
    np.testing.assert_allclose(pixels.values.ravel(), A, rtol=1e-6)
    assert [column.size for column in columns] == [*hidden, 10]
    for number, (column, layer) in enumerate(zip(columns, trainer.network.weights(), strict=True), 1):
        Z = layer.W @ A + layer.b[:, 0]
        A = Z if number == len(columns) else np.maximum(Z, 0)
        assert column.number == number
        np.testing.assert_allclose(column.z, Z[column.shown], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(column.activations, A[column.shown], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(column.received.sum(axis=1) + column.b, column.z, rtol=1e-4, atol=1e-5)


def test_a_line_between_units_is_weight_times_activation_and_the_strongest_are_the_largest(few):
    trainer = trained(replace(RECIPE, hidden=(40, 20)), few)
    _, first, second, _ = graph(trainer, 0).columns
    W = trainer.network.weights()[1].W
    np.testing.assert_array_equal(second.weights, W[second.shown])
    np.testing.assert_allclose(second.received, W[second.shown] * first.values, rtol=1e-5)
    sizes = np.abs(second.received)
    for row, top in zip(sizes, strongest(second), strict=True):
        assert row[top].tolist() == sorted(row, reverse=True)[: len(top)]


@pytest.mark.parametrize("shape", [(28, 28), (20, 20), (5, 9)])
def test_blocks_of_pixels_lose_nothing(shape):
    pictures = np.arange(2 * np.prod(shape), dtype=float).reshape(2, *shape)
    sums = blocks(pictures)
    assert sums.shape[1] <= BLOCKS**2
    assert sums.sum(axis=1).tolist() == pictures.sum(axis=(1, 2)).tolist()
    side = -(-shape[1] // BLOCKS)
    assert sums[1, 1] == pictures[1, : -(-shape[0] // BLOCKS), side : 2 * side].sum()


def test_of_a_convolution_lines_are_means_over_the_map_and_pooling_keeps_its_maps(few):
    trainer = trained(replace(RECIPES["cnn-32-64-128"], convolutions=(9, 3), hidden=(30,)), few)
    found = graph(trainer, 5)
    _, first, pooled, second, last_maps, dense, scores = found.columns
    assert [column.kind for column in found.columns] == ["pixels", *["map"] * 4, "unit", "unit"]
    assert [column.size for column in found.columns] == [1, 9, 9, 3, 3, 30, 10]
    x, layer = few.validation.images[5].reshape(28, 28) / 255, trainer.network.weights()[0]
    for k, f in enumerate(first.shown):
        Z = sum(layer.kernels[f, i, j, 0] * x[i : i + 26, j : j + 26] for i in range(3) for j in range(3))
        np.testing.assert_allclose(first.maps[k], np.maximum(Z + layer.b[f], 0), atol=1e-5)
        np.testing.assert_allclose(first.received[k], [Z.mean()], atol=1e-5)
    assert pooled.apart and (pooled.shown == first.shown).all() and len(first.shown) == MAPS
    np.testing.assert_allclose(pooled.maps, first.maps.reshape(MAPS, 13, 2, 13, 2).max(axis=(2, 4)))
    for column in (first, second, dense, scores):
        np.testing.assert_allclose(column.received.sum(axis=1) + column.b, column.z, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(
        dense.received[0],
        (trainer.network.weights()[2].W[0].reshape(5, 5, 3) * last_maps.values).sum(axis=(0, 1)),
        rtol=1e-4,
        atol=1e-6,
    )


@pytest.mark.parametrize("name", ["first-steps", "binary-400-25-15-1", "cnn-32-64-128"])
def test_the_guess_is_that_of_the_evaluation_and_looking_leaves_no_trace(few, digits, name):
    trainer = RECIPES[name].trainer(digits if name.startswith("binary") else few)  # of which `few` has too few
    trainer.step()
    before, evaluation = trainer.network.parameters.copy(), trainer.evaluate(trainer.digits.validation)
    for position in (0, 7):
        found = graph(trainer, position)
        assert found.guess == evaluation.predicted[position] and found.truth == evaluation.labels[position]
        assert len(found.outputs) == trainer.digits.n_classes and found.outputs.sum() == pytest.approx(1)
    assert (trainer.network.parameters == before).all()


def test_of_many_classes_the_guess_and_the_true_one_are_among_those_shown(few):
    many = replace(few, class_names=tuple(map(str, range(60))))
    trainer = RECIPE.trainer(many)
    for position in range(20):
        found = graph(trainer, position)
        assert {found.guess, found.truth} <= set(found.columns[-1].shown.tolist())
        assert UNITS <= len(found.columns[-1].shown) <= UNITS + 2
        np.testing.assert_allclose(found.columns[-1].z, found.columns[-1].values[found.columns[-1].shown])


def test_scores_that_are_no_probabilities_are_not_given_in_percent(few):
    trainer = replace(RECIPE, loss="mean-squared-error").trainer(few)
    found = graph(trainer, 0)
    np.testing.assert_array_equal(found.outputs, found.columns[-1].values)
    assert "%" not in about(found, few.class_names, trainer.loss.gives_probabilities)


def test_a_sample_is_even_and_has_the_first_and_the_last():
    assert sample(UNITS + 2, UNITS).tolist() == list(range(UNITS + 2))
    shown = sample(1024, UNITS)
    assert len(shown) == UNITS and shown[0] == 0 and shown[-1] == 1023
    assert np.ptp(np.diff(shown)) <= 1


@pytest.mark.parametrize("hidden", [(), (128,)])
def test_the_first_digit_is_misread_before_training_and_read_after_an_epoch(digits, hidden):
    trainer = replace(RECIPE, hidden=hidden).trainer(digits)
    position = first_digit(trainer)
    assert graph(trainer, position).guess != graph(trainer, position).truth
    trainer.epoch()
    assert first_digit(trainer) == position
    assert graph(trainer, position).guess == graph(trainer, position).truth


def test_the_message_holds_the_numbers(few):
    trainer = trained(replace(RECIPE, hidden=(40, 16)), few)
    found = graph(trainer, 2)
    says = about(found, few.class_names, True)
    message = unpacked(packed(found, trainer.scaling, few.class_names, LIGHT, alt=says, probabilities=True))
    assert message["alt"] == says and few.class_names[found.guess] in says and "no. 3," in says
    assert (message["image"] == few.validation.images[2]).all()
    np.testing.assert_array_equal(message["outputs"], found.outputs)
    _, first, second, last = message["columns"]
    of_first, of_second = found.columns[1:3]
    assert first["shown"] == of_first.shown.tolist() and first["count"] == "12 of 40 units"
    np.testing.assert_allclose(first["pictures"] * first["unit"], of_first.pictures.ravel(), atol=first["unit"])
    np.testing.assert_array_equal(first["received"], of_first.received.ravel())
    np.testing.assert_array_equal(second["received"], of_second.received[:, of_first.shown].ravel())
    np.testing.assert_array_equal(
        second["topReceived"].reshape(-1, 5)[:, 0],
        of_second.received.ravel()[np.abs(of_second.received).argmax(axis=1) + np.arange(len(of_second.shown)) * 40],
    )
    assert last["names"] == list(few.class_names)


def test_numbers_that_are_not_finite_are_sent_as_such(few):
    trainer = replace(RECIPE, hidden=(5,)).trainer(few)
    trainer.network.parameters[...] = np.nan
    found = graph(trainer, 0)
    message = unpacked(packed(found, trainer.scaling, few.class_names, LIGHT, alt="", probabilities=True))
    assert np.isnan(message["outputs"]).all() and (message["columns"][1]["pictures"] == -32768).all()
    assert "%" not in about(found, few.class_names, True)


@pytest.mark.parametrize("hidden", [(128,), (1024,) * 4])
def test_a_message_is_small(few, hidden):
    trainer = replace(RECIPE, hidden=hidden).trainer(few)
    found = graph(trainer, 0)
    assert len(packed(found, trainer.scaling, few.class_names, LIGHT, alt="", probabilities=True)) < 40_000
