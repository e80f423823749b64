"""Draw: can it read mine?"""

import re

import pytest

from dashboard.draw.canvas_view import Drawing
from dashboard.draw.preparation import OPTIONAL
from nnlib.preprocessing import STAGES
from tests.pages.content import FEW, failures, lab, texts

PAGE = "pages/draw.py"
SEVEN = (((0.28, 0.22), (0.72, 0.22), (0.42, 0.8)),)


def html(at):
    return " ".join(each.proto.body for each in at.get("html"))


def answers(at):
    """The large digits."""
    return re.findall(r'class="answer"[^>]*>([^<]*)<', html(at))


def stages(at):
    return re.findall(r'data-stage="(\w+)"', html(at))


def draw(at, strokes=SEVEN):
    at.session_state["Drawing"] = Drawing(strokes)
    return at.run()


def test_nothing_is_read_before_there_is_a_digit(open_app):
    at = open_app(PAGE)
    assert failures(at) == [] and answers(at) == [] and stages(at) == []


def test_both_networks_read_the_digit_through_all_stages(open_app):
    at = draw(open_app(PAGE))
    assert failures(at) == []
    assert len(answers(at)) == 2 and answers(at)[1] == "7"
    assert stages(at) == list(STAGES)
    assert "Untrained" in texts(at)
    at.get("button_group")[0].set_value("Reference CNN").run()
    assert answers(at) == ["7"] and "Untrained" not in texts(at)


def test_a_stage_is_left_out(open_app):
    at = draw(open_app(PAGE))
    [switches] = [each for each in at.get("button_group") if each.key == "stages_on"]
    switches.set_value([name for name in OPTIONAL if name != "centre"]).run()
    assert failures(at) == [] and stages(at) == [name for name in STAGES if name != "centre"]


def test_the_network_answers_as_it_was_at_the_moment_shown(open_app):
    at = open_app(**FEW)
    lab(at).run(5)
    while lab(at).running:
        lab(at).train(0.1)
    now = answers(draw(at.switch_page(PAGE).run()))
    lab(at).look_at(lab(at).timeline.snapshots[0])
    at.run()
    assert failures(at) == [] and "Untrained" in texts(at)
    lab(at).look_at_present()
    assert answers(at.run()) == now and "Untrained" not in texts(at)


@pytest.mark.parametrize("recipe", ["binary-400-25-15-1", "cnn-32-64-128"])
def test_other_networks(open_app, recipe):
    at = draw(open_app(PAGE, recipe=recipe))
    assert failures(at) == [] and len(answers(at)) == 2
    assert ("0 and 1" in texts(at)) == recipe.startswith("binary")


def test_outputs_that_are_not_finite_are_no_answer(open_app):
    at = draw(open_app(PAGE, scale="1e300", **FEW))
    assert failures(at) == [] and answers(at) == ["7"] and "not finite" in texts(at)
