"""What frames every page: the settings, the line of the training, and trouble."""

import pytest

from dashboard.shell.settings_view import ALL_SETTINGS, SIMPLE
from tests.pages.content import FEW, choose, failures, lab, texts, tick


def settings(at):
    kinds = (at.sidebar.selectbox, at.sidebar.slider, at.sidebar.select_slider, at.sidebar.number_input)
    return [each.key.removeprefix("setting_") for kind in kinds for each in kind]


def show(at, what):
    return choose(at, "settings_shown", what)


def line(at):
    [line] = [each for each in at.caption if each.value.count(" · ") >= 3]
    return line


def test_the_simple_settings_are_few_and_say_what_else_was_changed(open_app):
    at = open_app(all_settings=True, dropout="0.25", **FEW)
    assert len(settings(at)) == 17
    show(at, SIMPLE)
    assert sorted(settings(at)) == ["batch_size", "hidden_0", "learning_rate", "name"]
    assert "dropout 0.25" in texts(at) and "640" in texts(at)
    choose(at, "setting_learning_rate", 0.5)
    assert lab(at).recipe.dropout == 0.25 and lab(at).recipe.learning_rate == 0.5
    at.switch_page("pages/weights.py").run()
    assert len(settings(at)) == 4  # it is remembered
    choose(show(at, ALL_SETTINGS), "setting_dropout", 0.0)
    assert "dropout 0.25" not in texts(show(at, SIMPLE)) and not failures(at)


def test_a_page_that_does_not_depend_on_the_settings_folds_them(open_app):
    at = open_app(**FEW)
    assert not [each for each in at.sidebar.expander if each.label == "Settings"]
    for page in ("data", "results"):
        at.switch_page(f"pages/{page}.py").run()
        [folded] = [each for each in at.sidebar.expander if each.label == "Settings"]
        assert not folded.proto.expanded and "setting_learning_rate" in [each.key for each in folded.select_slider]


def test_the_line_dates_the_validation_accuracy_unless_it_is_of_now(open_app, click, monkeypatch):
    at = open_app(**FEW)
    assert "untrained" in line(at).value and "(" not in line(at).value
    monkeypatch.setattr("dashboard.core.lab.QUICK", 0)  # no evaluation where a run pauses
    click(at, "step_batch")
    assert "(batch 1)" in line(at).value and line(at).value.endswith("(epoch 0)")
    click(at, "step_epoch")
    for _ in range(50):
        at.run()
    assert lab(at).trainer.steps == 10 and "epoch 1.00 (batch 10)" in line(at).value
    assert line(at).value.count("(") == 1
    click(at, "step_batch")
    assert line(at).value.endswith("(epoch 1)")
    assert "1 of 10" in line(at).help and "0.1" in line(at).help


def test_while_it_runs_the_line_tells_the_goal(open_app, click):
    at = click(open_app(**FEW), "run_epochs")
    assert "running" in line(at).value and " of 10" in line(at).value
    assert " of 10" not in line(click(at, "run")).value


@pytest.mark.parametrize("page", ["train", "data", "shapes", "step", "weights", "checks", "mistakes", "results"])
def test_trouble_stands_once_on_every_page_with_its_repair(open_app, click, page):
    at = click(open_app(lr="1e30", **FEW), "run")
    at.switch_page(f"pages/{page}.py").run()
    assert lab(at).diverged and "diverged" in line(at).value
    assert len(at.warning) == (page == "train")
    click(at, "repair")
    assert lab(at).diverged is None and not failures(at) and "diverged" not in line(at).value
    assert not at.warning and "repair" not in [each.key for each in at.button]


@pytest.mark.parametrize("page", ["data", "shapes", "step", "weights", "checks", "mistakes", "results"])
def test_nobody_is_told_to_press_run_while_it_runs(open_app, click, page):
    at = click(open_app(**FEW), "step_batch", "run")
    lab(at).look_at(lab(at).timeline.snapshots[0])
    tick(at.switch_page(f"pages/{page}.py"))
    assert lab(at).running and lab(at).shown.steps == 0
    assert "press **run**" not in texts(at).lower()
