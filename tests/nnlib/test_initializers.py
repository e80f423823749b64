"""Initial weights: their distribution by statistics, and the purpose of each."""

import numpy as np
import pytest
from scipy import stats

from nnlib.activations import ReLU, Tanh
from nnlib.initializers import INITIALIZERS, he, uniform, xavier, zero
from nnlib.layers import Dense
from nnlib.network import Network

OUTPUTS, INPUTS = SHAPE = (300, 200)
DISTRIBUTIONS = {
    he: stats.norm(loc=0, scale=0.1),  # sqrt(2 / 200) = 0.1
    xavier: stats.uniform(loc=-(0.012**0.5), scale=2 * 0.012**0.5),  # 6 / (200 + 300) = 0.012
    uniform: stats.uniform(loc=-0.5, scale=1.0),
}


def draw(initializer, seed=0):
    return initializer(SHAPE, INPUTS, OUTPUTS, np.random.default_rng(seed))


@pytest.mark.parametrize("initializer", DISTRIBUTIONS)
def test_the_weights_are_distributed_as_the_name_says(initializer):
    W = draw(initializer)
    assert W.shape == SHAPE
    assert stats.kstest(W.ravel(), DISTRIBUTIONS[initializer].cdf).pvalue > 0.01


@pytest.mark.parametrize("initializer", DISTRIBUTIONS)
def test_no_other_distribution_would_pass(initializer):
    for other in set(DISTRIBUTIONS) - {initializer}:
        assert stats.kstest(draw(other).ravel(), DISTRIBUTIONS[initializer].cdf).pvalue < 1e-6


def test_zero_is_zero():
    assert not draw(zero).any()


@pytest.mark.parametrize("initializer", DISTRIBUTIONS)
def test_the_generator_decides(initializer):
    assert np.array_equal(draw(initializer, 1), draw(initializer, 1))
    assert not np.array_equal(draw(initializer, 1), draw(initializer, 2))


@pytest.mark.parametrize(("initializer", "activation", "other"), [(he, ReLU, xavier), (xavier, Tanh, he)])
def test_the_spread_is_kept_from_depth_to_depth(initializer, activation, other):
    """Weighted sums of the tenth layer have the variance of the first; with tanh while it is nearly linear."""

    def growth(initializer):
        layers = [layer for _ in range(10) for layer in (Dense(400), activation())]
        network = Network(layers, (400,), np.random.default_rng(0), initializer)
        network.forward(np.random.default_rng(1).normal(0, 0.01, (400, 200)).astype(np.float32))
        return layers[-2].Z.std() / layers[0].Z.std()

    assert 0.8 < growth(initializer) < 1.25
    assert not 0.2 < growth(other) < 5


@pytest.mark.parametrize("name", INITIALIZERS)
def test_the_scale_multiplies_and_biases_start_at_zero(name):
    def weights(scale):
        layer = Dense(5)
        Network([layer], (7,), np.random.default_rng(3), INITIALIZERS[name], scale)
        return layer

    assert np.array_equal(weights(4.0).W, 4.0 * weights(1.0).W)
    assert not weights(4.0).b.any()
