"""Losses by hand, against scikit-learn and SciPy, at huge scores, and their gradients against differences."""

import math

import numpy as np
import pytest
from scipy.special import expit, log_softmax
from scipy.special import softmax as scipy_softmax
from sklearn.metrics import log_loss, mean_squared_error

from nnlib.losses import LOSSES, MeanSquaredError, SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy, softmax

CASES = {  # loss, output units, classes
    "softmax-cross-entropy": (SoftmaxCrossEntropy, 5, 5),
    "binary-cross-entropy": (SigmoidBinaryCrossEntropy, 1, 2),
    "mean-squared-error": (MeanSquaredError, 5, 5),
}


@pytest.fixture(params=CASES)
def case(request):
    """A loss, random scores (outputs, 40), labels, targets."""
    kind, outputs, classes = CASES[request.param]
    assert LOSSES[request.param] is kind
    random = np.random.default_rng(11)
    labels = random.integers(0, classes, 40)
    loss = kind()
    return loss, random.normal(0, 3, (outputs, 40)), labels, loss.targets(labels, classes, np.float64)


def test_binary_cross_entropy_by_hand():
    """Outputs 3/4, 1/4, 1/2 of classes 1, 1, 0: J = -(log 3/4 + log 1/4 + log 1/2) / 3 = log(32/3) / 3."""
    loss, Z = SigmoidBinaryCrossEntropy(), np.log([[3.0, 1 / 3, 1.0]])
    assert loss.forward(Z, np.array([[1.0, 1.0, 0.0]])) == pytest.approx(math.log(32 / 3) / 3, rel=1e-15)
    assert loss.backward() == pytest.approx(np.array([[-1 / 12, -3 / 12, 2 / 12]]), rel=1e-15)  # (A - Y) / 3
    assert loss.predict(Z).tolist() == [1, 0, 1]  # one half counts as class 1


class TestTermsByHand:
    """What `terms` names, for the same scores as above."""

    def check(self, loss, Z, Y, expected):
        terms = loss.terms(np.array(Z), np.array(Y))
        assert list(terms) == list(expected)
        for name, value in expected.items():
            np.testing.assert_allclose(terms[name], value, rtol=1e-14, atol=1e-15, err_msg=name)

    def test_softmax_cross_entropy(self):
        """2 : 1 : 5 of class 0 and 1 : 3 : 4 of class 2, divided by the largest: 2/5 : 1/5 : 1 and 1/4 : 3/4 : 1."""
        expected = {
            "largest": np.log([5, 4]),
            "shifted": np.log([[2 / 5, 1 / 4], [1 / 5, 3 / 4], [1, 1]]),
            "powers": [[2 / 5, 1 / 4], [1 / 5, 3 / 4], [1, 1]],
            "total": [8 / 5, 2],
            "A": [[2 / 8, 1 / 8], [1 / 8, 3 / 8], [5 / 8, 4 / 8]],
            "loss": np.log([8 / 2, 8 / 4]),
        }
        scores = np.log([[2.0, 1.0], [1.0, 3.0], [5.0, 4.0]])
        self.check(SoftmaxCrossEntropy(), scores, [[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]], expected)

    def test_binary_cross_entropy(self):
        """exp(-ln 3) = 1/3, of 4/3; exp(ln 3) = 3, of 4; exp(0) = 1, of 2."""
        expected = {
            "powers": [[1 / 3, 3, 1]],
            "total": [[4 / 3, 4, 2]],
            "A": [[3 / 4, 1 / 4, 1 / 2]],
            "loss": np.log([4 / 3, 4, 2]),
        }
        self.check(SigmoidBinaryCrossEntropy(), np.log([[3.0, 1 / 3, 1.0]]), [[1.0, 1.0, 0.0]], expected)

    def test_mean_squared_error(self):
        A = [[2.0, 0.0], [-2.0, 4.0]]
        expected = {"error": [[1, 0], [-2, 3]], "squares": [[1, 0], [4, 9]], "A": A, "loss": [5 / 2, 9 / 2]}
        self.check(MeanSquaredError(), A, [[1.0, 0.0], [0.0, 1.0]], expected)


def test_directions_of_one_output():
    """An increase of the one score speaks for class 1, and as much against class 0."""
    assert SigmoidBinaryCrossEntropy().directions(2).tolist() == [[-1, 1]]


def test_directions_follow_the_prediction(case):
    """The class with the largest score is predicted, for any number of outputs."""
    loss, Z, labels, _ = case
    scores = loss.directions(int(labels.max()) + 1).T @ Z
    assert scores.argmax(axis=0).tolist() == loss.predict(Z).tolist()


class TestAgainstOthers:
    def test_softmax_cross_entropy(self):
        random = np.random.default_rng(2)
        Z, labels = random.normal(0, 4, (10, 200)), random.integers(0, 10, 200)
        loss = SoftmaxCrossEntropy()
        value = loss.forward(Z, loss.targets(labels, 10, np.float64))
        assert value == pytest.approx(log_loss(labels, scipy_softmax(Z.T, axis=1), labels=np.arange(10)), rel=1e-12)
        assert loss.per_example(Z, loss.Y) == pytest.approx(-log_softmax(Z, axis=0)[labels, np.arange(200)], rel=1e-12)
        assert pytest.approx(scipy_softmax(Z, axis=0), rel=1e-12) == loss.A

    def test_binary_cross_entropy(self):
        random = np.random.default_rng(3)
        Z, labels = random.normal(0, 4, (1, 200)), random.integers(0, 2, 200)
        loss = SigmoidBinaryCrossEntropy()
        value = loss.forward(Z, loss.targets(labels, 2, np.float64))
        assert value == pytest.approx(log_loss(labels, expit(Z[0])), rel=1e-12)
        assert pytest.approx(expit(Z), rel=1e-12) == loss.A

    def test_mean_squared_error(self):
        random = np.random.default_rng(4)
        Z, Y = random.normal(0, 4, (10, 200)), random.normal(0, 1, (10, 200))
        assert MeanSquaredError().forward(Z, Y) == pytest.approx(mean_squared_error(Y.T, Z.T), rel=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
class TestHugeScores:
    @pytest.fixture(autouse=True)
    def no_warnings(self):
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            yield

    def test_softmax_cross_entropy(self, dtype):
        """A certain right prediction has loss 0; a certain wrong one, the difference of the scores."""
        loss, Z = SoftmaxCrossEntropy(), np.array([[1000.0, 1000.0, -1000.0], [-1000.0, -1000.0, -1000.0]], dtype)
        Y = loss.targets([0, 1, 0], 2, dtype)
        assert loss.per_example(Z, Y) == pytest.approx([0, 2000, math.log(2)], rel=1e-6)
        assert loss.forward(Z, Y) == pytest.approx((2000 + math.log(2)) / 3, rel=1e-6)
        assert loss.backward() == pytest.approx(np.array([[0, 1, -0.5], [0, -1, 0.5]]) / 3, rel=1e-6)
        assert loss.class_probabilities(Z).tolist() == softmax(Z).tolist() == [[1, 1, 0.5], [0, 0, 0.5]]

    def test_binary_cross_entropy(self, dtype):
        loss, Z = SigmoidBinaryCrossEntropy(), np.array([[1000.0, 1000.0, -1000.0, -1000.0]], dtype)
        Y = loss.targets([1, 0, 0, 1], 2, dtype)
        assert loss.per_example(Z, Y).tolist() == [0, 1000, 0, 1000]
        assert loss.forward(Z, Y) == 500
        assert loss.backward().tolist() == [[0, 0.25, 0, -0.25]]
        assert loss.class_probabilities(Z).tolist() == [[0, 0, 1, 1], [1, 1, 0, 0]]

    def test_binary_cross_entropy_of_the_largest_numbers(self, dtype):
        loss, Z = SigmoidBinaryCrossEntropy(), np.array([[-3e38, 3e38]], dtype)
        for labels, expected in (([0, 1], [0, 0]), ([1, 0], [3e38, 3e38])):
            Y = loss.targets(labels, 2, dtype)
            assert loss.per_example(Z, Y) == pytest.approx(expected, rel=1e-6)
            assert loss.forward(Z[:, :1], Y[:, :1]) == pytest.approx(expected[0], rel=1e-6)

    def test_softmax_of_the_largest_numbers(self, dtype):
        assert softmax(np.array([[3e38, -3e38], [-3e38, -3e38]], dtype)).tolist() == [[1, 0.5], [0, 0.5]]


def test_scores_that_are_not_finite_give_no_numbers_and_no_warning():
    with np.errstate(all="raise"):
        assert np.isnan(softmax(np.array([[np.inf], [0.0]]))[0, 0])


class TestEveryLoss:
    def test_gradient_against_differences(self, case):
        loss, Z, _, Y = case
        h, differences = 1e-6, np.empty_like(Z)
        for at in np.ndindex(Z.shape):
            nudge = np.zeros_like(Z)
            nudge[at] = h
            differences[at] = (loss.forward(Z + nudge, Y) - loss.forward(Z - nudge, Y)) / (2 * h)
        loss.forward(Z, Y)
        dZ = loss.backward()
        assert np.linalg.norm(dZ - differences) < 1e-7 * np.linalg.norm(dZ)

    def test_the_loss_of_each_has_the_loss_as_mean(self, case):
        loss, Z, _, Y = case
        assert loss.per_example(Z, Y).shape == (40,)
        assert loss.per_example(Z, Y).mean() == pytest.approx(loss.forward(Z, Y), rel=1e-13)

    def test_the_terms_end_in_what_the_step_computes(self, case):
        loss, Z, _, Y = case
        terms, value = loss.terms(Z, Y), loss.forward(Z, Y)
        np.testing.assert_allclose(terms["A"], loss.A, rtol=1e-13)
        assert list(terms)[-2:] == ["A", "loss"] and terms["loss"].mean() == pytest.approx(value, rel=1e-13)

    def test_two_halves_make_the_whole(self, case):
        """Losses and gradients of two parts of a batch, given the size of the batch."""
        loss, Z, _, Y = case
        whole = loss.forward(Z, Y), loss.backward()
        parts = [(loss.forward(Z[:, at], Y[:, at]), loss.backward(m=40)) for at in (slice(0, 15), slice(15, 40))]
        assert (15 * parts[0][0] + 25 * parts[1][0]) / 40 == pytest.approx(whole[0], rel=1e-13)
        assert np.hstack([parts[0][1], parts[1][1]]) == pytest.approx(whole[1], rel=1e-13)

    def test_scores_and_targets_are_left_alone(self, case):
        loss, Z, _, Y = case
        before = Z.copy(), Y.copy()
        loss.forward(Z, Y)
        loss.backward()
        assert np.array_equal(Z, before[0]) and np.array_equal(Y, before[1])

    def test_the_loss_is_a_plain_float_and_arrays_stay_float32(self, case):
        loss, Z, labels, _ = case
        Y = loss.targets(labels, len(loss.class_probabilities(Z)))
        assert type(loss.forward(Z.astype(np.float32), Y)) is float
        assert loss.A.dtype == loss.backward().dtype == loss.per_example(Z.astype(np.float32), Y).dtype == np.float32

    def test_perfect_scores_are_predicted_as_the_labels(self, case):
        loss, _, labels, Y = case
        predicted = loss.predict(10 * Y - 5)
        assert predicted.tolist() == labels.tolist() and predicted.dtype.kind == "i"

    def test_probabilities(self, case):
        loss, Z, _, Y = case
        P = loss.class_probabilities(Z)
        assert P.shape == (max(2, len(Z)), 40)
        assert P.argmax(axis=0).tolist() == loss.predict(Z).tolist()
        if loss.gives_probabilities:
            assert P.sum(axis=0) == pytest.approx(np.ones(40), rel=1e-14)
            loss.forward(Z, Y)
            assert np.array_equal(P[-1], loss.A[-1])
        else:
            assert P is Z


def test_targets_and_output_units():
    one_hot = SoftmaxCrossEntropy().targets(np.array([2, 0], np.uint8), 3)
    binary = SigmoidBinaryCrossEntropy().targets(np.array([1, 0, 1], np.uint8), 2)
    assert one_hot.tolist() == [[0, 1], [0, 0], [1, 0]] and binary.tolist() == [[1, 0, 1]]
    assert one_hot.dtype == binary.dtype == np.float32
    assert SoftmaxCrossEntropy().outputs(7) == MeanSquaredError().outputs(7) == 7
    assert SigmoidBinaryCrossEntropy().outputs(2) == 1
    with pytest.raises(ValueError, match="2 classes, got 10"):
        SigmoidBinaryCrossEntropy().outputs(10)
