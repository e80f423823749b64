"""Attributions by hand, against numerical gradients for every recipe, and that they add up."""

import numpy as np
import pytest

from nnlib.activations import ACTIVATIONS, ReLU
from nnlib.analysis.attribution import attribute
from nnlib.layers import Dense
from nnlib.losses import LOSSES
from nnlib.network import Network
from nnlib.recipes import RECIPES

STRAIGHT = ("relu", "leaky-relu")


def shaken(recipe, digits):
    """The recipe's network with biases that are not zero, the slopes of its scores, and one real digit."""
    digits = recipe.prepare(digits)
    network = recipe.network(digits.n_inputs, digits.n_classes)
    for layer in network.weights():
        layer.b[...] = np.random.default_rng(5).normal(0, 0.1, layer.b.shape)
    directions = LOSSES[recipe.loss]().directions(digits.n_classes)
    return network, directions, digits.train.images[3] / 255


def score(network, direction, x):
    return float(direction @ network.forward(x[:, None], training=False)[:, 0])


class TestByHand:
    def test_without_hidden_layers_it_is_weight_times_pixel(self):
        """Z = [[1, 2], [-3, 4]] (5, 6) + (7, 8) = (17 + 7, 9 + 8)."""
        network = Network([Dense(2)], (2,), np.random.default_rng(0))
        network.parameters[...] = [1, 2, -3, 4, 7, 8]
        first, second = attribute(network, np.eye(2), [5.0, 6.0])
        assert (first.score, first.parts.tolist(), first.biases) == (24, [5, 12], 7)
        assert (second.score, second.parts.tolist(), second.biases) == (17, [-15, 24], 8)
        assert first.exact and first.rest == 0 and first.at_zero == first.biases

    def test_a_unit_that_is_off_contributes_nothing_its_bias_included(self):
        """Hidden (2 x + 1, 5 - 2 x) at x = 4: 9, and -3 cut to 0. Score 10 * 9 + 100 * 0 + 5 = 95 = 80 + 10 + 5.
        At x = 0 both are on: 10 * 1 + 100 * 5 + 5."""
        network = Network([Dense(2), ReLU(), Dense(1)], (1,), np.random.default_rng(0))
        network.parameters[...] = [2, -2, 1, 5, 10, 100, 5]
        [found] = attribute(network, [[1.0]], [4.0])
        assert (found.score, found.parts.tolist(), found.biases, found.rest) == (95, [80], 15, 0)
        assert found.at_zero == 515

    def test_differences(self):
        network = Network([Dense(2)], (2,), np.random.default_rng(0))
        network.parameters[...] = [1, 2, -3, 4, 7, 8]
        first, second = attribute(network, np.eye(2), [5.0, 6.0])
        between = first - second
        assert (between.score, between.parts.tolist(), between.biases, between.at_zero) == (7, [20, -12], -1, -1)


@pytest.mark.parametrize("name", RECIPES)
class TestEveryRecipe:
    def test_gradients_against_differences(self, digits, name):
        network, directions, x = shaken(RECIPES[name], digits)
        found, wide = attribute(network, directions, x), network.astype(np.float64)
        lit = np.flatnonzero(x > 0.2)[::12]
        for k in (0, 1):
            numerical = []
            for pixel in lit:
                nudge = np.zeros(len(x))
                nudge[pixel] = 1e-6
                numerical.append(
                    (score(wide, directions[:, k], x + nudge) - score(wide, directions[:, k], x - nudge)) / 2e-6
                )
            assert found[k].gradient[lit] == pytest.approx(numerical, rel=1e-5, abs=1e-8)
            assert found[k].score == pytest.approx(score(wide, directions[:, k], x), rel=1e-12)

    def test_the_part_of_the_biases_against_differences(self, digits, name):
        """sum b ds/db is how the score changes as all biases grow in proportion."""
        network, directions, x = shaken(RECIPES[name], digits)
        found = attribute(network, directions, x)[1]
        scores = []
        for factor in (1 + 1e-6, 1 - 1e-6):
            wide = network.astype(np.float64)
            for layer in wide.weights():
                layer.b *= factor
            scores.append(score(wide, directions[:, 1], x))
        assert found.biases == pytest.approx((scores[0] - scores[1]) / 2e-6, rel=1e-5)

    def test_parts_and_biases_add_up_to_the_score_where_slopes_stay_the_same(self, digits, name):
        found = attribute(*shaken(RECIPES[name], digits))[1]
        assert found.exact == (RECIPES[name].activation in STRAIGHT)
        assert found.score == pytest.approx(found.parts.sum() + found.biases + found.rest, rel=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_only_networks_of_straight_lines_are_exact(activation):
    layers = [Dense(6), ACTIVATIONS[activation](), Dense(5), ACTIVATIONS[activation](), Dense(3)]
    network = Network(layers, (4,), np.random.default_rng(1))
    network.parameters += 0.1
    found = attribute(network, np.eye(3), [0.4, -0.2, 0.9, 0.1])
    assert {each.exact for each in found} == {activation in STRAIGHT}


def test_the_network_is_left_as_it_was_and_dropout_does_not_matter(few):
    recipe = RECIPES["cnn-32-64-128"]
    network, directions, x = shaken(recipe, few)
    assert network.draws_masks
    masks, parameters = network.generator.bit_generator.state, network.parameters.copy()
    first, again = attribute(network, directions, x), attribute(network, directions, x)
    assert all(np.array_equal(a.gradient, b.gradient) for a, b in zip(first, again, strict=True))
    assert network.generator.bit_generator.state == masks and network.draws_masks
    assert np.array_equal(network.parameters, parameters) and not network.gradients.any()


def test_weights_without_bound_give_no_warning():
    network = Network([Dense(3), ReLU(), Dense(2)], (2,), np.random.default_rng(0))
    network.parameters[...] = np.inf
    [found] = attribute(network, [[1.0], [0.0]], [1.0, -1.0])
    assert not found.exact
