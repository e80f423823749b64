"""Missions: each is walked on a real laboratory, and what it measures is what the network does."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.core import query_params
from dashboard.core.lab import Lab
from dashboard.learn import measures
from dashboard.learn.missions import MISSIONS
from dashboard.learn.progress import Progress
from dashboard.notation.numbers import told
from nnlib.bugs.catalogue import BUGS
from nnlib.evaluation import evaluate


def train(lab, epochs):
    lab.run_epochs(epochs)
    while lab.running:
        lab.train(0.05)
    lab.trainer.evaluate_now()


def change(lab, **settings):
    lab.change(replace(lab.recipe, **settings))


def explode(lab):
    train(lab, 2)
    change(lab, learning_rate=10.0)
    train(lab, 8)


def compare_sizes(lab):
    train(lab, 1)
    for units in (16, 30):
        change(lab, hidden=(units,))
        train(lab, 30)


DONE = {  # what a visitor does in a step, where it is not to train an epoch
    ("explosion", 0): explode,
    ("explosion", 1): lambda lab: lab.go_back(1.0),
    ("few-units", 0): compare_sizes,
    ("test-split", 0): lambda lab: train(lab, 10),
    **{("overfitting", number): lambda lab, n=n: train(lab, n) for number, n in enumerate((50, 10, 50, 50))},
}
AT_ONCE = {("first-run", 0), ("epoch", 2), ("batch-size", 2), ("confusion", 1)}  # nothing to do but to look


@pytest.fixture
def lab(few, monkeypatch):
    monkeypatch.setattr(measures, "GOAL", 0.6)
    monkeypatch.setattr(measures, "DRAWS", 50)
    monkeypatch.setattr("dashboard.core.lab.QUICK", 60.0)
    return Lab(few)


@pytest.mark.parametrize("name", MISSIONS)
def test_a_mission_from_its_first_question_to_its_end(name, lab):
    mission, progress = MISSIONS[name], Progress()
    progress.start(mission)
    for number, step in enumerate(mission.steps):
        if step.recipe is not None:
            lab.begin(step.recipe)
        progress.notice(lab)
        assert progress.happened is None  # nothing is told before a prediction
        progress.predict(progress.place, 0)
        progress.predict(progress.place, 1)
        progress.notice(lab)
        if (name, number) not in AT_ONCE:
            assert progress.happened is None  # nor before the task is done
            progress.go_on(progress.place)
            assert progress.number == number
            DONE.get((name, number), lambda lab: train(lab, 1))(lab)
            progress.notice(lab)
        assert progress.predicted == 0 and progress.happened in range(len(step.choices))
        explanation = progress.explanation()
        assert "{" not in explanation and "not a number" not in explanation
        assert any(
            told(f"{{{key}:{form}}}", progress.found) in explanation
            for key in progress.found
            for form in ("percent", "number", "count")
        )
        place = progress.place
        progress.go_on(place)
        progress.go_on(place)  # a click that arrives twice
    assert progress.done == {name} and progress.mission is None and progress.made == len(mission.steps)


def test_settings_and_pages_of_missions_exist():
    for mission in MISSIONS.values():
        assert 1 <= mission.minutes <= 6 and mission.steps[0].settings is not None
        for step in mission.steps:
            assert query_params.from_query(dict(step.settings or {}))[1] == []
            assert query_params.unknown_in(dict(step.settings or {})) == []
            assert 2 <= len(step.choices) == len(set(step.choices)) <= 3
            assert "1" in step.explanation or "{" in step.explanation


def test_what_is_measured_of_a_run_is_what_the_network_does(lab):
    train(lab, 3)
    trainer, split = lab.trainer, lab.trainer.digits.validation
    own = evaluate(trainer.workers, split, 10)
    found = measures.trained(3)(lab)
    assert found["validation"] == pytest.approx((own.predicted == split.labels).mean())
    assert (
        found["steps"] == 3 * 5
        and found["steps_an_epoch"] == pytest.approx(5)
        and found["n"] == 300
        and measures.trained(4)(lab) is None
    )
    assert measures.trained(3, batch_size=32)(lab) is None  # of other settings
    pairs = list(zip(split.labels, own.predicted, strict=True))
    wrong = [pair for pair in pairs if pair[0] != pair[1]]
    found = measures.confusion(lab)
    most = max(wrong.count(pair) for pair in wrong)
    assert found["times"] == most == wrong.count((found["true"], found["guess"])) and found["mistakes"] == len(wrong)
    assert found["back"] == wrong.count((found["guess"], found["true"]))


def test_nothing_is_measured_with_a_hidden_bug_or_on_other_data(lab, few):
    for other, repair in ((lab, lab.take_bug_out), (Lab(replace(few, digest="other")), None)):
        progress = Progress()
        progress.start(MISSIONS["first-run"])
        progress.predict(progress.place, 0)
        if repair:
            other.hide(BUGS["opposite-sign"])
        progress.notice(other)
        assert progress.happened is None
        if repair:
            repair()
            progress.notice(other)
            assert progress.happened is not None


def test_choosing_by_few_digits_looks_too_good_and_by_luck_alone(lab):
    train(lab, 8)
    found = measures.chosen_by_few(lab)
    assert found["few"] == 50 and found["snapshots"] >= 5
    assert 0 < found["inflation"] < 15 and found["seen"] - found["others"] == pytest.approx(found["inflation"] / 100)


def test_zero_weights_make_all_units_equal_and_large_steps_kill_them(lab):
    lab.begin(replace(lab.recipe, initializer="zero"))
    train(lab, 1)
    assert measures.equal_units(initializer="zero")(lab)["different"] == 1
    lab.begin(replace(lab.recipe, initializer="he", hidden=(9,)))
    train(lab, 1)
    assert measures.equal_units()(lab)["different"] == 9
    weights = lab.trainer.network.weights()[0]
    weights.b[:4] = -1e6
    lab.trainer.evaluate_now()
    train(lab, 1)
    assert measures.inactive()(lab)["inactive"] == pytest.approx(4 / 9)


def test_the_gradient_of_a_first_sigmoid_layer_is_far_smaller_than_of_the_last(lab):
    lab.begin(MISSIONS["vanishing-gradient"].steps[0].recipe)
    train(lab, 1)
    found = measures.gradient_sizes()(lab)
    rows = lab.trainer.history.updates.rows
    last = rows[rows[:, 0] == rows[-1, 0]]
    np.testing.assert_allclose([found["first"], found["last"]], [last[0, 3], last[-1, 3]])
    assert found["ratio"] > 50
