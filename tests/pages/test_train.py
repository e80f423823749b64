"""Train, and what stands on every page: settings, buttons, warnings, the address."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from nnlib.recipes import DEFAULT, RECIPES

FEW = {"hidden": "16", "examples": "640"}  # ten mini-batches an epoch


@pytest.fixture
def at(open_app):
    """The app with few digits to train on, so that an epoch takes milliseconds."""
    return open_app(**FEW)


def lab(at):
    return at.session_state["lab"]


def weights(at):
    return lab(at).trainer.network.parameters.copy()


def tiles(at):
    return {metric.label: metric.value for metric in at.metric}


def points(at, name):
    """How many mini-batches the curve of a chart shows, and how many evaluations."""
    y = {series["name"].partition(",")[0]: series["y"] for series in chart(at, name)["series"]}
    return len(y["mini-batch"]), len(y["validation"])


def chart(at, name):
    """What the browser is sent to draw."""
    [found] = [each for each in at.get("bidi_component") if each.proto.id.endswith(f"-{name}")]
    [drawn] = json.loads(found.proto.json)
    return drawn


def meanings(at, name):
    return [guide["meaning"] for kind in ("levels", "marks") for guide in chart(at, name)[kind]]


def address(at):
    return {name: value if isinstance(value, str) else value[0] for name, value in at.query_params.items()}


def status(at):
    """The parts of the status line: the state, and {name: numbers}."""
    [line] = [caption.value for caption in at.caption if caption.value.count(" · ") >= 5]
    state, *parts = line.split(" · ")
    found = (re.fullmatch(r"(.*?) (\S+)(?: of (\S+)| %)?", part).groups() for part in parts)
    return state.strip("*"), {name: [value for value in values if value] for name, *values in found}


def state(at):
    return status(at)[0]


def tick(at):
    """Rerun until one more mini-batch is trained: a tick may be spent on an evaluation."""
    steps = lab(at).trainer.steps
    for _ in range(50):
        if lab(at.run()).trainer.steps > steps:
            return at
    pytest.fail("no mini-batch in 50 ticks")


def finish(at):
    """Tick until a run that has a goal pauses by itself."""
    for _ in range(200):
        if not lab(at).running:
            return at
        at.run()
    pytest.fail(f"still running: {status(at)}")


def texts(at):
    return " ".join(each.value for each in [*at.markdown, *at.caption, *at.title, *at.subheader])


# What a visitor sees first


def test_fresh_it_says_what_to_press_and_shows_guessing(at):
    assert "**Run**" in texts(at) and "784-16-10" in texts(at)
    assert state(at) == "untrained"
    assert {name: status(at)[1][name] for name in ("epoch", "batch", "loss")} == {
        "epoch": ["0"],
        "batch": ["0", "10"],
        "loss": ["–"],
    }
    assert tiles(at)["Loss"] == "–" and tiles(at)["Epoch"] == "0.00"
    assert points(at, "loss") == points(at, "accuracy") == (0, 1)
    assert at.button(key="pause").disabled and not at.button(key="run").disabled
    assert len(at.warning) == 0


def test_the_strips_stand_before_the_first_step(at):
    pictures = "".join(each.proto.body for each in at.get("html"))
    [weights] = [each for each in at.get("bidi_component") if each.proto.id.endswith("-first_layer")]
    assert weights.proto.bytes and pictures.count("<figure") == 12
    assert "16 units" in texts(at) and "1,000 validation digits" in texts(at)


# Run, pause, step


def test_each_tick_of_a_run_trains_and_the_curves_grow(at, click):
    click(at, "run")
    seen = [points(at, "loss")[0]]
    for _ in range(3):
        seen.append(points(tick(at), "loss")[0])
    assert seen == sorted(set(seen)) and state(at) == "running"
    assert at.button(key="run").disabled and not at.button(key="pause").disabled
    assert lab(at).trainer.steps >= seen[-1]


def test_paused_nothing_moves(at, click):
    click(at, "run", "pause")
    steps = lab(at).trainer.steps
    assert steps > 0 and state(at) == "paused"
    at.run().run()
    assert lab(at).trainer.steps == steps
    assert tiles(at)["Loss"] == f"{lab(at).trainer.history.batches.last('loss'):.3f}"
    assert points(at, "accuracy")[0] == steps
    assert at.button(key="pause").disabled and not at.button(key="run").disabled


def test_one_mini_batch(at, click, monkeypatch):
    monkeypatch.setattr("dashboard.core.lab.QUICK", 60.0)  # however busy this machine is
    click(at, "step_batch", "step_batch")
    assert lab(at).trainer.steps == 2 and not lab(at).running
    assert status(at)[1]["batch"] == ["2", "10"] and points(at, "loss") == (2, 3)


@pytest.mark.parametrize(("button", "epochs"), [("step_epoch", 1), ("run_epochs", 10)])
def test_so_many_epochs_exactly(at, click, button, epochs):
    click(at, "step_batch", button)
    assert not lab(at).running or status(at)[1]["until epoch"] == [str(epochs)]
    finish(at)
    assert lab(at).trainer.steps == 10 * epochs and lab(at).trainer.epochs == epochs
    assert state(at) == "paused" and tiles(at)["Epoch"] == f"{epochs:.2f}"
    assert not at.button(key="run").disabled


def test_a_button_for_epochs_during_a_run_sets_a_goal(at, click):
    click(at, "run", "run_epochs")
    goal = lab(at).target
    assert goal is not None and not at.button(key="run").disabled  # Run takes the goal away
    assert lab(finish(at)).trainer.epochs == goal


def test_reset_is_back_at_the_same_initial_weights(at, click):
    before = weights(at)
    click(at, "run", "pause")
    assert (weights(at) != before).any()
    click(at, "reset")
    np.testing.assert_array_equal(weights(at), before)
    assert len(at.toast) == 1
    assert points(at, "loss") == (0, 1) and state(at) == "untrained"
    assert len(at.run().toast) == 0  # said once


# Settings


def test_the_learning_rate_can_be_changed_while_it_runs(at, click):
    click(at, "run")
    trainer, steps = lab(at).trainer, lab(at).trainer.steps
    at.select_slider(key="setting_learning_rate").set_value(0.03)
    assert lab(tick(at)).trainer is trainer and lab(at).running
    np.testing.assert_array_equal(trainer.history.batches["learning_rate"][steps:], np.float32(0.03))
    assert status(at)[1]["learning rate"] == ["0.03"] and address(at)["lr"] == "0.03"
    assert len(at.toast) == 0
    assert "lr 0.03" in meanings(at.run(), "loss")


def test_every_live_setting_keeps_training(at, click):
    click(at, "run")
    trainer = lab(at).trainer
    at.select_slider(key="setting_batch_size").set_value(128).run()
    at.select_slider(key="setting_l2").set_value(0.001).run()
    at.slider(key="setting_dropout").set_value(0.5).run()
    assert lab(at).trainer is trainer and lab(at).running
    assert (trainer.batch_size, trainer.l2) == (128, 0.001)
    assert [layer.rate for layer in trainer.network.layers if hasattr(layer, "rate")] == [0.5]


@pytest.mark.parametrize(
    ("change", "architecture"),
    [
        (lambda at, click: at.slider(key="setting_hidden_0").set_value(20).run(), "784-20-10"),
        (lambda at, click: click(at, "add_layer"), "784-16-32-10"),
        (lambda at, click: click(at, "remove_layer"), "784-10"),
        (lambda at, click: at.selectbox(key="setting_activation").set_value("tanh").run(), "784-16-10"),
        (lambda at, click: at.selectbox(key="setting_name").set_value("dense-128-64").run(), "784-128-64-10"),
        (lambda at, click: at.selectbox(key="setting_name").set_value("binary-400-25-15-1").run(), "400-25-15-1"),
        (lambda at, click: at.number_input(key="setting_seed").set_value(7).run(), "784-16-10"),
    ],
    ids=["hidden units", "layer added", "layer removed", "activation", "recipe", "binary recipe", "seed"],
)
def test_what_makes_a_new_network_starts_anew_and_says_so(at, click, change, architecture):
    click(at, "run")
    change(at, click)
    assert [architecture in toast.value for toast in at.toast] == [True]
    assert not lab(at).running and lab(at).trainer.steps == 0 and state(at) == "untrained"
    assert at.button(key="pause").disabled
    assert architecture in texts(at)


def test_a_network_that_takes_a_while_to_make_is_announced(open_app, monkeypatch):
    at, told = open_app(recipe="cnn-32-64-128", examples="100"), []
    monkeypatch.setattr("streamlit.toast", lambda text, **_: told.append(text))
    at.number_input(key="setting_seed").set_value(7).run()
    assert len(told) == 2 and lab(at).architecture not in told[0] and lab(at).architecture in told[1]
    at.select_slider(key="setting_learning_rate").set_value(0.03).run()
    assert len(told) == 2  # what can change while training makes no network


def test_layers_can_be_added_up_to_four_and_removed_down_to_none(at, click):
    click(at, "add_layer", "add_layer", "add_layer")
    assert lab(at).recipe.hidden == (16, 32, 32, 32) and at.button(key="add_layer").disabled
    at.slider(key="setting_hidden_3").set_value(5).run()
    assert lab(at).recipe.hidden == (16, 32, 32, 5)
    click(at, *["remove_layer"] * 4)
    assert lab(at).recipe.hidden == () and at.button(key="remove_layer").disabled


def test_a_click_on_a_layer_that_has_just_been_removed_changes_nothing(at, click):
    click(at, "add_layer")
    lab(at).change(replace(lab(at).recipe, hidden=(16,)))  # a click before, which nothing has been drawn after yet
    at.slider(key="setting_hidden_1").set_value(5).run()
    assert lab(at).recipe.hidden == (16,) and not at.exception


def test_a_recipe_sets_all_widgets(at):
    at.selectbox(key="setting_name").set_value("binary-400-25-15-1").run()
    assert lab(at).recipe == RECIPES["binary-400-25-15-1"]
    assert at.slider(key="setting_hidden_0").value == 25 and at.slider(key="setting_hidden_1").value == 15
    assert at.selectbox(key="setting_optimizer").value == "adam"
    assert at.select_slider(key="setting_learning_rate").value == 0.001


def test_another_optimizer_brings_a_learning_rate_that_suits_it(at):
    at.selectbox(key="setting_optimizer").set_value("adam").run()
    assert lab(at).recipe.learning_rate == 0.001
    at.selectbox(key="setting_optimizer").set_value("momentum").run()
    assert at.slider(key="setting_momentum").value == 0.9


def test_settings_and_training_survive_page_changes(at, click):
    at.select_slider(key="setting_learning_rate").set_value(0.05).run()
    at.toggle(key="log_axis").set_value(True).run()
    click(at, "run")
    for page in ("data", "shapes", "train"):
        tick(at.switch_page(f"pages/{page}.py"))
        assert lab(at).running
        assert lab(at).recipe.learning_rate == at.select_slider(key="setting_learning_rate").value == 0.05
        assert at.slider(key="setting_hidden_0").value == 16
        assert not at.exception
    assert at.toggle(key="log_axis").value and chart(at, "loss")["y"]["log"]


# The address


def test_the_address_reproduces_the_run_bit_for_bit(open_app, click):
    settings = {"recipe": "dense-128-64", "seed": "5", "dropout": "0.2", "l2": "0.001", "examples": "640"}
    first = click(open_app(**settings), "step_epoch")
    assert address(finish(first)) == settings
    second = finish(click(open_app(**address(first)), "step_epoch"))
    assert lab(first).trainer is not lab(second).trainer and lab(second).trainer.epochs == 1
    np.testing.assert_array_equal(weights(first), weights(second))


def test_the_address_follows_the_settings(at, click):
    assert address(at) == {"recipe": DEFAULT, **FEW}
    click(at, "add_layer")
    at.number_input(key="setting_seed").set_value(3).run()
    assert address(at) == {"recipe": DEFAULT, "hidden": "16-32", "examples": "640", "seed": "3"}
    at.selectbox(key="setting_name").set_value("dense-128-64").run()
    assert address(at) == {"recipe": "dense-128-64"}


def test_a_malformed_address_is_told_and_left_out(open_app):
    at = open_app(lr="-1", hidden="![](http://127.0.0.1:1/x.png)", seed="3")
    assert lab(at).recipe == replace(RECIPES[DEFAULT], seed=3)
    hidden, rate = (warning.value for warning in at.warning)
    assert rate.startswith("lr ") and "![](" not in hidden
    assert len(at.run().warning) == 0  # said once


def test_values_beyond_the_widgets_are_shown_as_they_are(open_app):
    at = open_app(recipe="fnn-784-784-10-10", lr="0.0123", dropout="0.97", batch="77", examples="333")
    assert not at.exception and not at.warning
    assert at.slider(key="setting_hidden_0").value == 784 and at.slider(key="setting_dropout").value == 0.97
    assert at.select_slider(key="setting_learning_rate").value == 0.0123
    assert at.select_slider(key="setting_batch_size").value == 77
    assert lab(at).trainer.n_examples == 333


# Trouble


def test_an_explosion_says_so_and_the_button_mends_it(open_app, click):
    at = click(open_app(lr="1e30", **FEW), "run")
    [warning] = [each.value for each in at.warning]
    assert warning and state(at) == "stopped"
    assert not lab(at).running and "1e+29" in at.button(key="repair").label
    click(at, "repair")
    assert len(at.warning) == 0 and lab(at).recipe.learning_rate == 1e29 and state(at) == "untrained"
    assert np.isfinite(weights(at)).all()


def test_weights_that_began_at_zero_are_named_as_the_reason(open_app, click):
    at = click(open_app(init="zero", **FEW), "run_epochs")
    [warning] = [each.value for each in finish(at).warning]
    assert "initialiser" in warning


def test_a_loss_that_stands_still_offers_to_start_again(open_app, click):
    at = finish(click(open_app(lr="1e-9", **FEW), "run_epochs"))
    assert "stuck" in at.warning[0].value
    before = weights(open_app(**FEW))
    click(at, "repair")
    np.testing.assert_array_equal(weights(at), before)
    assert lab(at).recipe.learning_rate == 0.1 and len(at.warning) == 0


# The binary recipe


def test_two_classes_are_shown_as_two_classes(open_app, click):
    at = finish(click(open_app(recipe="binary-400-25-15-1"), "run_epochs"))
    assert lab(at).trainer.epochs == 10 and not at.exception
    assert meanings(at, "loss") == ["guessing: ln 2 = 0.693"]
    assert "200 validation digits" in texts(at)
    assert lab(at).evaluation().accuracy > 0.9
