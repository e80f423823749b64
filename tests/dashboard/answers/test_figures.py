"""The numbers in the answers, against the library's own training step."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.answers.answers import ANSWERS
from dashboard.answers.figures import figures
from dashboard.core import query_params
from dashboard.notation.numbers import told
from nnlib.recipes import RECIPES


@pytest.fixture(scope="module")
def found(digits):
    return figures(digits)


@pytest.fixture(scope="module")
def trainer(digits):
    return replace(RECIPES["first-steps"], hidden=(16,), training_size=1000).trainer(digits)


def test_gradients_and_losses_are_those_of_the_library(found, trainer):
    train = trainer.digits.train.take(64)
    step = trainer.dry_run(train.images, train.labels)
    value = {each.symbol: each.value for each in step.matrices}
    assert found["loss"] == pytest.approx(step.value, rel=1e-5)
    assert found["bias"] == pytest.approx(float(value["db2"][0, 0]), rel=1e-4)
    assert found["bias_all"] == 0 and abs(float(value["dZ2"].sum())) < 1e-6
    assert found["output"] == pytest.approx(float(value["A2"][0, 0]), rel=1e-4)
    assert found["error"] == pytest.approx(64 * float(value["dZ2"][0, 0]), rel=1e-4)
    assert found["off"] == pytest.approx(float((value["Z1"] <= 0).mean()), abs=1e-3)
    across = np.exp(value["Z2"]) / np.exp(value["Z2"]).sum(axis=1, keepdims=True)
    assert found["down"] < found["loss"] < found["up"]
    assert found["without_mean"] == pytest.approx(64) and across.sum(axis=1) == pytest.approx(1, rel=1e-4)
    assert found["column"] == pytest.approx(0.16, abs=0.15) and found["broadcast"] == 64 * 64
    assert np.isinf(found["overflow"]) and found["underflow"] == 0 and found["pixels_moved"] > 0.1


def test_every_answer_tells_its_numbers_and_leads_to_valid_settings(found):
    assert len(ANSWERS) == 25
    for name, answer in ANSWERS.items():
        assert "{" not in told(answer.text, found)
        assert query_params.from_query(dict(answer.settings or {}))[1] == []
        assert query_params.unknown_in({query_params.QUESTION: name}) == []
