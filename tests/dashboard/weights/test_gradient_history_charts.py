"""Curves of the layers: the numbers of the history, layer by layer."""

from itertools import pairwise

import numpy as np
import pytest

from dashboard.theme import DARK, LIGHT
from dashboard.weights import gradient_history_charts as charts
from nnlib.history import History, Intervened


@pytest.fixture
def history():
    made = History()
    made.evaluations.append(0, 1, 0.1, 1, 0.1)
    made.evaluations.append(2, 1, 0.1, 1, 0.1)
    for step in range(3):
        made.updates.append(step, 1, 0.5, 0.01 / (step + 1), 0.001)
        made.updates.append(step, 2, 0.25, 0.02, 0.002 * (step + 1))
    made.activity.append(0, 1, 0.0)
    made.activity.append(2, 1, 0.25)
    made.interventions.append(Intervened(1.5, 1, None))
    return made


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_one_line_a_layer_with_the_numbers_of_the_history(history, theme):
    gradients = charts.gradients(history, theme)
    first, second = gradients.series
    assert (first.name, second.name) == ("layer 1", "layer 2") and first.colour != second.colour
    assert first.x == [0, 1, 2] and first.y == pytest.approx([0.01, 0.005, 0.01 / 3], rel=1e-4)
    assert second.y == pytest.approx([0.02] * 3) and gradients.y.log and gradients.x.high >= 2
    assert [mark.at for mark in gradients.marks] == [1.5]


def test_updates_as_they_are_and_relative_to_the_weights(history):
    assert charts.updates(history, LIGHT, relative=False).series[1].y == pytest.approx([0.002, 0.004, 0.006])
    relative = charts.updates(history, LIGHT, relative=True)
    assert relative.series[0].y == pytest.approx([0.002] * 3)
    assert relative.series[1].y == pytest.approx([0.008, 0.016, 0.024])
    assert [level.at for level in relative.levels] == [1e-3]
    history.updates.append(3, 1, 0.0, 0.1, 0.1)  # weights of zero break the line
    assert charts.updates(history, LIGHT, relative=True).series[0].y[3] is None


def test_inactive_units_in_per_cent(history):
    [line] = charts.inactive(history, LIGHT).series
    assert line.x == [0, 2] and line.y == [0, 25]


def test_before_the_first_step_there_are_no_lines():
    made = History()
    made.evaluations.append(0, 1, 0.1, 1, 0.1)
    updates = charts.updates(made, LIGHT, relative=True)
    for chart in (charts.gradients(made, LIGHT), updates, charts.inactive(made, LIGHT)):
        assert chart.series == [] and chart.x.high >= 1


def test_nine_layers_have_nine_looks():
    made = History()
    made.evaluations.append(0, 1, 0.1, 1, 0.1)
    for number in range(1, 10):
        made.updates.append(0, number, 1, 1, 1)
    series = charts.gradients(made, LIGHT).series
    assert len({each.colour for each in series}) == 9
    assert all(old.dash != new.dash for old, new in pairwise(series))
    assert np.isfinite([each.y[0] for each in series]).all()
