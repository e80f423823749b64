"""The attributions of an answer."""

import numpy as np
import pytest

from dashboard.core.lab import Lab
from dashboard.draw import reader
from dashboard.draw.why_view import attributions, named_attributions
from nnlib.recipes import RECIPES


@pytest.mark.parametrize(("recipe", "count"), [("dense-128-64", 3), ("binary-400-25-15-1", 1)])
def test_answer_and_runner_up_are_compared(digits, recipe, count):
    found = reader.live(Lab(digits, RECIPES[recipe]))
    image = digits.test.images[:1].reshape(-1, 28, 28)
    [answer] = found.answers(image)
    named = named_attributions(found, answer, attributions(found, found.inputs(image)[0]))
    assert len(named) == count and found.class_names[answer.guess] in named[0][0]
    [scores] = found.network.forward(found.scaling.apply(found.inputs(image)).T, training=False).T
    expected = np.dot(found.loss.directions(len(found.class_names)).T, scores)[answer.order[:2]]
    assert named[0][1].score == pytest.approx(expected[0], rel=1e-4, abs=1e-5)
    if count > 1:
        assert named[2][1].score == pytest.approx(expected[0] - expected[1], rel=1e-4, abs=1e-5)
