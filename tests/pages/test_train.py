"""Train, and what stands on every page: settings, buttons, warnings, the address."""

import json
from dataclasses import replace
from urllib.parse import urlencode

import numpy as np
import pytest
from streamlit.proto.ClientState_pb2 import ClientState

from dashboard.core import streamlit_internals
from dashboard.core.streamlit_internals import BrowserRequests
from nnlib.recipes import DEFAULT, RECIPES
from tests.dashboard.train.messages import unpacked
from tests.figures import figures
from tests.pages.content import FEW, as_seen, choose, lab, texts, tick, widget


@pytest.fixture
def at(open_app):
    return open_app(all_settings=True, **FEW)


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


def curves(at, name):
    return [series["name"] for series in chart(at, name)["series"]]


def meanings(at, name):
    return [guide["meaning"] for kind in ("levels", "marks") for guide in chart(at, name)[kind]]


def address(at):
    return {name: value if isinstance(value, str) else value[0] for name, value in at.query_params.items()}


def status(at):
    """The parts of the status line: the state, and {name: the figures after it}."""
    [line] = [caption.value for caption in at.caption if caption.value.count(" · ") >= 3]
    state, *parts = line.split(" · ")
    return state.strip("*"), {part.partition(" ")[0]: figures(part) for part in parts}


def state(at):
    return status(at)[0]


def finish(at):
    """Tick until a run that has a goal pauses by itself."""
    for _ in range(200):
        if not lab(at).running:
            return at
        at.run()
    pytest.fail(f"still running: {status(at)}")


# What a visitor sees first


def test_fresh_it_says_what_to_press_and_shows_guessing_and_the_first_layer(at):
    assert "**Run**" in texts(at) and "784-16-10" in texts(at)
    name, numbers = status(at)
    assert name == "untrained" and [numbers[each] for each in ("epoch", "loss")] == [[0], []]
    assert tiles(at)["Loss"] == "–" and tiles(at)["Epoch"] == "0.00"
    assert points(at, "loss") == points(at, "accuracy") == (0, 1)
    assert at.button(key="pause").disabled and not at.button(key="run").disabled
    assert len(at.warning) == 0
    pictures = "".join(each.proto.body for each in at.get("html"))
    [weights] = [each for each in at.get("bidi_component") if each.proto.id.endswith("-first_layer")]
    assert weights.proto.bytes and pictures.count("<figure") == 6
    assert "16 units" in texts(at) and "1,000 validation digits" in texts(at)


# The network graph


def graph(at):
    """What the browser is sent to draw."""
    [found] = [each for each in at.get("bidi_component") if each.proto.id.endswith("-network_graph")]
    return unpacked(found.proto.bytes)


def test_the_graph_moves_with_training_and_says_what_it_shows(at, click):
    before, [_, hidden, outputs] = graph(at), graph(at)["columns"]
    assert hidden["count"] == "12 of 16 units" and outputs["names"] == list("0123456789")
    assert before["outputs"].sum() == pytest.approx(1) and before["guess"] == before["outputs"].argmax()
    assert "784-16-10" in before["alt"] and f"no. {before['position'] + 1}," in before["alt"]
    click(at, "run")
    assert (graph(tick(at))["outputs"] != before["outputs"]).any()
    assert graph(at)["position"] == before["position"]


def test_the_next_digit_and_the_next_misread_one(at, click):
    first = graph(at)["position"]
    assert graph(click(at, "graph_next"))["position"] == first + 1
    for _ in range(3):
        before, now = graph(at), graph(click(at, "graph_misread"))
        assert now["position"] > before["position"] and now["guess"] != now["truth"]
    at.session_state["graph_digit_of_5000"] = 4999  # the last one
    assert graph(at.run())["position"] == 4999
    assert graph(click(at, "graph_next"))["position"] == 0
    at.switch_page("pages/data.py").run().switch_page("pages/train.py").run()
    assert graph(at)["position"] == 0


def test_a_past_network_is_drawn_as_it_was(at, click):
    untrained = graph(at)["outputs"]
    click(at, "step_batch", "step_batch")
    assert (graph(at)["outputs"] != untrained).any()
    lab(at).look_at(lab(at).timeline.snapshots[0])
    np.testing.assert_array_equal(graph(at.run())["outputs"], untrained)


def test_one_sigmoid_output_is_one_probability(open_app):
    message = graph(open_app(recipe="binary-400-25-15-1"))
    assert message["columns"][-1]["names"] == ["1"] and message["shape"] == [20, 20]
    assert message["outputs"].sum() == pytest.approx(1) and len(message["outputs"]) == 2


def test_only_an_untrained_network_that_stands_still_invites_to_run(at, click):
    invites = lambda: any("**Run**" in each.value for each in at.main.markdown)  # noqa: E731
    assert invites()
    tick(click(at, "run"))
    assert not invites()
    click(at, "pause")
    assert not invites()
    click(at, "reset")
    assert invites()


# Run, pause, step


def test_each_tick_of_a_run_trains_and_the_curves_grow_and_paused_nothing_moves(at, click):
    click(at, "run")
    seen = [points(at, "loss")[0]]
    for _ in range(3):
        seen.append(points(tick(at), "loss")[0])
    assert seen == sorted(set(seen)) and state(at) == "running"
    assert at.button(key="run").disabled and not at.button(key="pause").disabled
    assert lab(at).trainer.steps >= seen[-1]
    click(at, "pause")
    steps = lab(at).trainer.steps
    assert state(at) == "paused"
    at.run().run()
    assert lab(at).trainer.steps == steps
    assert tiles(at)["Loss"] == f"{lab(at).trainer.history.batches.last('loss'):.3f}"
    assert points(at, "accuracy")[0] == steps
    assert at.button(key="pause").disabled and not at.button(key="run").disabled


def test_one_mini_batch(at, click, monkeypatch):
    monkeypatch.setattr("dashboard.core.lab.QUICK", 60.0)  # however busy this machine is
    click(at, "step_batch", "step_batch")
    assert lab(at).trainer.steps == 2 and not lab(at).running
    assert status(at)[1]["epoch"] == [0.2, 2] and points(at, "loss") == (2, 3)


@pytest.mark.parametrize(("button", "epochs"), [("step_epoch", 1), ("run_epochs", 10)])
def test_so_many_epochs_exactly(at, click, button, epochs):
    click(at, "step_batch", button)
    assert not lab(at).running or status(at)[1]["epoch"][1] == epochs
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


def test_every_live_setting_can_be_changed_while_it_runs(at, click):
    click(at, "run")
    trainer, steps = lab(at).trainer, lab(at).trainer.steps
    at.select_slider(key="setting_learning_rate").set_value(0.03)
    np.testing.assert_array_equal(lab(tick(at)).trainer.history.batches["learning_rate"][steps:], np.float32(0.03))
    assert address(at)["lr"] == "0.03"
    assert len(at.toast) == 0
    assert "lr 0.1 → 0.03" in meanings(at.run(), "loss")
    choose(at, "setting_batch_size", 128)
    choose(at, "setting_optimizer", "adam")
    marks = ", ".join(meanings(tick(at).run(), "loss"))
    assert "→ 128" in marks and "→ Adam" in marks
    choose(at, "setting_l2", 0.001)
    choose(at, "setting_dropout", 0.5)
    assert lab(at).trainer is trainer and lab(at).running
    assert (trainer.batch_size, trainer.l2) == (128, 0.001)
    assert [layer.rate for layer in trainer.network.layers if hasattr(layer, "rate")] == [0.5]


@pytest.mark.parametrize(
    ("setting", "value", "architecture"),
    [
        ("setting_hidden_0", 20, "784-20-10"),
        ("add_layer", None, "784-16-32-10"),
        ("remove_layer", None, "784-10"),
        ("setting_activation", "tanh", "784-16-10"),
        ("setting_name", "dense-128-64", "784-128-64-10"),
        ("setting_name", "binary-400-25-15-1", "400-25-15-1"),
        ("setting_seed", 7, "784-16-10"),
    ],
)
def test_what_makes_a_new_network_starts_anew_and_says_so(at, click, setting, value, architecture):
    click(at, "run")
    if value is None:
        click(at, setting)
    else:
        choose(at, setting, value)
    assert [architecture in as_seen(toast.value) for toast in at.toast] == [True]
    assert not lab(at).running and lab(at).trainer.steps == 0 and state(at) == "untrained"
    assert at.button(key="pause").disabled
    assert architecture in texts(at)


def test_a_network_that_takes_a_while_to_make_is_announced(open_app, monkeypatch):
    at, told = open_app(all_settings=True, recipe="cnn-32-64-128", examples="100"), []
    monkeypatch.setattr("streamlit.toast", lambda text, **_: told.append(text))
    at.number_input(key="setting_seed").set_value(7).run()
    assert [lab(at).architecture in as_seen(each) for each in told] == [False, True]
    at.select_slider(key="setting_learning_rate").set_value(0.03).run()
    assert len(told) == 2  # what can change while training makes no network


def test_layers_can_be_added_up_to_four_and_removed_down_to_none(at, click):
    click(at, "add_layer", "add_layer", "add_layer")
    assert lab(at).recipe.hidden == (16, 32, 32, 32) and at.button(key="add_layer").disabled
    choose(at, "setting_hidden_3", 5)
    assert lab(at).recipe.hidden == (16, 32, 32, 5)
    click(at, "remove_layer", "remove_layer")
    lab(at).change(replace(lab(at).recipe, hidden=(16,)))  # a click before, which nothing has been drawn after yet
    choose(at, "setting_hidden_1", 5)  # the layer that it has removed
    assert lab(at).recipe.hidden == (16,) and not at.exception
    click(at, "remove_layer")
    assert lab(at).recipe.hidden == () and at.button(key="remove_layer").disabled


def test_a_recipe_sets_all_widgets_and_another_optimizer_its_learning_rate(at):
    choose(at, "setting_name", "binary-400-25-15-1")
    assert lab(at).recipe == RECIPES["binary-400-25-15-1"]
    names = ("hidden_0", "hidden_1", "optimizer", "learning_rate")
    assert [widget(at, f"setting_{name}").value for name in names] == [25, 15, "adam", 0.001]
    choose(at, "setting_optimizer", "momentum")
    assert lab(at).recipe.learning_rate != 0.001 and widget(at, "setting_momentum").value == 0.9
    choose(at, "setting_optimizer", "adam")
    assert lab(at).recipe.learning_rate == 0.001


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


def test_the_speed_is_chosen_in_the_bar_kept_and_written_into_the_address(open_app, click):
    at = open_app(speed="3", **FEW)
    assert lab(at).pace.speed == "3" == at.selectbox(key="speed").value and at.selectbox(key="speed").proto.help
    click(at, "run")
    steps = lab(at).trainer.steps
    at.run()
    assert lab(at).running and lab(at).trainer.steps - steps <= 1
    choose(at, "speed", "100")
    assert lab(at).pace.speed == address(at)["speed"] == "100"
    assert at.switch_page("pages/data.py").run().selectbox(key="speed").value == "100"
    choose(at, "speed", "max")
    assert "speed" not in address(at), "what these tests have by default"


def test_the_run_before_stays_on_the_curves_and_comes_back_with_one_click(at, click):
    assert at.button(key="bring_back").disabled
    click(at, "step_batch", "step_batch")
    before, trained = address(at), weights(at)
    choose(at, "setting_hidden_0", 20)
    ours = [name for name in curves(at, "loss") if "784-16-10" in name]
    assert ours and ours == [name for name in curves(at, "accuracy") if "784-16-10" in name]
    [back] = [button for button in at.button if "784-16-10" in as_seen(button.label)]
    click(at, "step_batch", back.key)
    np.testing.assert_array_equal(weights(at), trained)
    assert (
        address(at) == before | {"recipe": DEFAULT}
        and state(at) == "paused"
        and widget(at, "setting_hidden_0").value == 16
    )
    assert any("784-20-10" in name for name in curves(at, "loss"))
    choose(at, "setting_name", "binary-400-25-15-1")
    assert not any("784" in name for name in curves(at, "loss")), "it tells other classes apart"
    assert [button.label for button in at.button if "784-16-10" in as_seen(button.label) and not button.disabled]


# The address


def test_the_address_reproduces_the_run_bit_for_bit(open_app, click):
    settings = {"recipe": "dense-128-64", "seed": "5", "dropout": "0.2", "l2": "0.001", "examples": "640"}
    first = click(open_app(**settings), "step_epoch")
    assert address(finish(first)) == settings
    second = finish(click(open_app(**address(first)), "step_epoch"))
    assert lab(first).trainer is not lab(second).trainer and lab(second).trainer.epochs == 1
    np.testing.assert_array_equal(weights(first), weights(second))


def test_the_address_follows_the_settings(at, click):
    assert address(at) == FEW, "as it was found: it means the same"
    click(at, "add_layer")
    at.number_input(key="setting_seed").set_value(3).run()
    assert address(at) == {"recipe": DEFAULT, "hidden": "16-32", "examples": "640", "seed": "3"}
    at.selectbox(key="setting_name").set_value("dense-128-64").run()
    assert address(at) == {"recipe": "dense-128-64"}


def test_back_and_forward_bring_settings_back_with_their_training(at, click, monkeypatch):
    visit = BrowserRequests()
    monkeypatch.setattr(streamlit_internals, "browser_requests", lambda: visit)

    def return_to(query):
        request = ClientState(is_history_navigation=True, query_string=urlencode(query))
        visit.read(request, "", ())
        assert address(at.run()) == query and not at.exception

    click(at, "step_batch", "step_batch")
    first, trained = address(at), weights(at)
    choose(at, "speed", "100")
    choose(at, "setting_hidden_0", 20)
    second = address(at)
    click(at, "step_batch")
    return_to(first)
    np.testing.assert_array_equal(weights(at), trained)
    assert widget(at, "setting_hidden_0").value == 16 and at.selectbox(key="speed").value == lab(at).pace.speed == "max"
    return_to(second)
    assert lab(at).recipe.hidden == (20,) and lab(at).trainer.steps == 1 and at.selectbox(key="speed").value == "100"
    return_to({})
    assert lab(at).recipe == RECIPES[DEFAULT] and lab(at).trainer.steps == 0


def test_presses_that_streamlit_has_forgotten_are_made_up_for(at, monkeypatch):
    visit, request = BrowserRequests(), ClientState()
    monkeypatch.setattr(streamlit_internals, "browser_requests", lambda: visit)
    request.widget_states.widgets.add(id="$$ID-1-step_batch", trigger_value=True)
    for _ in range(2):
        visit.read(request, "", ())
    assert lab(at.run()).trainer.steps == 2 and lab(at.run()).trainer.steps == 2


def test_a_malformed_address_is_told_until_it_is_dismissed_and_left_out(open_app, click):
    at = open_app(lr="-1", hidden="![](http://127.0.0.1:1/x.png)", seed="3")
    assert lab(at).recipe == replace(RECIPES[DEFAULT], seed=3)
    told = texts(at)
    assert "hidden in the address" in told and "lr in the address" in told and "![](" not in told
    at.switch_page("pages/data.py").run()
    assert "lr in the address" in texts(at)
    click(at, "dismiss_problems")
    assert "in the address is ignored" not in texts(at)


def test_values_beyond_the_widgets_are_shown_as_they_are(open_app):
    at = open_app(
        all_settings=True, recipe="fnn-784-784-10-10", lr="0.0123", dropout="0.97", batch="77", examples="333"
    )
    assert not at.exception and not at.warning
    names = ("hidden_0", "dropout", "learning_rate", "batch_size")
    assert [widget(at, f"setting_{name}").value for name in names] == [784, 0.97, 0.0123, 77]
    assert lab(at).trainer.n_examples == 333


# Trouble


def test_an_explosion_says_so_and_the_button_mends_it(open_app, click):
    at = click(open_app(lr="1e30", **FEW), "run")
    [warning] = [each.value for each in at.warning]
    assert warning and state(at) == "stopped"
    assert not lab(at).running and "0.1" in at.button(key="repair").label
    click(at, "repair")
    assert len(at.warning) == 0 and lab(at).recipe.learning_rate == 0.1 and state(at) == "untrained"
    assert np.isfinite(weights(at)).all()


def test_weights_that_began_at_zero_are_named_as_the_reason(open_app, click):
    [warning] = finish(click(open_app(init="zero", **FEW), "run_epochs")).warning
    assert "initialiser" in warning.value


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
