"""The view Robustness of the page Mistakes."""

import re

import pytest

from dashboard.mistakes import robustness_runs
from nnlib.analysis.corruptions import CORRUPTIONS
from tests.pages.content import FEW, buttons, charts, choose, lab, texts

PAGE = "pages/mistakes.py"


def view(open_app, **settings):
    return choose(open_app(PAGE, **settings), "mistakes_view", "Robustness")


MEASURE = "measure_robustness"


def curves(at):
    return [len(chart["data"]) for chart in charts(at).values()]


def test_first_it_shows_the_digits_what_to_press_and_the_cost(open_app):
    at = view(open_app, **FEW)
    assert not at.exception and curves(at) == [0] * len(CORRUPTIONS)
    assert "**Run**" in at.info[0].value and "**Measure**" in at.info[1].value
    assert re.search(r"1,000 validation digits 37 times", texts(at))


@pytest.mark.parametrize(
    "settings",
    [FEW, {"recipe": "binary-400-25-15-1"}, {"loss": "mean-squared-error", **FEW}],
    ids=str,
)
def test_measured_it_shows_the_curves_of_this_very_network(open_app, click, settings):
    at = view(open_app, **settings)
    parameters = lab(at).trainer.network.parameters.copy()
    click(at, MEASURE)
    assert not at.exception and len(at.info) == 1 and not at.warning
    assert curves(at) == [1 + 3] * len(CORRUPTIONS)  # the curve, and the verdicts on three digits
    assert f"{lab(at).architecture}, epoch 0.00, augmentation off" in texts(at)
    assert lab(at).trainer.steps == 0 and parameters.tobytes() == lab(at).trainer.network.parameters.tobytes()


def test_after_a_step_it_warns_that_the_curves_are_old_and_then_compares(open_app, click):
    at = click(view(open_app, **FEW), MEASURE, "run").run()
    assert at.button(key=MEASURE).disabled and "Pause" in at.warning[0].value
    click(at, "pause")
    assert "784-16-10, epoch 0.00" in at.warning[0].value and curves(at)[0] == 4
    click(at, MEASURE)
    assert not at.warning and curves(at)[0] == 5 and "dotted" in texts(at)
    at.switch_page("pages/train.py").run()
    at.switch_page(PAGE).run()
    assert curves(at)[0] == 5 and not at.exception
    choose(at, "setting_hidden_0", 5)
    assert "784-16-10" in at.warning[0].value and "784-5-10" in at.warning[0].value
    choose(at, "setting_name", "binary-400-25-15-1")  # other data, and no curves yet
    assert curves(at) == [0] * 4 and "**Measure**" in at.info[1].value and "200 validation" in texts(at)


@pytest.mark.parametrize(("shift", "on"), [("0", False), ("2", True)])
def test_the_advice_depends_on_augmentation(open_app, shift, on):
    shown = [each.value for each in view(open_app, shift=shift, **FEW).markdown]
    assert robustness_runs.ADVICE[on] in shown and robustness_runs.ADVICE[not on] not in shown


def test_of_weights_that_are_not_finite_nothing_is_measured(open_app):
    at = view(open_app, scale="1e300", **FEW)
    assert "not finite" in texts(at) and MEASURE not in buttons(at) and not at.exception
