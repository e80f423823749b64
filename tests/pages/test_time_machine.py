"""The time machine: every page shows the network as it was at the cursor, and says so."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from dashboard.core.lab import Lab
from dashboard.shell import time_machine_view
from dashboard.train.commentary import about_accuracy, about_loss
from nnlib.recipes import RECIPES
from tests.pages.content import FEW, choose, failures, lab, texts, tick, widget

PAGES = ["train", "shapes", "step", "weights", "checks", "mistakes"]
KINDS = {
    "binary": {"recipe": "binary-400-25-15-1", "examples": "640", "batch": "64"},
    "full batch": FEW | {"batch": "all"},
    "convolutions": {"recipe": "cnn-32-64-128", "hidden": "8", "examples": "128"},
}


def button(at, name):
    return next((each for each in at.button if each.key == name), None)


def branches(at):
    return next((each for each in at.selectbox if each.key.startswith("branch_")), None)


def move(at, steps):
    """Put the cursor there, after so many mini-batches, or "now"."""
    return slider(at).set_value(place(at, steps)).run()


def place(at, steps):
    """How the slider calls it."""
    named = "now" if steps == "now" else f"(batch {steps})" if steps else "untrained"
    return next(option for option in options(at) if named in option)


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """Evaluations count as quick, however busy this machine is."""
    monkeypatch.setattr("dashboard.core.lab.BEARABLE", 60.0)


def trained(open_app, steps=13, **settings):
    """A network after so many mini-batches, paused."""
    at = open_app(**settings or FEW)
    for _ in range(steps):
        lab(at).step()
    return at.run()


@pytest.fixture
def at(open_app):
    return trained(open_app)


@pytest.fixture
def past(at):
    """The page shows the network as it was after four of 13 mini-batches."""
    return move(at, 4)


def the_line(at):
    """What every page says beside the cursor while it shows the past."""
    return next((each.value for each in at.markdown if each.value.startswith(":material/history:")), None)


def numbers(text):
    return [float(found.replace(",", "")) for found in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


def slider(at):
    return next((each for each in at.select_slider if each.key.startswith("snapshot_")), None)


def options(at):
    return slider(at).options


def chart(at, name):
    [found] = [each for each in at.get("bidi_component") if each.proto.id.endswith(f"-{name}")]
    [drawn] = json.loads(found.proto.json)
    return drawn


# The cursor


def test_a_network_too_large_for_it_says_so(open_app, click):
    at = open_app(**FEW)
    assert slider(at) is None and the_line(at) is None
    lab(at).timeline.most_bytes = 1_000
    click(at, "step_batch")
    assert "too large" in texts(at) and slider(at) is None and not failures(at)
    assert not failures(click(at, "step_epoch"))


def test_the_cursor_goes_over_all_snapshots_to_now_and_says_how_much_memory_they_take(at):
    assert "untrained" in options(at)[0] and options(at)[-1] == "now"
    assert [numbers(name) for name in options(at)[1:-1]] == [[0.1, 1], [0.2, 2], [0.4, 4], [0.8, 8], [1.0, 10]]
    assert slider(at).value == "now" and the_line(at) is None
    assert branches(at) is None  # there is but one
    assert button(at, "cursor_continue").disabled and button(at, "cursor_now").disabled
    snapshots = lab(at).timeline.snapshots
    arrays = {}
    for snapshot in snapshots:
        found = [snapshot.state.parameters, snapshot.state.order]
        if snapshot.evaluation:
            found += [snapshot.evaluation.scores, snapshot.evaluation.losses, snapshot.evaluation.predicted]
        arrays |= {id(each): each.nbytes for each in found if each is not None}
    megabytes = sum(arrays.values()) / 2**20
    [help] = [each.help for each in at.caption if each.help and "Snapshots" in each.help]
    assert numbers(help.partition("Snapshots")[2]) == [len(snapshots), round(megabytes, 1), 64]


def test_a_snapshot_that_is_the_present_is_called_now(open_app):
    at = trained(open_app, steps=4)
    assert numbers(options(at)[-2]) == [0.2, 2] and options(at)[-1] == "now"


def test_moving_it_shows_the_past_and_says_so_and_there_are_two_ways_back(at, click):
    address = dict(at.query_params)
    for back in (lambda: move(at, "now"), lambda: click(at, "cursor_now")):
        move(at, 4)
        assert lab(at).shown.steps == 4 and slider(at).value == place(at, 4)
        assert numbers(the_line(at)) == [0.4, 4] and dict(at.query_params) == address
        back()
        assert lab(at).cursor is None and the_line(at) is None and slider(at).value == "now"
        assert lab(at).trainer.steps == 13


def test_moving_it_by_hand_leaves_the_slider_what_it_is(past):
    """Or it would lose the focus at every press of a key."""
    before = slider(past).key
    move(past, 8)
    move(past, 2)
    assert slider(past).key == before and lab(past).shown.steps == 2


def test_continue_from_here_begins_a_branch(past, click):
    click(past, "cursor_continue")
    assert lab(past).trainer.steps == 4 and the_line(past) is None and not failures(past)
    branch = branches(past)
    assert [numbers(name) for name in branch.options] == [[1], [2, 0.4]] and branch.value == 2
    branch.set_value(1).run()
    assert lab(past).trainer.steps == 13 and lab(past).branch.number == 1
    assert branches(past).value == 1


def test_a_branch_brings_its_settings_back(past, click):
    choose(click(past, "cursor_continue"), "setting_learning_rate", 0.02)
    for number, rate in ((1, 0.1), (2, 0.02)):
        branches(past).set_value(number).run()
        assert widget(past, "setting_learning_rate").value == rate == lab(past).trainer.learning_rate
        assert ("lr" in past.query_params) == (number == 2)


@pytest.mark.parametrize(
    ("name", "steps"), [("run", None), ("step_batch", 14), ("step_epoch", None), ("run_epochs", None)]
)
def test_whatever_trains_goes_on_from_the_present_and_says_so_beforehand(past, click, name, steps):
    assert "present" in button(past, name).help
    click(past, name)
    assert lab(past).cursor is None and the_line(past) is None and lab(past).trainer.steps >= 14
    assert steps in (None, lab(past).trainer.steps) and "present" not in button(past, name).help


def test_while_it_trains_the_cursor_follows_unless_it_was_moved(at, click):
    click(at, "run")
    assert lab(at).shown is lab(at).trainer
    move(at, 4)
    tick(at)
    assert lab(at).running and lab(at).shown.steps == 4
    assert numbers(the_line(at)) == [0.4, 4]
    click(at, "pause")
    assert lab(at).shown.steps == 4 and numbers(the_line(at)) == [0.4, 4]


def test_after_an_explosion_there_is_a_way_to_the_last_finite_weights(open_app, click):
    at = trained(open_app)
    assert button(at, "cursor_finite") is None
    choose(at, "setting_learning_rate", 10.0)
    lab(at).trainer.learning_rate = 1e30
    click(at, "run")
    for _ in range(5):
        at.run()
    assert lab(at).diverged and button(at, "repair")
    click(at, "cursor_finite")
    assert np.isfinite(lab(at).shown.network.parameters).all() and lab(at).shown.steps == 10
    assert numbers(the_line(at))[1] == 10
    click(at, "cursor_continue")
    assert lab(at).diverged is None and lab(at).trainer.steps == 10 and button(at, "repair") is None


def test_continuing_from_the_very_start_there_is_no_past_but_another_branch(at, click):
    move(at, 0)
    click(at, "cursor_continue")
    assert slider(at) is None and branches(at).value == 2 and not failures(at)
    click(at, "step_batch")
    assert len(options(at)) == 2 and "untrained" in options(at)[0]


def test_weights_trained_elsewhere_are_the_first_snapshot(open_app, click):
    at = open_app(**FEW)
    lab(at).trainer.go_on_from(lab(at).trainer.network.parameters.copy(), 5)
    at.run()
    assert slider(at) is None
    click(at, "step_batch")
    assert numbers(options(at)[0]) == [5, 50] and options(at)[1:] == ["now"]
    move(at, 50)
    assert numbers(the_line(at)) == [5, 50]


def test_two_snapshots_of_one_step_can_be_told_apart(at):
    snapshots = lab(at).timeline.snapshots
    snapshots.insert(3, replace(snapshots[2]))
    at.run()
    first, second = options(at)[2:4]
    assert numbers(first) == numbers(second) == [0.2, 2] and first != second
    slider(at).set_value(second).run()
    assert lab(at).cursor is snapshots[3] and slider(at).value == second
    slider(at).set_value(first).run()
    assert lab(at).cursor is snapshots[2]


@pytest.mark.parametrize("steps", [2, 8])
def test_a_browser_that_lags_behind_does_not_move_the_cursor_back(past, steps):
    """It still says where the slider stood before something else moved the cursor."""
    key, old = slider(past).key, slider(past)._widget_state
    snapshot = next(snapshot for snapshot in lab(past).timeline.snapshots if snapshot.steps == steps)
    lab(past).look_at(snapshot)  # as an animation does
    past.run()
    assert lab(past).cursor is snapshot and slider(past).value == place(past, steps) and slider(past).key != key
    said = past._tree.get_widget_states()
    said.widgets.append(old)
    past._run(said)
    assert lab(past).cursor is snapshot and not failures(past)
    move(past, 1)
    assert lab(past).shown.steps == 1


# The animation


@pytest.fixture
def at_once(monkeypatch):
    """Each run of the script is a picture of the animation."""
    monkeypatch.setattr(time_machine_view, "PACE", 0)


def test_playing_shows_one_snapshot_after_the_other_and_ends_in_the_present(at, click, at_once, monkeypatch):
    shown = []
    original = Lab.advance
    monkeypatch.setattr(Lab, "advance", lambda self: shown.append(self.shown.steps) or original(self))
    click(at, "cursor_play")
    for _ in range(10):
        at.run()
    assert shown == [0, 1, 2, 4, 8, 10]
    assert lab(at).cursor is None and not lab(at).playing and button(at, "cursor_play") and not failures(at)


def test_it_can_be_stopped(at, click, monkeypatch):
    monkeypatch.setattr(time_machine_view, "PACE", 1000)
    click(at, "cursor_play", "cursor_stop")
    assert not lab(at).playing and lab(at).shown.steps == 0 and "untrained" in the_line(at)


# Every page shows the past


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_opens_in_the_past(open_app, kind):
    at = trained(open_app, 5, **KINDS[kind])
    move(at, lab(at).timeline.snapshots[2].steps)
    for page in PAGES:
        at.switch_page(f"pages/{page}.py").run()
        assert failures(at) == [] and f"(batch {lab(at).cursor.steps})" in the_line(at), page


def what_is_shown(at, page):
    """Everything on a page but for the cursor, the curves of the whole run and the bar below."""
    at.switch_page(f"pages/{page}.py").run()
    if page == "shapes":
        at.toggle(key="show_numbers").set_value(True).run()
    assert failures(at) == []
    elsewhere = (":material/history:", "You see", "Time machine", "epoch ", "**paused**", "**untrained**")
    values = [each.value for each in (*at.markdown, *at.caption) if not each.value.startswith(elsewhere)]
    if page == "train":  # under the curves, which are those of the whole run
        history = lab(at).trainer.history
        values.remove(about_loss(history, 10))
        values.remove(about_accuracy(history, 5_000, 10))
    components = [each.proto for each in at.get("bidi_component")]
    return {
        "texts": values,
        "tiles": [
            (each.label, each.value) for each in at.metric if each.label not in ("Digits / second", "Time / epoch")
        ],
        "pictures": [each.json for each in components if not each.id.endswith(("-loss", "-accuracy"))],
        "charts": [each.proto.spec for each in at.get("plotly_chart")],
        "tables": [each.value.to_csv() for each in at.dataframe],
        "html": [each.proto.body for each in at.get("html")],
    }


@pytest.fixture(scope="module")
def moments(open_app):
    """After four mini-batches, after 13, and after 13 looking back at the fourth."""
    return [trained(open_app, 4), trained(open_app, 13), move(trained(open_app, 13), 4)]


@pytest.mark.parametrize("page", ["data", "shapes", "step", "weights", "mistakes", "train"])
def test_a_page_in_the_past_is_the_page_as_it_was(moments, page):
    as_it_was, present, shown = [what_is_shown(at, page) for at in moments]
    if page == "train":  # the accuracy is that of this very moment, not of the last evaluation
        for each in (as_it_was, shown):
            del each["tiles"][0]
    assert shown == as_it_was
    if page != "data":
        assert present != as_it_was, "or this would show nothing"


def test_the_curves_are_those_of_the_whole_run_with_a_mark(at, click):
    whole = {name: chart(at, name)["series"] for name in ("loss", "accuracy")}
    move(at, 4)
    for name in ("loss", "accuracy"):
        assert chart(at, name)["series"] == whole[name]
        assert {"at": 256 / 640, "meaning": "shown here"} in chart(at, name)["marks"]
    click(at, "cursor_now")
    assert "shown here" not in str(chart(at, "loss")["marks"])


def test_the_curves_of_a_branch_that_was_left_stay(past, click):
    click(past, "cursor_continue", "step_batch")
    names = {series["name"]: series for series in chart(past, "loss")["series"]}
    assert names["validation, branch 1"]["opacity"] < 1 and names["training, branch 1"]["x"][-1] > 0.5
    assert chart(past, "loss")["x"]["high"] > 1.3  # all of it is visible


# One step


def test_the_accuracy_and_a_dry_run_in_the_past_are_as_they_were_and_the_step_cannot_be_taken(past):
    then = replace(RECIPES["first-steps"], hidden=(16,), training_size=640).trainer(lab(past).digits)
    for _ in range(4):
        then.step()
    assert past.metric[0].value == f"{100 * then.evaluate(then.digits.validation).accuracy:.1f} %"
    past.switch_page("pages/step.py").run()
    walk = past.session_state["Walk"]
    walk.show_whole()
    past.run()
    images, _ = then.sampler.next_batch()
    np.testing.assert_array_equal(walk.dry_run.images, images)
    then.step()
    np.testing.assert_array_equal(walk.dry_run.after, then.network.parameters)
    assert button(past, "step_take").disabled
    steps = lab(past).trainer.steps
    walk.take(lab(past), None)
    assert lab(past).trainer.steps == steps


def test_what_one_looked_at_in_a_step_stays_as_the_cursor_moves_and_after_continue_it_can_be_taken(past, click):
    past.switch_page("pages/step.py").run()
    walk = past.session_state["Walk"]
    walk.cells["Z1"] = (3, 5)
    move(past, 2)
    assert walk.cells["Z1"] == (3, 5) and walk.epoch == pytest.approx(0.2)
    walk.show_whole()
    click(past, "cursor_continue")
    assert not button(past, "step_take").disabled
    click(past, "step_take")
    assert lab(past).trainer.steps == 3 and past.success
