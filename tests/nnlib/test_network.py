"""A network of three inputs worked by hand to the last digit, and networks against loops and scikit-learn."""

import math

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier

from nnlib.activations import ACTIVATIONS, ReLU
from nnlib.layers import Dense, Dropout
from nnlib.losses import SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy
from nnlib.network import Network
from nnlib.optimizers import SGD
from nnlib.recipes import Recipe

LN2, LN3 = math.log(2), math.log(3)


def mlp(*sizes, activation=ReLU, dropout=0.0, seed=0, dtype=np.float32):
    """A network of these sizes, inputs first."""
    layers = [layer for units in sizes[1:-1] for layer in (Dense(units), activation(), Dropout(dropout))]
    return Network([*layers, Dense(sizes[-1])], sizes[:1], np.random.default_rng(seed), dtype=dtype)


class TestByHand:
    """Three inputs, two ReLU units, three classes, two examples of class 0 and 1.

    The second layer's weights are logarithms, so that the exponentials of softmax are whole numbers.
    """

    X = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 1.0]])

    @pytest.fixture
    def network(self):
        network = mlp(3, 2, 3, dtype=np.float64)
        first, second = network.weights()
        first.W[...], first.b[...] = [[-1, 1, 1], [1, 3, -1]], [[0], [-1]]
        second.W[...], second.b[...] = [[LN2, 0], [0, LN3], [0, 0]], [[0], [0], [LN2]]
        return network

    @pytest.fixture
    def stepped(self, network):
        """Network and loss after forward and backward, and the value of the loss."""
        loss = SoftmaxCrossEntropy()
        value = loss.forward(network.forward(self.X), loss.targets([0, 1], 3, np.float64))
        network.backward(loss.backward())
        return network, loss, value

    def test_forward(self, stepped):
        (first, relu, _, second), loss, value = stepped[0].layers, *stepped[1:]
        # W1 X + b1:  -1 + 0 + 2 + 0, 0 + 1 + 1 + 0;  1 + 0 - 2 - 1, 0 + 3 - 1 - 1
        assert first.Z.tolist() == [[1, 2], [-2, 1]]
        assert relu.A.tolist() == [[1, 2], [0, 1]]
        # W2 A1 + b2, whose exponentials are 2 : 1 : 2 of 5 and 4 : 3 : 2 of 9
        assert pytest.approx(np.array([[LN2, 2 * LN2], [0, LN3], [LN2, LN2]]), rel=1e-15) == second.Z
        assert pytest.approx(np.array([[2 / 5, 4 / 9], [1 / 5, 3 / 9], [2 / 5, 2 / 9]]), rel=1e-15) == loss.A
        assert value == pytest.approx(math.log(15 / 2) / 2, rel=1e-15)  # -(log 2/5 + log 3/9) / 2

    def test_backward(self, stepped):
        (first, relu, _, second), loss = stepped[0].layers, stepped[1]
        # (A2 - Y) / 2:  (2/5 - 1) / 2, (4/9) / 2;  (1/5) / 2, (3/9 - 1) / 2;  (2/5) / 2, (2/9) / 2
        dZ2 = np.array([[-3 / 10, 2 / 9], [1 / 10, -1 / 3], [1 / 5, 1 / 9]])
        assert loss.dZ == pytest.approx(dZ2, rel=1e-14)
        # dZ2 A1ᵀ:  -3/10 * 1 + 2/9 * 2, -3/10 * 0 + 2/9 * 1;  1/10 - 2/3, -1/3;  1/5 + 2/9, 1/9
        assert second.dW == pytest.approx(np.array([[13 / 90, 2 / 9], [-17 / 30, -1 / 3], [19 / 45, 1 / 9]]), rel=1e-14)
        # -3/10 + 2/9;  1/10 - 1/3;  1/5 + 1/9
        assert second.db == pytest.approx(np.array([[-7 / 90], [-7 / 30], [14 / 45]]), rel=1e-14)
        # W2ᵀ dZ2
        dA1 = np.array([[-3 / 10 * LN2, 2 / 9 * LN2], [1 / 10 * LN3, -1 / 3 * LN3]])
        assert second.dA == pytest.approx(dA1, rel=1e-14)
        # unit 2 was off for the first example
        dZ1 = np.array([[-3 / 10 * LN2, 2 / 9 * LN2], [0, -1 / 3 * LN3]])
        assert relu.dZ == pytest.approx(dZ1, rel=1e-14)
        # nobody learns from dX
        assert first.dA is None
        # dZ1 Xᵀ:  -3/10 * 1, 2/9 * 1, -3/10 * 2 + 2/9 * 1;  0, -1/3, -1/3
        dW1 = np.array([[-3 / 10 * LN2, 2 / 9 * LN2, -17 / 45 * LN2], [0, -1 / 3 * LN3, -1 / 3 * LN3]])
        assert first.dW == pytest.approx(dW1, rel=1e-14)
        # -3/10 + 2/9;  0 - 1/3
        assert first.db == pytest.approx(np.array([[-7 / 90 * LN2], [-1 / 3 * LN3]]), rel=1e-14)

    def test_update(self, stepped):
        network = stepped[0]
        SGD(network, learning_rate=0.5).update()
        first, second = network.weights()
        # W1 - dW1 / 2
        W1 = [[-1 + 3 / 20 * LN2, 1 - 1 / 9 * LN2, 1 + 17 / 90 * LN2], [1, 3 + 1 / 6 * LN3, -1 + 1 / 6 * LN3]]
        assert pytest.approx(np.array(W1), rel=1e-15) == first.W
        assert first.b == pytest.approx(np.array([[7 / 180 * LN2], [-1 + 1 / 6 * LN3]]), rel=1e-15)
        W2 = [[LN2 - 13 / 180, -1 / 9], [17 / 60, LN3 + 1 / 6], [-19 / 90, -1 / 18]]
        assert pytest.approx(np.array(W2), rel=1e-14) == second.W
        assert second.b == pytest.approx(np.array([[7 / 180], [7 / 60], [LN2 - 7 / 45]]), rel=1e-14)

    def test_penalty(self, network):
        """The squares of all weights, but of no bias: 3 * 1 + 1 + 9 + 1 and ln 2 ^2 + ln 3 ^2; half of it times l2."""
        squares = 14 + LN2**2 + LN3**2
        assert network.penalty(0.2) == pytest.approx(0.1 * squares, rel=1e-15)
        network.gradients[...] = 1.0
        network.add_penalty_gradient(0.2)
        first, second = network.weights()
        assert first.dW == pytest.approx(np.array([[0.8, 1.2, 1.2], [1.2, 1.6, 0.8]]))
        assert second.dW == pytest.approx(1 + 0.2 * np.array([[LN2, 0], [0, LN3], [0, 0]]))
        assert (first.db == 1).all() and (second.db == 1).all()


SKLEARN_NAME = {"relu": "relu", "tanh": "tanh", "sigmoid": "logistic"}


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("activation", SKLEARN_NAME)
@pytest.mark.parametrize("hidden", [(6,), (6, 5)])
def test_a_step_is_the_step_of_scikit_learn(hidden, activation, classes):
    """Their weights, one step of theirs, one step of ours, with an L2 penalty (theirs is divided by m)."""
    random = np.random.default_rng(5)
    X, labels = random.normal(size=(30, 8)), np.arange(30) % classes
    theirs = MLPClassifier(
        hidden, activation=SKLEARN_NAME[activation], solver="sgd", momentum=0, learning_rate_init=0.3,
        alpha=0.6, batch_size=30, shuffle=False, random_state=1,
    )  # fmt: skip
    theirs.partial_fit(X, labels, classes=np.arange(classes))
    loss = SigmoidBinaryCrossEntropy() if classes == 2 else SoftmaxCrossEntropy()
    network = mlp(8, *hidden, loss.outputs(classes), activation=ACTIVATIONS[activation], dtype=np.float64)
    for layer, W, b in zip(network.weights(), theirs.coefs_, theirs.intercepts_, strict=True):
        layer.W[...], layer.b[...] = W.T, b[:, None]

    theirs.partial_fit(X, labels)
    value = loss.forward(network.forward(X.T), loss.targets(labels, classes, np.float64))
    network.backward(loss.backward())
    l2 = 0.6 / 30
    assert value + network.penalty(l2) == pytest.approx(theirs.loss_, rel=1e-12)
    network.add_penalty_gradient(l2)
    SGD(network, 0.3).update()

    for layer, W, b in zip(network.weights(), theirs.coefs_, theirs.intercepts_, strict=True):
        assert pytest.approx(W, rel=1e-10) == layer.W.T
        assert layer.b[:, 0] == pytest.approx(b, rel=1e-10, abs=1e-14)
    assert loss.class_probabilities(network.forward(X.T)) == pytest.approx(theirs.predict_proba(X).T, rel=1e-10)


class TestMemory:
    def test_layers_see_the_two_long_vectors(self):
        network = mlp(5, 4, 3)
        assert network.parameters.size == network.gradients.size == 4 * 5 + 4 + 3 * 4 + 3
        network.parameters[...] = np.arange(39)
        network.gradients[...] = -np.arange(39)
        first, second = network.weights()
        parts = [first.W, first.b, second.W, second.b]
        assert np.concatenate([part.ravel() for part in parts]).tolist() == list(range(39))
        parts = [first.dW, first.db, second.dW, second.db]
        assert np.concatenate([part.ravel() for part in parts]).tolist() == [-i for i in range(39)]

    def test_forward_without_training_stores_nothing(self):
        network, X = mlp(5, 4, 3, dropout=0.5), np.ones((5, 2), np.float32)
        loss = SoftmaxCrossEntropy()
        masks = network.generator.bit_generator.state
        scores = network.forward(X, training=False)
        assert network.generator.bit_generator.state == masks
        assert all(getattr(layer, name) is None for layer in network.layers for name in layer.computed)
        loss.forward(network.forward(X), loss.targets([0, 1], 3))
        network.forward(X * 7, training=False)
        network.backward(loss.backward())
        gradients = network.gradients.copy()
        network.generator.bit_generator.state = masks
        loss.forward(network.forward(X), loss.targets([0, 1], 3))
        network.backward(loss.backward())
        assert np.array_equal(network.gradients, gradients)
        network.set_dropout(0)
        assert np.array_equal(network.forward(X), scores)

    def test_the_penalty_of_nothing_changes_nothing(self):
        network = mlp(5, 4, 3)
        network.gradients[...] = 2.0
        network.add_penalty_gradient(0.0)
        assert (network.gradients == 2).all() and network.penalty(0.0) == 0


class TestAnotherPrecision:
    def test_the_same_network_in_float64(self):
        network = mlp(5, 4, 3)
        twin = network.astype(np.float64)
        X = np.random.default_rng(1).normal(size=(5, 6))
        assert twin.parameters.dtype == twin.gradients.dtype == twin.forward(X).dtype == np.float64
        assert np.array_equal(twin.parameters, network.parameters)
        assert network.forward(X.astype(np.float32)) == pytest.approx(twin.forward(X), rel=1e-4, abs=1e-6)
        assert network.forward(X.astype(np.float32)).dtype == np.float32

    def test_the_copy_has_a_memory_of_its_own(self):
        network = mlp(5, 4, 3, dropout=0.5)
        X = np.ones((5, 6), np.float32)
        before, generator = network.parameters.copy(), network.generator.bit_generator.state
        Z = network.forward(X)
        state = network.generator.bit_generator.state
        kept = Z.copy()
        twin = network.astype(np.float32)
        twin.parameters += 1
        twin.set_dropout(0.1)
        twin.forward(X)
        twin.backward(np.ones((3, 6), np.float32))
        assert np.array_equal(network.parameters, before) and not network.gradients.any()
        assert np.array_equal(Z, kept)
        assert network.generator.bit_generator.state == state != generator
        assert [layer.rate for layer in network.layers if isinstance(layer, Dropout)] == [0.5]


def test_multiplications_by_hand():
    assert Recipe(hidden=(128, 64)).network(784, 10).multiplications == 784 * 128 + 128 * 64 + 64 * 10
    # 28 x 28 pictures, 26 x 26 places of a 3 x 3 kernel, 13 x 13 after pooling, 11 x 11 places, 5 x 5 after pooling.
    pictures = Recipe(hidden=(7,), convolutions=(2, 3)).network(784, 10)
    assert pictures.multiplications == 26 * 26 * 9 * 2 + 11 * 11 * 9 * 2 * 3 + 5 * 5 * 3 * 7 + 7 * 10


def test_a_fingerprint_is_that_of_the_weights():
    one, same = mlp(3, 4, 2), mlp(3, 4, 2)
    before = one.fingerprint
    assert before == same.fingerprint == one.astype(np.float32).fingerprint != mlp(3, 4, 2, seed=1).fingerprint
    one.parameters[-1] += 1e-3
    assert one.fingerprint != before


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_what_enters_a_layer_is_what_those_before_it_make_one_by_one(activation):
    """With ReLU, convolutions are fused with the layers after them."""
    network = Recipe(convolutions=(3, 4), hidden=(6, 5), activation=activation, dropout=0.5).network(784, 10)
    A = before = np.random.default_rng(1).random((784, 3), np.float32)
    assert network.fused == (activation == "relu")
    for layer, after in network.passing(A):
        if layer in network.weights():
            np.testing.assert_allclose(network.entering(layer, A), before, rtol=1e-5, atol=1e-6)
        before = after
    with pytest.raises(ValueError, match="no step of this network"):
        network.entering(Dense(3), A)
