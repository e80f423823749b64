import numpy as np
import pytest

from nnlib.averaging import WeightAverage
from nnlib.recipes import Recipe


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


def test_swapping_twice_changes_nothing(network):
    average = WeightAverage(network)
    weights, memory = network.parameters.copy(), network.parameters
    network.parameters += 1.0
    average.swap()
    np.testing.assert_array_equal(network.parameters, weights)
    np.testing.assert_array_equal(average.parameters, weights + 1)
    average.swap()
    np.testing.assert_array_equal(network.parameters, weights + 1)
    assert network.parameters is memory


@pytest.mark.parametrize("decay", [-0.1, 1.0])
def test_impossible_decays(network, decay):
    with pytest.raises(ValueError, match="decay: expected"):
        WeightAverage(network, decay)
