"""Which updates are recorded, and how large they are, against plain root mean squares."""

import numpy as np
import pytest

from nnlib.recipes import Recipe
from nnlib.update_sizes import copy_weights, is_recorded, spacing, update_sizes


def test_of_the_first_steps_more_are_recorded_then_ten_an_epoch():
    recorded = [step for step in range(1, 861) if is_recorded(step, spacing(55_000 / 64))]
    assert recorded == [1, 2, 4, 8, 16, 32, *range(43, 861, 86)]
    assert [step for step in range(1, 113) if is_recorded(step, spacing(1))] == [1, 2, 4, 8, 16, 48, 80, 112]


def test_sizes_are_root_mean_squares_of_each_layer():
    network, generator = Recipe(hidden=(5,)).network(9, 3), np.random.default_rng(0)
    old = [layer.W.copy() for layer in network.weights()]
    before = copy_weights(network)
    network.parameters += 0.01 * generator.normal(size=network.parameters.shape)
    network.gradients[...] = generator.normal(size=network.parameters.shape)
    sizes = list(update_sizes(network, before))
    assert [number for number, *_ in sizes] == [1, 2]
    for (_, *found), W, layer in zip(sizes, old, network.weights(), strict=True):
        expected = [np.sqrt(np.mean(np.square(each))) for each in (W, layer.dW, layer.W - W)]
        assert found == pytest.approx(expected, rel=1e-4)
