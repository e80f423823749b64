"""Checks: is it healthy?"""

import json
import re

import pytest

from dashboard.checks.sanity_checks import FINE, SIGNS, WRONG

PAGE = "pages/checks.py"
FEW = {"hidden": "16", "examples": "640"}


def checks(open_app, **settings):
    return open_app(**settings).switch_page(PAGE).run()


def texts(at):
    return " ".join(each.value for each in [*at.markdown, *at.caption, *at.subheader])


def badges(at):
    """The verdicts, in the order of the page."""
    return [
        verdict for each in at.markdown for verdict in SIGNS if "-badge" in each.value and f" {verdict}]" in each.value
    ]


@pytest.mark.parametrize(
    "settings", [FEW, {"recipe": "binary-400-25-15-1"}, {"recipe": "cnn-32-64-128", "examples": "200"}]
)
def test_untrained_a_healthy_network_guesses(open_app, settings):
    at = checks(open_app, **settings)
    assert not at.exception and len(badges(at)) == 4
    assert badges(at)[1] == FINE and WRONG not in badges(at)
    assert f"| layer {len(at.session_state['lab'].trainer.network.weights())} |" in texts(at)


def test_faults_have_badges(open_app):
    at = checks(open_app, init="zero", **FEW)
    assert badges(at).count(WRONG) == 2 and f"| {SIGNS[WRONG]} {WRONG} |" in texts(at)
    assert WRONG in badges(checks(open_app, lr="1e30", **FEW))


def test_overfitting_says_its_cost_first_and_shows_its_curve(open_app, click):
    at = checks(open_app, **FEW)
    before = at.session_state["lab"].trainer.network.parameters.copy()
    assert re.search(r"300 steps.* 64 digits.* [\d.]+ s", texts(at)) and not at.get("plotly_chart")
    click(at, "learn_by_heart")
    [chart] = at.get("plotly_chart")
    layout = json.loads(chart.proto.spec)["layout"]
    assert layout["xaxis"]["title"]["text"] and layout["yaxis"]["title"]["text"]
    assert badges(at)[4] == FINE and "100 % on 64 digits" in texts(at)
    trainer = at.session_state["lab"].trainer
    assert trainer.steps == 0 and (trainer.network.parameters == before).all()
    at.switch_page("pages/train.py").run()
    at.switch_page(PAGE).run()
    assert at.get("plotly_chart")
    at.slider(key="setting_hidden_0").set_value(5).run()
    assert not at.get("plotly_chart") and not at.exception  # that was another network


def test_while_it_runs_the_checks_stand_still(open_app, click):
    at = click(checks(open_app, **FEW), "run").run()
    assert at.session_state["lab"].running and "Pause" in texts(at)
    assert at.button(key="learn_by_heart").disabled
    click(at, "pause")
    assert "Pause" not in texts(at) and not at.button(key="learn_by_heart").disabled


def test_one_digit_to_learn_and_no_hidden_layer(open_app, click):
    at = click(checks(open_app, examples="1", hidden="none"), "learn_by_heart")
    assert badges(at)[3:] == [FINE, FINE] and not at.exception  # no hidden units, so none is dead
