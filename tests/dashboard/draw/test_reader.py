"""The networks that read a visitor's digit, and their answers."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.core.lab import Lab
from dashboard.core.reference_network import reference_network
from dashboard.draw import answer, reader
from dashboard.draw.reader import Answer
from nnlib.datasets import zeros_and_ones
from nnlib.recipes import RECIPES
from nnlib.storage import StorageError


def test_the_live_network_reads_as_in_its_evaluation(few):
    lab = Lab(few)
    lab.step()
    images = few.validation.images.reshape(-1, 28, 28)
    found = reader.live(lab)
    expected = lab.shown.loss.class_probabilities(lab.evaluation().scores)
    np.testing.assert_allclose(found.outputs(images), expected, rtol=1e-5, atol=1e-7)
    before = found.version
    lab.step()
    assert reader.live(lab).version != before


def test_a_binary_network_gets_the_middle_of_the_picture(digits):
    lab = Lab(digits, RECIPES["binary-400-25-15-1"])
    found = reader.live(lab)
    pair = digits.only((0, 1))
    images = pair.test.images[:50].reshape(-1, 28, 28)
    np.testing.assert_array_equal(found.inputs(images), zeros_and_ones(digits).test.images[:50])
    [one] = found.answers(images[:1])
    assert one.names == ("0", "1") and one.values.sum() == pytest.approx(1)
    assert "0 and 1" in answer.about(found, "") and "ntrained" in answer.about(found, "")


def test_the_reference_reads_mnist(digits):
    found = reader.reference(reference_network(), digits)
    images, labels = digits.test.images[:200].reshape(-1, 28, 28), digits.test.labels[:200]
    assert np.mean([each.guess for each in found.answers(images)] == labels) >= 0.99
    assert answer.about(found, "") == ""


def test_the_reference_refuses_other_data(digits):
    with pytest.raises(StorageError):
        reader.reference(reference_network(), replace(digits.take(100).centre_crop(20)))


def test_an_answer_in_order():
    found = Answer(np.array([0.1, 0.7, 0.2]), ("a", "b", "c"), True)
    assert found.order == [1, 2, 0] and found.name == "b"
    assert "70.0" in answer.short(found) and "c" in answer.runner_up(found) and "20.0" in answer.runner_up(found)
    assert answer.lengths(found) == [0.1, 0.7, 0.2]


def test_bars_of_scores_start_at_the_lowest():
    assert answer.lengths(Answer(np.array([-1.0, 0.0, 3.0]), ("a", "b", "c"), False)) == [0, 0.25, 1]
    assert answer.lengths(Answer(np.array([0.0, 0.0]), ("a", "b"), False)) == [0, 0]


def test_outputs_that_are_not_finite_are_no_answer():
    found = Answer(np.array([np.nan, np.inf]), ("a", "b"), True)
    assert not found.finite and found.name == "?"
