"""What pictures of units need, asked of real networks; and a layer that slides over images."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.components import layer_units
from dashboard.components.layer_units import (
    ORDERS,
    VIEWS,
    initial_network,
    layers_of_units,
    pages,
    projection,
    sizes,
    when,
)
from nnlib.datasets import zeros_and_ones
from nnlib.recipes import RECIPES
from nnlib.timeline import Timeline


@pytest.fixture
def trained(few):
    trainer = replace(RECIPES["dense-128-64"], hidden=(9, 7)).trainer(few)
    for _ in range(3):
        trainer.step()
    return trainer


def test_every_layer_with_weights_in_order(trained):
    first, second, output = layers_of_units(trained)
    assert [each.title for each in (first, second, output)] == ["1: 784 → 9", "2: 9 → 7", "3: 7 → 10"]
    assert [each.tile for each in (first, second, output)] == [(28, 28), (1, 9), (1, 7)]
    assert [each.sees_pixels for each in (first, second, output)] == [True, False, False]
    assert first.following is second and second.following is output and output.following is None
    assert (first.source, second.source, output.source) == ("pixel", "unit of layer 1", "unit of layer 2")
    assert (first.role, second.role, output.role) == ("unit of layer 1", "unit of layer 2", "class")
    assert first.name(8) == "unit 9" and output.name(3) == "class 3"
    np.testing.assert_array_equal(first.outgoing(4), trained.network.weights()[1].W[:, 4])
    np.testing.assert_array_equal(second.incoming(2), trained.network.weights()[1].W[2])
    assert output.outgoing(0) is None


def test_the_weights_are_those_of_the_snapshot_and_the_start_is_the_start(few):
    recipe = replace(RECIPES["first-steps"], hidden=(5,), seed=3)
    trainer = recipe.trainer(few)
    first = layers_of_units(trainer)[0]
    before = trainer.network.weights()[0].W.copy()
    np.testing.assert_array_equal(first.W, before)
    assert not first.change.any()
    trainer.step()
    assert (before != first.W).any()
    np.testing.assert_array_equal(first.start, before)
    np.testing.assert_array_equal(first.change, trainer.network.weights()[0].W - before)
    assert first.bias(2) == trainer.network.weights()[0].b[2, 0] != 0


def test_the_start_is_drawn_once_for_a_recipe_and_a_seed(few):
    recipe = replace(RECIPES["first-steps"], hidden=(5,))
    assert initial_network(recipe, 784, 10) is initial_network(replace(recipe), 784, 10)
    seven = layers_of_units(recipe.trainer(few, seed=7))[0]
    trainer = recipe.trainer(few)
    start = layers_of_units(trainer)[0].start
    assert not seven.change.any() and (seven.start != start).any()
    trainer.adjust(replace(recipe, learning_rate=0.5))  # keeps training
    assert layers_of_units(trainer)[0].start is start


def test_a_single_output_speaks_for_the_second_class(digits):
    trainer = RECIPES["binary-400-25-15-1"].trainer(digits)
    first, _, output = layers_of_units(trainer)
    assert first.tile == (20, 20) and output.names == ("1",) and output.name(0) == "class 1"


def test_weights_on_pixels_are_pictures_and_not_those_on_as_many_units(few):
    first, second, _ = layers_of_units(replace(RECIPES["first-steps"], hidden=(784, 10)).trainer(few))
    assert first.sees_whole_image and not second.sees_pixels and second.tile == (1, 784)
    [output] = layers_of_units(replace(RECIPES["first-steps"], hidden=()).trainer(few))
    assert output.sees_whole_image and output.tile == output.row_shape == (28, 28)
    assert output.names == tuple("0123456789")


class Sliding:
    """Stands for a layer of three 2 x 2 kernels over two channels."""

    W = np.arange(24).reshape(3, 8)
    kernels = W.reshape(3, 2, 2, 2)  # (filters, height, width, channels)


def test_kernels_are_pictures_with_their_channels_side_by_side():
    layer = Sliding()
    tile = layer_units._tile(layer, (28, 28))
    made = layer_units.Units(1, layer, layer, None, tile, "unit", ("1", "2", "3"), "pixel", ())
    assert tile == (2, 4) and made.sees_pixels and not made.sees_whole_image
    np.testing.assert_array_equal(made.W[1].reshape(tile), np.hstack([layer.kernels[1, :, :, k] for k in (0, 1)]))


def test_orders_and_views(trained):
    first = layers_of_units(trained)[0]
    first.layer.W[5] *= 10  # now the largest, and the furthest from where it was
    assert list(ORDERS["number"](first)) == list(range(9))
    for order, values in (("size of their weights", first.W), ("change since the start", first.change)):
        sorted_sizes = np.abs(values).mean(axis=1)[ORDERS[order](first)]
        assert ORDERS[order](first)[0] == 5 and (np.diff(sorted_sizes) <= 0).all()
    np.testing.assert_allclose(VIEWS["as shown"](first) - VIEWS["at the start"](first), VIEWS["change"](first))


def test_pages_hold_every_unit_once_and_a_size_is_a_mean_distance_from_zero():
    for n, expected in ((1, [(0, 1)]), (128, [(0, 128)]), (300, [(0, 128), (128, 256), (256, 300)])):
        assert [(part.start, part.stop) for part in pages(n)] == expected
    assert sizes(np.array([[1.0, -3.0], [0.0, 0.5]])).tolist() == [2.0, 0.25]


def test_dark_pixels_are_those_never_lit(digits):
    dark = layer_units.dark_pixels(digits)
    lit = np.setdiff1d(np.arange(784), dark)
    assert len(dark) == 68 and not digits.train.images[:, dark].any()
    assert digits.train.images[:, lit].any(axis=0).all()
    assert len(layer_units.dark_pixels(zeros_and_ones(digits))) < 10  # the crop has cut the margin off


def test_a_deeper_unit_projected_to_the_pixels_is_what_it_adds_up_to_without_bends(few):
    """With every unit on the way active, the network is linear: its scores are those of the projection."""
    trainer = replace(RECIPES["dense-128-64"], hidden=(9, 7)).trainer(few)
    layers = layers_of_units(trainer)
    assert projection(layers, layers[0], 3) is None
    X = np.random.default_rng(0).random((784, 4))
    for layer in layers[1:]:
        A = X
        for before in layers[: layer.number]:
            A = before.W @ A
        for unit in (0, len(layer) - 1):
            np.testing.assert_allclose(projection(layers, layer, unit) @ X, A[unit], rtol=1e-4, atol=1e-5)


def test_compared_with_an_earlier_snapshot(few):
    trainer = replace(RECIPES["first-steps"], hidden=(5,), batch_size=50).trainer(few, timeline=Timeline())
    for _ in range(5):
        trainer.step()
    snapshot = next(each for each in trainer.timeline.snapshots if each.steps == 2)
    first, output = layers_of_units(trainer, snapshot)
    twin = trainer.twin(snapshot.state)
    np.testing.assert_array_equal(first.start, twin.network.weights()[0].W)
    np.testing.assert_array_equal(output.change, trainer.network.weights()[1].W - twin.network.weights()[1].W)
    assert first.since == when(snapshot) == "epoch 0.33 (batch 2)" and first.then == "in epoch 0.33 (batch 2)"
    assert layers_of_units(trainer)[0].then == "at the start"


def test_convolutions_have_places_in_a_row_and_nothing_is_projected_behind_them(few):
    layers = layers_of_units(replace(RECIPES["cnn-32-64-128"], convolutions=(3, 4), hidden=(5,)).trainer(few))
    assert [each.row_shape for each in layers] == [(3, 3, 1), (3, 3, 3), (100,), (5,)]
    assert [projection(layers, layer, 0) for layer in layers] == [None] * 4
