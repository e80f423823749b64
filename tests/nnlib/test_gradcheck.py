"""Every layer, activation and loss, by themselves and in networks of 0 to 3 hidden layers: the gradients are right.

And the check itself: it fails on every wrong backward, and it leaves the network as it was.
"""

import numpy as np
import pytest

from nnlib.activations import ACTIVATIONS, ReLU, Sigmoid, Tanh
from nnlib.gradcheck import GradientCheck, check_gradients
from nnlib.layers import Dense, Dropout
from nnlib.losses import LOSSES, MeanSquaredError, SoftmaxCrossEntropy
from nnlib.network import Network

RIGHT = 1e-6
INPUTS, CLASSES, M = 6, 3, 7
AWAY_FROM_KINKS = 1e-3  # a nudge of 1e-5 must not carry a weighted sum over the bend at 0


def problem(hidden, activation, loss, dropout=0.0, dense=Dense):
    """A float64 network, inputs and targets, in which no weighted sum is near 0."""
    classes = 2 if loss == "binary-cross-entropy" else CLASSES
    loss = LOSSES[loss]() if isinstance(loss, str) else loss
    for seed in range(1000):
        random = np.random.default_rng(seed)
        layers = [layer for units in hidden for layer in (dense(units), activation(), Dropout(dropout))]
        layers.append(dense(loss.outputs(classes)))
        network = Network(layers, (INPUTS,), random, dtype=np.float64)
        network.parameters += random.normal(0, 0.3, network.parameters.size)  # biases too
        X = random.normal(size=(INPUTS, M))
        masks = random.bit_generator.state
        network.forward(X)
        random.bit_generator.state = masks
        if all(np.abs(layer.Z).min() > AWAY_FROM_KINKS for layer in network.weights()):
            return network, loss, X, loss.targets(random.integers(0, classes, M), classes, np.float64)
    raise AssertionError("expected a network away from the kinks among 1000")


def error(*arguments, l2=0.0, **settings):
    return check_gradients(*problem(*arguments, **settings), l2=l2).relative_error


class TestTheGradientsAreRight:
    @pytest.mark.parametrize("l2", [0.0, 0.3])
    @pytest.mark.parametrize("dropout", [0.0, 0.4])
    @pytest.mark.parametrize("loss", LOSSES)
    @pytest.mark.parametrize("activation", ACTIVATIONS)
    def test_every_combination(self, activation, loss, dropout, l2):
        assert error((5, 4), ACTIVATIONS[activation], loss, dropout=dropout, l2=l2) < RIGHT

    @pytest.mark.parametrize("hidden", [(), (1,), (5,), (5, 4), (5, 1, 4), (4, 4, 4)])
    @pytest.mark.parametrize("loss", LOSSES)
    def test_every_depth(self, loss, hidden):
        for activation in ACTIVATIONS.values():
            assert error(hidden, activation, loss, dropout=0.2, l2=0.1) < RIGHT

    @pytest.mark.parametrize("loss", LOSSES)
    def test_number_by_number(self, loss):
        """No small gradient hides behind large ones."""
        check = check_gradients(*problem((5, 4), Tanh, loss), l2=0.1)
        assert check.analytic == pytest.approx(check.numerical, rel=1e-5, abs=1e-9)


class WithoutBiasGradient(Dense):
    def backward(self, dZ, to_input=True):
        dA = super().backward(dZ, to_input)
        self.db[...] = 0
        return dA


class WithOneWrongWeight(Dense):
    def backward(self, dZ, to_input=True):
        dA = super().backward(dZ, to_input)
        self.dW[0, 0] *= 1.01
        return dA


class WithForgottenMask(ReLU):
    def backward(self, dA, to_input=True):
        return dA


class WithSlopeOfSigmoid(Tanh):
    backward = Sigmoid.backward


class WithoutTheMean(SoftmaxCrossEntropy):
    def backward(self, m=None):
        return super().backward(1)


class WithoutTheTwo(MeanSquaredError):
    def backward(self, m=None):
        return super().backward(m) / 2


class TestTheCheckFails:
    @pytest.mark.parametrize("dense", [WithoutBiasGradient, WithOneWrongWeight])
    def test_on_a_wrong_layer(self, dense):
        assert error((5, 4), Tanh, "softmax-cross-entropy", dense=dense) > 10 * RIGHT

    @pytest.mark.parametrize("activation", [WithForgottenMask, WithSlopeOfSigmoid])
    def test_on_a_wrong_slope(self, activation):
        assert error((5, 4), activation, "softmax-cross-entropy") > 0.01

    @pytest.mark.parametrize("loss", [WithoutTheMean, WithoutTheTwo])
    def test_on_a_wrong_loss(self, loss):
        assert error((5, 4), Tanh, loss()) > 0.1

    def test_on_a_forgotten_penalty(self, monkeypatch):
        monkeypatch.setattr(Network, "add_penalty_gradient", lambda self, l2: None)
        assert error((5, 4), Tanh, "softmax-cross-entropy", l2=0.3) > 0.01

    def test_on_another_mask(self, monkeypatch):
        def backward(self, dA, to_input=True):
            return np.multiply(dA, self.D[::-1])

        monkeypatch.setattr(Dropout, "backward", backward)
        assert error((5, 4), Tanh, "softmax-cross-entropy", dropout=0.4) > 0.01

    def test_on_a_kink(self):
        """Why the other tests avoid it: at 0, central differences give one half, neither 0 nor 1."""
        network = Network([Dense(1), ReLU(), Dense(1)], (1,), np.random.default_rng(0), dtype=np.float64)
        network.parameters[...] = [1, 0, 1, 0]
        check = check_gradients(network, MeanSquaredError(), np.zeros((1, 1)), np.ones((1, 1)), positions=[1])
        #  J = (relu(b) - 1)^2: slope -2 to the right, 0 to the left
        assert check.analytic[0] == 0
        assert check.numerical[0] == pytest.approx(-1, abs=1e-4)
        assert check.relative_error == 1


class TestTheCheckItself:
    def test_the_network_is_left_as_it_was(self):
        network, loss, X, Y = problem((5,), Tanh, "softmax-cross-entropy", dropout=0.3)
        before, masks = network.parameters.copy(), network.generator.bit_generator.state
        check_gradients(network, loss, X, Y)
        assert np.array_equal(network.parameters, before)
        assert network.generator.bit_generator.state == masks

    def test_positions_choose(self):
        arguments = problem((5,), Tanh, "softmax-cross-entropy")
        everything, some = check_gradients(*arguments), check_gradients(*arguments, positions=[0, 7, 30])
        assert everything.positions.tolist() == list(range(arguments[0].parameters.size))
        assert np.array_equal(some.analytic, everything.analytic[[0, 7, 30]])
        assert np.array_equal(some.numerical, everything.numerical[[0, 7, 30]])

    def test_float32_is_refused(self):
        network = Network([Dense(2)], (3,), np.random.default_rng(0))
        with pytest.raises(ValueError, match=r"needs a float64 network, got float32"):
            check_gradients(network, MeanSquaredError(), np.ones((3, 1)), np.ones((2, 1)))

    def test_relative_error_by_hand(self):
        """|(3, 4) - (0, 4)| / (5 + 4) = 3/9."""
        assert GradientCheck(np.arange(2), np.array([3.0, 4.0]), np.array([0.0, 4.0])).relative_error == 1 / 3
        assert GradientCheck(np.arange(2), np.zeros(2), np.zeros(2)).relative_error == 0
