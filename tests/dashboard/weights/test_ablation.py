"""A change by hand in words and numbers, against counts made one by one."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.components.layer_units import layers_of_units
from dashboard.weights import ablation
from dashboard.weights.ablation import Comparison
from nnlib.analysis.interventions import Scale, SetWeight, SwitchOff
from nnlib.evaluation import Evaluation
from nnlib.losses import LOSSES
from nnlib.recipes import RECIPES
from tests.figures import figures

LABELS = np.array([0, 0, 1, 1, 2, 2], np.uint8)


def evaluation(predicted, losses):
    predicted, losses = np.array(predicted, np.uint8), np.array(losses, np.float32)
    right = predicted == LABELS
    return Evaluation(float(losses.mean()), float(right.mean()), np.zeros((3, 6)), losses, predicted, LABELS)


BEFORE = evaluation([0, 0, 1, 0, 1, 2], [0.1, 0.1, 0.2, 2.0, 3.0, 0.5])
AFTER = evaluation([0, 1, 1, 1, 2, 0], [0.1, 1.1, 0.2, 0.5, 0.1, 2.5])


@pytest.fixture
def comparison():
    return Comparison(BEFORE, AFTER, 3)


def test_what_flips_those_first_that_it_matters_most_to(comparison):
    assert comparison.lost.tolist() == [5, 1]  # the loss grew by 2 and by 1
    assert comparison.won.tolist() == [4, 3]  # it fell by 2.9 and by 1.5
    before, after = comparison.recalls
    assert before.tolist() == [1, 0.5, 0.5] and after.tolist() == [0.5, 1, 0.5]


def test_before_change_after(comparison):
    rows = [[cell.strip(" *") for cell in line.split("|")[1:-1]] for line in ablation.table(comparison).split("\n")]
    assert rows[0] == ["validation", "Before", "Change", "After"]
    assert rows[2][1:] == ["66.67", "none", "66.67"] and rows[3][1:] == ["2", "none", "2"]
    assert rows[4][1:] == ["0.9833", "−0.2333", "0.75"]
    assert figures(ablation.verdict(comparison)) == [2, 2]
    surer = evaluation(BEFORE.predicted, BEFORE.losses + 0.1)
    same, only_loss = (ablation.verdict(Comparison(BEFORE, after, 3)) for after in (BEFORE, surer))
    assert not figures(same) and not figures(only_loss) and ("loss" in same, "loss" in only_loss) == (False, True)


@pytest.fixture
def layers(few):
    return layers_of_units(replace(RECIPES["first-steps"], hidden=(6,)).trainer(few))


def explain(intervention, layers, loss="softmax-cross-entropy", names=tuple("0123456789")):
    return ablation.explain(intervention, layers, LOSSES[loss](), names)


def test_it_says_what_is_done(layers):
    assert figures(explain(SwitchOff(0, 4), layers))[:4] == [2, 0, 5, 10]
    assert figures(explain(Scale(0, 4, -2.0), layers)) == [5, 784, -2]
    layers[0].layer.W[4, 28 * 3 + 7] = 0.125
    assert figures(explain(SetWeight(0, 4, 91, 0.0), layers)) == [4, 8, 5, 0.125, 0]
    assert figures(explain(SetWeight(0, 4, None, -1.5), layers)) == [5, 0, -1.5]
    assert figures(explain(SetWeight(1, 3, 5, 1.0), layers))[:2] == [6, 3]


def test_a_class_switched_off_keeps_a_score_of_zero(layers):
    assert "probability" in explain(SwitchOff(1, 3), layers)
    assert "probability" not in explain(SwitchOff(1, 3), layers, "mean-squared-error")
    assert "as b." in explain(SwitchOff(1, 0), layers, "binary-cross-entropy", ("a", "b"))


def test_what_was_done_in_a_few_words(layers):
    for intervention, expected in (
        (SwitchOff(0, 4), [5, 1]),
        (SwitchOff(1, 4), [4]),
        (Scale(0, 4, 0.5), [5, 1, 0.5]),
        (SetWeight(0, 0, None, -1.0), [1, 1, -1]),
        (SetWeight(0, 0, 30, 123456.0), [1, 1, 2, 3, 123456]),
    ):
        assert figures(ablation.name(intervention, layers)) == expected
    with pytest.raises(TypeError, match="one of the interventions"):
        ablation.name(SimpleUnknown(), layers)


class SimpleUnknown:
    layer = unit = 0


def test_a_weight_of_a_kernel_is_told_with_its_channel(few):
    layers = layers_of_units(replace(RECIPES["cnn-32-64-128"], convolutions=(3, 4), hidden=(5,)).trainer(few))
    place = (1 * 3 + 2) * 3 + 1  # row 2, column 3, channel 2 of 3 x 3 x 3
    layers[1].layer.kernels[2, 1, 2, 1] = 0.75
    assert layers[1].layer.W[2, place] == 0.75
    assert figures(ablation.where(layers[1], place)) == [2, 3, 2] and figures(ablation.where(layers[0], 5)) == [2, 3]
    assert figures(ablation.where(layers[2], 5)) == [6]
    assert figures(explain(SwitchOff(1, 2), layers))[:4] == [3, 0, 3, 125]  # 5 units look at 5 x 5 places
