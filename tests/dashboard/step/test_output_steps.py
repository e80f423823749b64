"""Softmax, sigmoid and squares one small step at a time: the numbers are those of the loss itself."""

import math

import numpy as np
import pytest
from scipy.special import expit, softmax

from dashboard.step.output_steps import sentences_html, steps_html, take_apart
from dashboard.theme import DARK
from nnlib.losses import MeanSquaredError, SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy
from tests.figures import figures

NAMES = ("a", "b", "<c>")
Z = np.array([1.0, -2.0, 3.5], np.float32)
Y = np.array([0.0, 1.0, 0.0], np.float32)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_softmax_with_a_temperature(temperature):
    steps = take_apart(SoftmaxCrossEntropy(), Z, Y, NAMES, temperature)
    expected = softmax(Z.astype(float) / temperature)
    np.testing.assert_allclose(steps.columns["output a"], expected)
    np.testing.assert_allclose(steps.columns["a − y"], expected - Y)
    np.testing.assert_allclose(steps.columns["− largest"], (Z - 3.5) / temperature)
    np.testing.assert_allclose(steps.columns["exp"] / steps.columns["exp"].sum(), expected)
    assert steps.loss == pytest.approx(-np.log(expected[1])) and steps.truth == 1
    assert ("z / T" in steps.columns) == (temperature != 1)


def test_softmax_by_hand():
    steps = take_apart(SoftmaxCrossEntropy(), np.log([1, 2, 5]), np.array([0, 0, 1]), NAMES)
    np.testing.assert_allclose(steps.columns["exp"], [0.2, 0.4, 1.0])
    np.testing.assert_allclose(steps.columns["output a"], [1 / 8, 2 / 8, 5 / 8])
    assert "they add up to 1.6" in " ".join(steps.sentences) and steps.loss == pytest.approx(np.log(8 / 5))


@pytest.mark.parametrize("y", [0.0, 1.0])
@pytest.mark.parametrize("z", [-3.0, 0.0, 2.0])
def test_sigmoid(z, y):
    loss = SigmoidBinaryCrossEntropy()
    steps = take_apart(loss, np.array([z]), np.array([y]), ("zero", "one"))
    assert steps.columns["output a"][0] == pytest.approx(expit(z))
    assert steps.loss == pytest.approx(loss.forward(np.array([[z]]), np.array([[y]])))
    assert steps.columns["a − y"][0] == pytest.approx(expit(z) - y)


@pytest.mark.parametrize("loss", [MeanSquaredError(), SoftmaxCrossEntropy()], ids=["squares", "softmax"])
def test_at_temperature_one_the_loss_is_the_networks(loss):
    steps = take_apart(loss, Z, Y, NAMES)
    assert steps.loss == pytest.approx(loss.forward(Z[:, None], Y[:, None]), rel=1e-6)
    if isinstance(loss, MeanSquaredError):
        np.testing.assert_allclose(steps.columns["(a − y)²"], (Z - Y) ** 2, rtol=1e-6)


def test_scores_without_bound_do_not_raise():
    assert np.isfinite(take_apart(SoftmaxCrossEntropy(), np.array([1e30, 0, 0]), Y, NAMES).columns["output a"]).all()
    steps = take_apart(SoftmaxCrossEntropy(), np.array([np.nan, 0, 0]), Y, NAMES)
    assert "not a number" in steps_html(steps, DARK)


@pytest.mark.parametrize("temperature", [0.0, 0.05, 11.0, -1.0])
def test_a_temperature_that_makes_no_sense_is_refused(temperature):
    with pytest.raises(ValueError, match="temperature"):
        take_apart(SoftmaxCrossEntropy(), Z, Y, NAMES, temperature)


def test_as_html_names_are_escaped_and_the_truth_has_a_tick():
    steps = take_apart(SoftmaxCrossEntropy(), Z, Y, NAMES)
    table, sentences = steps_html(steps, DARK), sentences_html(steps, DARK)
    assert "&lt;c&gt;" in table and "<c>" not in table + sentences and table.count("✓") == 1
    assert sentences.count("<li") == len(steps.sentences)


@pytest.mark.parametrize("loss", [SoftmaxCrossEntropy(), SigmoidBinaryCrossEntropy()], ids=["softmax", "sigmoid"])
@pytest.mark.parametrize("z", [-12.0, -0.7, 0.0, 0.3, 2.0, 5.0, 9.0])
def test_the_logarithm_and_the_error_are_right_as_printed(loss, z):
    Z, Y = (np.array([z, 0.0]), np.array([1.0, 0.0])) if loss.outputs(2) == 2 else (np.array([z]), np.array([1.0]))
    steps = take_apart(loss, Z, Y, ("zero", "one"))
    *_, logarithm, where = steps.sentences
    a, cost = figures(logarithm.rpartition("−ln")[2])
    assert -math.log(a) == pytest.approx(cost, rel=6e-3) and cost == pytest.approx(steps.loss, rel=6e-3)
    a, y, error = figures(where.rpartition(":" if "For" in where else "a − y =")[2])
    assert a - y == pytest.approx(error, rel=6e-3) and (a, y) != (1, 1)


def test_a_certain_output_keeps_its_distance_from_one():
    *_, logarithm, where = take_apart(
        SoftmaxCrossEntropy(), np.array([25.0, 0.0]), np.array([1.0, 0.0]), NAMES
    ).sentences
    assert figures(logarithm)[-2:] == [pytest.approx(math.exp(-25), rel=1e-2)] * 2
    assert figures(where)[-1] == pytest.approx(-math.exp(-25), rel=1e-2)
