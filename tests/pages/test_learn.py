"""Missions: the path, and the panel that leads along it on every page."""

from dataclasses import replace

import pytest

from dashboard.learn.missions import MISSIONS
from dashboard.learn.progress import Progress
from tests.pages.content import buttons, failures, lab, tick

PAGE = "pages/learn.py"


def progress(at) -> Progress:
    return at.session_state["Progress"]


def test_a_mission_is_begun_walked_on_the_real_pages_and_finished(open_app, click):
    at = click(open_app(PAGE, lr="3"), "begin_first-run")
    assert lab(at).recipe.learning_rate == 0.1 and "predict_0" in buttons(at)
    click(at, "predict_1")  # about 50
    assert progress(at).predicted == 1 and progress(at).happened == 0  # measured at once: it reads about 10 %
    lab(at).begin(replace(lab(at).recipe, training_size=640))
    click(at, "mission_next", "predict_2")
    assert progress(at).happened is None and "mission_next" not in buttons(at)
    at.switch_page("pages/weights.py").run()
    assert progress(at).predicted == 2 and failures(at) == []
    lab(at).trainer.evaluate_epochs = False
    click(at, "step_batch")
    assert progress(at).happened is None
    trainer = lab(at).trainer
    while trainer.epochs < 1:
        trainer.step()
    trainer.evaluate_now()
    at.run()
    assert progress(at).happened is not None and failures(at) == []
    trainer.step()
    assert progress(at.run()).position == 1  # which the panel tells, whatever is trained since
    click(at, "mission_next", "mission_fold")
    assert progress(at).place == ("first-run", 2) and "predict_0" not in buttons(at)
    click(at, "mission_unfold", "predict_0")
    while trainer.epochs < 2:
        trainer.step()
    trainer.evaluate_now()
    click(at.run(), "mission_next")
    assert progress(at).done == {"first-run"} and "mission_fold" not in buttons(at)
    assert len(at.title) == 1 and "begin_epoch" in buttons(at)
    click(at, "forget_progress")
    assert progress(at).done == set() and failures(at) == []


def test_while_it_runs_the_panel_changes_only_when_the_step_is_done(open_app, click, monkeypatch):
    at = click(open_app(PAGE), "begin_explosion", "predict_0")
    tick(click(at, "run"))
    assert progress(at).happened is None and failures(at) == []
    click(at, "mission_leave")
    assert lab(at).running and progress(at).mission is None and "mission_fold" not in buttons(at)


@pytest.mark.parametrize("name", ["zero-weights", "confusion"])
def test_a_mission_begins_where_its_first_step_happens(open_app, click, name):
    at = click(open_app(PAGE), f"begin_{name}")
    assert failures(at) == [] and lab(at).recipe == MISSIONS[name].steps[0].recipe
    assert not lab(at).trainer.steps and {"predict_0", "mission_leave"} <= buttons(at)
