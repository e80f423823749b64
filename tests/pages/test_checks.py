"""Checks: is it healthy?"""

import re

import pytest

from dashboard.components.sanity_checks import FINE, SIGNS, WRONG
from tests.pages.content import FEW, charts, choose, lab, texts

PAGE = "pages/checks.py"


def badges(at):
    """The verdicts, in the order of the page."""
    found = [each.value for each in at.markdown if "-badge" in each.value]
    return [verdict for value in found for verdict in SIGNS if f" {verdict}]" in value]


@pytest.mark.parametrize(
    "settings", [FEW, {"recipe": "binary-400-25-15-1"}, {"recipe": "cnn-32-64-128", "examples": "200"}]
)
def test_untrained_a_healthy_network_guesses(open_app, settings):
    at = open_app(PAGE, **settings)
    assert not at.exception and len(badges(at)) == 5
    assert badges(at)[1] == FINE and WRONG not in badges(at)
    assert f"| layer {len(lab(at).trainer.network.weights())} |" in texts(at)


def test_faults_have_badges(open_app):
    at = open_app(PAGE, init="zero", **FEW)
    assert badges(at).count(WRONG) == 3 and f"| {SIGNS[WRONG]} {WRONG} |" in texts(at)
    assert WRONG in badges(open_app(PAGE, lr="1e30", **FEW))


def test_overfitting_says_its_cost_first_and_shows_its_curve(open_app, click):
    at = open_app(PAGE, **FEW)
    trainer = lab(at).trainer
    before = trainer.network.parameters.copy()
    assert re.search(r"300 steps.* 64 digits.* [\d.]+ s", texts(at)) and not charts(at)
    [chart] = charts(click(at, "learn_by_heart")).values()
    assert chart["layout"]["xaxis"]["title"]["text"] and chart["layout"]["yaxis"]["title"]["text"]
    assert badges(at)[5] == FINE and "100 % on 64 digits" in texts(at)
    assert trainer.steps == 0 and (trainer.network.parameters == before).all()
    at.switch_page("pages/train.py").run()
    at.switch_page(PAGE).run()
    assert charts(at)
    choose(at, "setting_hidden_0", 5)
    assert not charts(at) and not at.exception  # that was another network


def test_while_it_runs_the_checks_stand_still(open_app, click):
    at = click(open_app(PAGE, **FEW), "run").run()
    assert lab(at).running and "Pause" in texts(at) and at.button(key="learn_by_heart").disabled
    click(at, "pause")
    assert "Pause" not in texts(at) and not at.button(key="learn_by_heart").disabled


def test_one_digit_to_learn_and_no_hidden_layer(open_app, click):
    at = click(open_app(PAGE, examples="1", hidden="none"), "learn_by_heart")
    assert badges(at)[4:] == [FINE, FINE] and not at.exception  # no hidden units, so none is dead
