"""Bugs: what does one wrong line do? In the open, and hidden in the visitor's network."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from dashboard.bugs import findings, hunt_view
from dashboard.bugs.hunt import Hunt
from dashboard.step.navigation_view import ALL_AT_ONCE
from nnlib.bugs.catalogue import BUGS
from nnlib.bugs.experiment import SMALL, experiment
from tests.pages.content import FEW, choose, failures, lab, texts

PAGE = "pages/bugs.py"
ELSEWHERE = [
    f"pages/{name}.py" for name in ("train", "shapes", "step", "weights", "checks", "mistakes", "draw", "data")
]


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Networks that take no time, and the same bugs every time."""
    monkeypatch.setattr(findings, "experiment", partial(experiment, recipe=replace(SMALL, epochs=1)))
    monkeypatch.setattr(hunt_view, "new_generator", lambda: np.random.default_rng(1))


def blind(open_app):
    at = open_app(PAGE, **FEW)
    choose(at, "bugs_mode", "Blind")
    return at


def test_a_bug_is_predicted_run_and_explained(open_app, click):
    at = open_app(PAGE)
    at.selectbox(key="bug").select("opposite-sign").run()
    assert at.button(key="run_bug").disabled
    at.radio(key="bug_prediction_opposite-sign").set_value("stuck").run()
    click(at, "run_bug")
    assert failures(at) == []
    assert [each.value for each in at.code] == [BUGS["opposite-sign"].line.wrong, BUGS["opposite-sign"].line.right]
    assert len(at.info) == 1 and "gradient check" in texts(at)
    assert lab(at).bug is None and lab(at).trainer.steps == 0


def test_a_hidden_bug_is_on_every_page_and_nowhere_in_the_address(open_app, click):
    at = click(blind(open_app), "hide_bug")
    hidden = lab(at).bug
    name = next(name for name in BUGS if BUGS[name] is hidden)
    click(at, "step_batch")
    for page in ELSEWHERE:
        at.switch_page(page).run()
        assert failures(at) == [] and lab(at).bug is hidden
        shown = texts(at) + str(dict(at.query_params)) + "".join(each.value for each in at.code)
        assert "bug is hidden" in shown and "nnlib/bugs" not in shown
        assert (
            name not in shown
            and hidden.title not in shown
            and (not hidden.line.wrong or hidden.line.wrong not in shown)
        )


def test_naming_the_line_counts_once_and_taking_it_out_restores_a_sound_network(open_app, click):
    at = blind(open_app)
    before = lab(at).trainer.network.fingerprint
    click(at, "hide_bug")
    hunt = at.session_state["Hunt"]
    wrong = next(name for name in hunt.choices if name != hunt.name)
    at.radio[0].set_value(wrong).run()
    click(at, "answer_bug")
    assert (hunt.asked, hunt.found) == (1, 0) and len(at.error) == 1 and len(at.code) > 0
    click(at, "hide_bug")
    at.radio[0].set_value(hunt.name).run()
    click(at, "answer_bug")
    assert (hunt.asked, hunt.found) == (2, 1) and len(at.success) == 1
    click(at, "take_bug_out")
    assert failures(at) == []
    assert lab(at).bug is None and lab(at).trainer.network.fingerprint == before and not lab(at).earlier_runs


@pytest.mark.parametrize("name", ["pixels-not-scaled", "softmax-across-the-batch", "derivative-of-tanh"])
def test_pages_that_know_the_kinds_of_parts_know_those_with_a_bug(name, open_app):
    at = open_app(**FEW)
    lab(at).hide(BUGS[name])
    at.switch_page("pages/step.py").run()
    choose(at, "step_phase", ALL_AT_ONCE)
    assert failures(at) == []


def test_the_level_grows_and_no_bug_comes_twice_while_there_are_others():
    hunt, generator, seen = Hunt(), np.random.default_rng(1), []
    for _ in range(6):
        bug = hunt.begin(generator)
        seen.append((hunt.name, bug.difficulty))
        assert hunt.name in hunt.choices and len(set(hunt.choices)) == len(hunt.choices)
        hunt.take(hunt.name)
        hunt.take(hunt.choices[0])
    assert [difficulty for _, difficulty in seen] == [1, 1, 2, 2, 3, 3]
    assert len({name for name, _ in seen}) == 6 and (hunt.asked, hunt.found) == (6, 6)
