"""Activations against SciPy, and their slopes against differences in float64."""

import numpy as np
import pytest
from scipy.special import expit

from nnlib.activations import ACTIVATIONS, LeakyReLU, ReLU, Sigmoid, Tanh, sigmoid

Z = np.array([[-2.0, -0.5, 0.25], [1.0, 3.0, -7.0]])  # no kinks near


def built(activation, dtype=np.float64):
    activation.dtype = np.dtype(dtype)
    activation.build(Z.shape[:1])
    return activation


@pytest.fixture(params=ACTIVATIONS)
def activation(request):
    return built(ACTIVATIONS[request.param]())


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (ReLU, [[0, 0, 0.25], [1, 3, 0]]),
        (LeakyReLU, [[-0.02, -0.005, 0.25], [1, 3, -0.07]]),
        (Sigmoid, expit(Z)),
        (Tanh, np.tanh(Z)),
    ],
)
def test_values(kind, expected):
    assert built(kind()).forward(Z) == pytest.approx(np.array(expected), rel=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_huge_numbers_do_no_harm(name, dtype):
    layer = built(ACTIVATIONS[name](), dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        A = layer.forward(np.array([[-1000.0, 1000.0, -1e30, 1e30, 0.0]], dtype))
        dZ = layer.backward(np.ones((1, 5), dtype))
    assert np.isfinite(A).all() and np.isfinite(dZ).all()
    assert A.dtype == dZ.dtype == dtype
    if name == "sigmoid":
        assert A.tolist() == [[0, 1, 0, 1, 0.5]]


def test_slope_against_differences(activation):
    dA = np.array([[0.3, -1.0, 2.0], [0.7, 1.1, -0.4]])
    h = 1e-6
    differences = dA * (activation.forward(Z + h, training=False) - activation.forward(Z - h, training=False)) / (2 * h)
    activation.forward(Z)
    assert activation.backward(dA) == pytest.approx(differences, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize(("kind", "slope"), [(ReLU, 0.0), (LeakyReLU, 0.01)])
def test_the_slope_at_the_kink_is_that_of_the_left(kind, slope):
    layer = built(kind())
    layer.forward(np.zeros((2, 3)))
    assert layer.backward(np.ones((2, 3))).tolist() == [[slope] * 3] * 2


def test_the_input_is_left_alone(activation):
    before, gradient = Z.copy(), np.ones_like(Z)
    activation.forward(before)
    activation.backward(gradient)
    assert np.array_equal(before, Z) and (gradient == 1).all()


def test_without_training_no_trace_is_left(activation):
    scores = activation.forward(Z, training=False)
    assert activation.A is None and activation.dZ is None and not activation._buffers
    activation.forward(Z)
    kept = activation.A.copy()
    activation.forward(Z + 1, training=False)
    assert np.array_equal(activation.A, kept)
    assert np.array_equal(scores, kept)


@pytest.mark.parametrize(("dtype", "lowest"), [(np.float32, -103), (np.float64, -740)])
def test_sigmoid_is_right_to_a_few_units_in_the_last_place_down_to_the_smallest_numbers(dtype, lowest):
    Z = np.concatenate([np.linspace(lowest, 60, 100_001), [-100, -20, -17, -15, -0.0, 0]]).astype(dtype)
    powers = np.exp(np.longdouble(Z))
    expected = powers / (1 + powers)
    assert (np.abs(sigmoid(Z) - expected) <= 4 * np.spacing(expected.astype(dtype))).all()
