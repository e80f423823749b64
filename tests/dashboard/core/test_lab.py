from dataclasses import replace

import numpy as np
import pytest

from dashboard.core import lab as lab_module
from dashboard.core.lab import Lab
from nnlib.analysis.interventions import Scale, SwitchOff
from nnlib.bugs.catalogue import BUGS
from nnlib.datasets import MNIST_DIGEST
from nnlib.optimizers import OPTIMIZERS
from nnlib.recipes import DEFAULT, LIVE, RECIPES, Recipe, RecipeError
from nnlib.storage import REFERENCE, SavedNetwork, StorageError, load
from nnlib.timeline import MOST_BYTES
from nnlib.trainer import DivergedError, Trainer

SMALL = replace(RECIPES[DEFAULT], hidden=(8,), batch_size=50)  # six mini-batches an epoch
OTHER_VALUES = (
    {"name": "dense-128-64", "hidden": (9,), "convolutions": (2,), "kernel": 5, "activation": "tanh", "dropout": 0.5}
    | {"initializer": "xavier", "scale": 2.0, "seed": 1, "loss": "mean-squared-error", "l2": 0.01, "optimizer": "adam"}
    | {"learning_rate": 0.2, "momentum": 0.5, "schedule": "cosine", "epochs": 21, "batch_size": None, "rows": True}
    | {"data": "zeros-and-ones", "training_size": 100, "scaling": "standard", "shift": 2, "rotation": 9.0, "zoom": 0.1}
    | {"distortion": 1.0, "weight_average": 0.9, "test_time_augmentation": True}
    | {"batch_norm": True, "dropout_after_pooling": True}
)
FIELDS = set(Recipe.__dataclass_fields__)


@pytest.fixture
def lab(few, monkeypatch):
    """Its evaluations count as quick, however busy this machine is."""
    monkeypatch.setattr("dashboard.core.lab.QUICK", 60.0)
    monkeypatch.setattr("dashboard.core.lab.BEARABLE", 60.0)
    return Lab(few, SMALL)


def weights(lab):
    return lab.trainer.network.parameters.copy()


def train_on(lab, steps):
    """Exactly so many mini-batches of a run, which goes on."""
    lab.run()
    target = lab.trainer.steps + steps
    while lab.trainer.steps < target:
        lab.train(0)  # no time at all: one mini-batch, or a little of an evaluation
    return lab


def evaluated(lab):
    return list(lab.trainer.history.evaluations["epoch"])


def explode(lab):
    """Run into a loss that is not finite."""
    lab.change(replace(lab.recipe, learning_rate=1e30))
    lab.run()
    for _ in range(1000):
        lab.train(0)
    assert lab.diverged
    return lab


# Run, pause


def settle(lab):
    """Add a point where a run has paused, as the dashboard does."""
    if lab.settle():
        for _ in lab.trainer.finishing_evaluation():
            pass


def test_a_new_lab_is_paused_and_untrained(lab):
    assert not lab.running and lab.trainer.steps == 0 and lab.examples_per_second is None and lab.last_finite is None
    lab.train(0)
    assert lab.trainer.steps == 0


def test_each_slice_of_a_run_trains_at_least_one_batch_and_more_if_there_is_time(lab):
    lab._next_evaluation = np.inf  # or a little of an evaluation
    lab.run()
    for steps in (1, 2, 3):
        lab.train(0)
        assert lab.trainer.steps == steps
    lab.train(0.5)
    assert lab.trainer.steps > 4


@pytest.mark.parametrize("verb", ["run", "pause"])
def test_a_click_that_arrives_twice_does_no_harm(lab, verb):
    train_on(lab, 4)
    getattr(lab, verb)()
    once = lab.running, lab.target, evaluated(lab)
    getattr(lab, verb)()
    assert (lab.running, lab.target, evaluated(lab)) == once
    lab._next_evaluation = np.inf  # a slow machine would evaluate first
    lab.train(0)
    assert lab.trainer.steps == (5 if verb == "run" else 4)


def test_the_curves_get_a_point_where_a_run_has_paused_if_evaluating_is_quick(lab, monkeypatch):
    def settled():
        before = evaluated(lab)
        settle(lab)
        return evaluated(lab)[len(before) :]

    lab.pause()
    assert settled() == []  # it has not run
    train_on(lab, 4)
    assert settled() == []  # it still runs
    lab.pause()
    with monkeypatch.context() as slow:
        slow.setattr("dashboard.core.lab.QUICK", 0.0)
        assert settled() == []
    assert settled() == [np.float32(lab.trainer.position)] == [np.float32(4 / 6)]


def test_runs_with_pauses_and_single_steps_train_like_one_run(few):
    straight, paused, by_hand = train_on(Lab(few, SMALL), 15), Lab(few, SMALL), Lab(few, SMALL)
    for steps in (1, 6, 3, 5):
        train_on(paused, steps).pause()
    for _ in range(15):
        by_hand.step()
    np.testing.assert_array_equal(weights(paused), weights(straight))
    np.testing.assert_array_equal(weights(by_hand), weights(straight))


# Step, run to an epoch


def test_a_step_is_one_mini_batch_paused_before_and_after(lab):
    lab.step()
    assert lab.trainer.steps == 1 and not lab.running
    train_on(lab, 2).step()
    assert lab.trainer.steps == 4 and not lab.running
    settle(lab)
    assert evaluated(lab)[-1] == np.float32(4 / 6)


@pytest.mark.parametrize("started_with", [0, 2])
@pytest.mark.parametrize("epochs", [1, 3])
@pytest.mark.parametrize("seconds", [0, 10])
def test_an_epoch_is_finished_exactly(lab, started_with, epochs, seconds):
    for _ in range(started_with):
        lab.step()
    lab.run(to_epoch=epochs)
    for _ in range(1000):
        lab.train(seconds)
    assert lab.trainer.epochs == epochs and lab.trainer.batch == 0 and lab.trainer.steps == 6 * epochs
    assert not lab.running and lab.target is None


def test_an_epoch_asked_for_again_trains_no_more_and_run_takes_the_goal_away(lab):
    for _ in range(2):
        lab.run(to_epoch=1)
        lab.train(10)
    assert lab.trainer.steps == 6
    lab.train(0)
    assert not lab.running and lab.trainer.steps == 6
    lab.run(to_epoch=1)
    lab.run()
    assert lab.target is None
    assert train_on(lab, 4).running


# Reset, change


@pytest.mark.parametrize("name", RECIPES)
def test_reset_stops_a_run_and_gives_the_very_same_initial_weights(digits, few, name):
    recipe = replace(RECIPES[name], training_size=100, batch_size=20)
    lab = Lab(few if recipe.data == "digits" else digits, recipe)
    before = weights(lab)
    trained = weights(train_on(lab, 2))
    assert (before != trained).any()
    lab.reset()
    np.testing.assert_array_equal(weights(lab), before)
    assert lab.trainer.steps == 0 and evaluated(lab) == [0] and not lab.running and lab.examples_per_second is None
    assert lab.recipe == recipe and lab.started_anew
    np.testing.assert_array_equal(weights(train_on(lab, 2)), trained)


def test_there_is_another_value_to_try_for_every_setting():
    assert set(OTHER_VALUES) >= FIELDS


@pytest.mark.parametrize("field", sorted(LIVE))
def test_a_change_of_what_can_change_keeps_training(lab, field):
    trainer, before = train_on(lab, 3).trainer, weights(lab)
    recipe = replace(SMALL, **{field: OTHER_VALUES[field]})
    lab.change(recipe)
    assert lab.running and lab.trainer is trainer and lab.recipe == recipe and not lab.started_anew
    np.testing.assert_array_equal(weights(lab), before)
    assert train_on(lab, 1).trainer.steps == 4


@pytest.mark.parametrize("field", sorted(FIELDS - set(LIVE)))
def test_a_change_of_anything_else_starts_anew_and_says_so(digits, few, field):
    lab = train_on(Lab(digits if field == "data" else few, SMALL), 2)
    trainer = lab.trainer
    recipe = replace(SMALL, **{field: OTHER_VALUES[field]})
    lab.change(recipe)
    assert lab.trainer is not trainer and lab.trainer.steps == 0 and not lab.running and lab.recipe == recipe
    assert lab.architecture in lab.started_anew


def test_no_change_changes_nothing(lab):
    train_on(lab, 2).change(replace(SMALL))
    assert lab.running and lab.trainer.steps == 2 and not lab.started_anew


def test_new_settings_are_used_from_the_next_step_on(lab):
    train_on(lab, 2).change(replace(SMALL, learning_rate=0.05, batch_size=100))
    train_on(lab, 1)
    batches = lab.trainer.history.batches
    np.testing.assert_array_equal(batches["learning_rate"], np.array([0.1, 0.1, 0.05], np.float32))
    np.testing.assert_allclose(batches["epoch"], [1 / 6, 2 / 6, 4 / 6], rtol=1e-6)


def test_the_architecture_is_named_by_its_sizes(few, digits):
    assert Lab(few, SMALL).architecture == "784-8-10"
    assert Lab(few, replace(SMALL, hidden=())).architecture == "784-10"
    assert Lab(digits, RECIPES["binary-400-25-15-1"]).architecture == "400-25-15-1"


# Divergence and its repair


def test_a_loss_that_is_not_finite_stops_for_good_and_keeps_the_last_good_state(lab):
    train_on(lab, 6)
    good = weights(lab)
    explode(lab)
    assert not lab.running and lab.target is None and isinstance(lab.diverged, DivergedError)
    np.testing.assert_array_equal(lab.trainer.last_good.parameters, good)
    np.testing.assert_array_equal(lab.diverged.state.parameters, good)
    steps = lab.trainer.steps
    for verb in (lab.pause, lab.step, lab.run, lab.pause):
        verb()
        lab.train(0)
    assert lab.diverged and not lab.running and lab.trainer.steps == steps


def test_going_back_restores_the_last_good_weights_with_the_rate_asked_for(lab):
    train_on(lab, 6)
    good, steps = weights(lab), lab.trainer.steps
    explode(lab).go_back(0.05)
    np.testing.assert_array_equal(weights(lab), good)
    assert lab.trainer.steps == steps and lab.diverged is None and not lab.running
    assert lab.recipe.learning_rate == lab.trainer.learning_rate == 0.05
    assert np.isfinite(lab.trainer.history.batches["loss"]).all()
    lab.go_back(0.05)  # the click arrives twice
    np.testing.assert_array_equal(weights(lab), good)
    train_on(lab, 20)
    assert lab.running and lab.trainer.steps == steps + 20
    explode(lab).go_back()
    assert lab.recipe.learning_rate == 1e30 and lab.diverged is None


def test_starting_again_means_the_same_initial_weights_with_another_rate(lab):
    before = weights(lab)
    explode(lab).start_again(0.05)
    np.testing.assert_array_equal(weights(lab), before)
    assert lab.recipe == replace(SMALL, learning_rate=0.05) and lab.trainer.steps == 0 and lab.diverged is None


def test_the_time_that_reading_takes_is_in_proportion_to_the_digits(few):
    lab = Lab(few, SMALL)
    lab._evaluation_seconds = 0.5
    read = len(few.train.take(lab.trainer.n_examples)) + len(few.validation)
    assert lab.reading_seconds(read) == 0.5 and lab.reading_seconds(3 * read) == 1.5


@pytest.mark.parametrize(("rate", "tenth"), [(1.0, 0.1), (0.3, 0.03), (0.007, 0.0007), (0.123, 0.012)])
def test_the_rate_to_try_is_a_tenth_in_round_numbers(few, rate, tenth):
    assert Lab(few, replace(SMALL, learning_rate=rate)).repaired_learning_rate == tenth


def with_rate(lab, rate, **more):
    lab.change(replace(lab.recipe, learning_rate=rate, **more))
    return lab


def test_the_rate_to_try_is_a_tenth_of_the_one_that_led_to_the_explosion(lab):
    explode(lab)
    for later in (1e30, 1e35, 0.5):  # nothing was trained at these
        assert with_rate(lab, later).repaired_learning_rate == 0.1  # plain gradient descent's usual one
    lab.go_back(lab.repaired_learning_rate)
    assert train_on(lab, 1).repaired_learning_rate == 0.01


def test_the_rate_to_try_is_no_larger_than_one_that_worked(lab):
    train_on(with_rate(lab, 0.02), 6)
    train_on(with_rate(lab, 0.05), 6)
    while lab.trainer.evaluating:
        lab.train(0)
    train_on(with_rate(lab, 3.0), 1)
    assert lab.repaired_learning_rate == 0.05
    with_rate(lab, 0.01)
    assert train_on(lab, 1).repaired_learning_rate == 0.05
    with_rate(lab, 0.4)
    lab.go_back()
    train_on(lab, 1)
    assert lab.repaired_learning_rate == 0.04
    assert with_rate(lab, 0.5, optimizer="adam").repaired_learning_rate == 0.001


# Evaluating


def test_an_evaluation_is_computed_once_per_step(lab):
    train_on(lab, 1)
    first = lab.evaluation()
    part = lab.evaluation("validation", first=30)
    assert lab.evaluation("validation", first=30) is part and len(part.labels) == 30
    assert len(lab.evaluation("validation", first=10**9).labels) == 100
    assert lab.evaluation() is first
    lab.step()
    assert lab.evaluation() is not first
    assert lab.evaluation("validation", first=30) is not part


def test_an_evaluation_in_parts_is_the_one_that_is_kept_unless_it_is_given_up(lab):
    for _ in range(3):  # off the timeline
        lab.step()
    next(lab.evaluating("test"))
    assert lab.test_looks == 0
    shares = list(lab.evaluating("test"))
    assert shares[-1] == 1 and lab.test_looks == 1
    whole = lab.trainer.evaluate(lab.trainer.digits.test)
    np.testing.assert_array_equal(lab.evaluation("test").scores, whole.scores)
    assert list(lab.evaluating("test")) == [] and lab.test_looks == 1


class Clock:
    """Time that passes only when told to."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def costing(self, seconds, action):
        def timed(*args):
            self.now += seconds
            return action(*args)

        return timed


@pytest.fixture
def clock(lab, monkeypatch):
    """The lab's; it trains one example a mini-batch, which takes 5 ms."""
    clock = Clock()
    monkeypatch.setattr(lab_module, "perf_counter", clock)
    monkeypatch.setattr("nnlib.trainer.perf_counter", clock)
    lab.trainer._work = clock.costing(0.005, lab.trainer._work)
    lab.change(replace(SMALL, batch_size=1))  # 300 steps an epoch
    return clock


def test_while_it_trains_reading_a_split_takes_a_fifth_of_the_time(lab, clock):
    lab._evaluation_seconds, lab._next_evaluation = 0.0, np.inf
    lab.trainer.evaluate_in_parts = clock.costing(0.5, lab.trainer.evaluate_in_parts)
    lab.run()
    read = []
    for _ in range(800):
        lab.train(0.03)
        found, position = lab.recent_evaluation()
        if not read or found is not read[-1]:
            assert position == lab.trainer.position
            read.append(found)
    assert 0.18 < 0.5 * len(read) / clock.now < 0.22
    lab.pause()
    assert lab.recent_evaluation() == (lab.evaluation(), lab.trainer.position)
    assert lab.recent_evaluation()[0] is not read[-1]


def test_what_was_read_of_another_network_is_not_shown(lab):
    lab.run()
    before, _ = lab.recent_evaluation()
    lab.reset()
    lab.run()
    assert lab.recent_evaluation()[0] is not before


def test_an_evaluation_is_of_the_weights_as_they_stand(lab):
    train_on(lab, 7).pause()
    settle(lab)
    table = lab.trainer.history.evaluations
    assert lab.evaluation().loss == pytest.approx(table.last("validation_loss"))
    assert lab.evaluation().accuracy == pytest.approx(table.last("validation_accuracy"))
    assert lab.evaluation("train").loss == pytest.approx(table.last("training_loss"))
    np.testing.assert_array_equal(lab.evaluation("test").labels, lab.trainer.digits.test.labels)


def test_every_new_look_at_the_test_digits_is_counted(lab):
    lab.evaluation("validation")
    lab.evaluation("train")
    assert lab.test_looks == 0
    lab.evaluation("test")
    lab.evaluation("test")
    assert lab.test_looks == 1
    lab.step()
    lab.evaluation("test")
    assert lab.test_looks == 2
    lab.reset()
    lab.evaluation("test")
    assert lab.test_looks == 3  # a look is a look, whichever network it was


def test_after_going_back_nothing_is_remembered_of_the_weights_that_were_left(lab):
    train_on(lab, 6)
    lab.change(replace(SMALL, learning_rate=3.0))
    train_on(lab, 1)
    left = lab.evaluation("test"), lab.evaluation()
    lab.go_back(0.01)
    train_on(lab, 1)  # as many steps as before, other weights
    for split, old in zip(("test", "validation"), left, strict=True):
        np.testing.assert_array_equal(
            lab.evaluation(split).scores, lab.trainer.evaluate(getattr(lab.digits, split)).scores
        )
        assert (lab.evaluation(split).scores != old.scores).any()


def test_evaluations_between_epochs_come_soon_and_take_at_most_a_tenth_of_the_time(lab, clock):
    lab._evaluation_seconds, lab._next_evaluation = 0.02, 0.0
    lab.run()
    seen = []
    while lab.trainer.steps < 290:
        lab.train(0.03)
        seen.append((clock.now, len(evaluated(lab)) - 1))
    assert next(when for when, count in seen if count) < 0.2
    when, count = seen[-1]
    assert 0.07 * when < 0.02 * count < 0.1 * when


def test_the_speed_is_that_of_the_computation(lab, clock):
    lab._next_evaluation = np.inf
    lab.run()
    for _ in range(5):
        lab.train(0.03)
        clock.now += 1.0  # somebody else's turn
    assert lab.examples_per_second == pytest.approx(200)  # a digit in 5 ms
    assert lab.seconds_per_epoch == pytest.approx(1.5)


def test_evaluations_do_not_slow_the_speed_down(lab, clock, monkeypatch):
    train_on(lab, 5)
    speed = lab.examples_per_second
    evaluate = lab.trainer.evaluate_in_parts

    def slowly(split):
        clock.now += 1.0
        return (yield from evaluate(split))

    monkeypatch.setattr(lab.trainer, "evaluate_in_parts", slowly)
    evaluations = len(evaluated(lab))
    train_on(lab, 20)
    assert len(evaluated(lab)) > evaluations and lab.examples_per_second > 0.8 * speed


def test_an_evaluation_that_has_begun_is_finished_where_a_run_pauses(lab, monkeypatch):
    monkeypatch.setattr("dashboard.core.lab.QUICK", 0.0)
    lab._next_evaluation = np.inf
    train_on(lab, 6).pause()  # an epoch
    assert lab.trainer.evaluating
    settle(lab)
    assert not lab.trainer.evaluating and evaluated(lab)[-1] == 1


def test_where_a_run_continues_from_a_snapshot_it_is_evaluated(lab, monkeypatch):
    monkeypatch.setattr("dashboard.core.lab.QUICK", 0.0)
    train_on(lab, 5).pause()
    lab.look_at(lab.timeline.snapshots[2])
    place = lab.cursor.position
    lab.continue_from_here()
    settle(lab)
    assert evaluated(lab)[-1] == np.float32(place) > 0


def test_waiting_for_others_brings_no_evaluation_nearer(lab, clock):
    lab._evaluation_seconds, lab._next_evaluation = 0.02, 0.2
    lab.run()
    for _ in range(5):
        lab.train(0.03)  # less than 0.2 s of training in all
        clock.now += 1.0  # and somebody else's turns
    assert len(evaluated(lab)) == 1 and not lab.trainer.evaluating
    for _ in range(6):
        lab.train(0.03)
    assert len(evaluated(lab)) == 2


# The past


@pytest.fixture
def past(lab):
    """A lab that has taken 13 steps, paused, and shows the network as it was after four."""
    train_on(lab, 13).pause()
    lab.look_at(lab.timeline.snapshots[3])
    return lab


def test_at_first_the_present_is_shown_and_followed(lab):
    assert lab.cursor is None and lab.shown is lab.trainer
    train_on(lab, 7)
    assert lab.shown is lab.trainer and lab.shown.steps == 7
    assert [snapshot.steps for snapshot in lab.timeline.snapshots] == [0, 1, 2, 4, 6]


def test_at_the_cursor_everything_is_as_it_was(few, past):
    then = train_on(Lab(few, SMALL), 4)
    assert past.shown is not past.trainer and past.shown.steps == 4 and past.trainer.steps == 13
    np.testing.assert_array_equal(past.shown.network.parameters, weights(then))
    assert past.shown.position == then.trainer.position
    for name in ("epoch", "loss", "accuracy", "learning_rate"):
        np.testing.assert_array_equal(past.shown.history.batches[name], then.trainer.history.batches[name])
    for ours, its in zip(past.shown.sampler.next_batch(), then.trainer.sampler.next_batch(), strict=True):
        np.testing.assert_array_equal(ours, its)
    np.testing.assert_array_equal(past.evaluation().scores, then.evaluation().scores)
    np.testing.assert_array_equal(past.evaluation("test").scores, then.evaluation("test").scores)


def test_the_twin_is_made_once_and_a_snapshot_of_a_training_that_is_gone_is_ignored(past):
    shown = past.shown
    past.look_at(past.cursor)
    assert past.shown is shown
    gone = past.timeline.snapshots[1]
    past.look_at(gone)
    assert past.shown is not shown and past.shown.steps == 1
    past.change(replace(SMALL, hidden=(9,)))
    past.look_at(gone)
    assert past.cursor is None and past.shown is past.trainer


def test_a_training_goes_on_while_one_looks_at_the_past(lab):
    train_on(lab, 13).look_at(lab.timeline.snapshots[3])
    while lab.trainer.steps < 18:
        lab.train(0)
    assert lab.running and lab.shown.steps == 4
    lab.look_at_present()
    assert lab.shown is lab.trainer


PRESENT_VERBS = {
    "run": lambda lab: lab.run(),
    "step": lambda lab: lab.step(),
    "reset": lambda lab: lab.reset(),
    "go back": lambda lab: lab.go_back(),
    "start again": lambda lab: lab.start_again(0.05),
    "another network": lambda lab: lab.change(replace(SMALL, hidden=(9,))),
    "learn from": lambda lab: lab.learn_from(lab.digits.train.images[:1], lab.digits.train.labels[:1]),
}


@pytest.mark.parametrize("verb", PRESENT_VERBS.values(), ids=PRESENT_VERBS)
def test_what_changes_the_present_network_shows_it(past, verb):
    verb(past)
    assert past.cursor is None and past.shown is past.trainer and past.timeline.looked_at is None


def test_pausing_leaves_the_cursor_and_a_setting_that_can_change_holds_for_the_past_too(past):
    past.pause()
    past.change(replace(SMALL, learning_rate=0.05, batch_size=100))
    assert past.shown.steps == 4 and past.shown.learning_rate == 0.05 and len(past.shown.sampler.upcoming()) == 100


def test_the_evaluation_of_an_epochs_end_is_not_made_again(lab, monkeypatch):
    train_on(lab, 13).pause()
    snapshots = {snapshot.steps: snapshot for snapshot in lab.timeline.snapshots}
    monkeypatch.setattr(type(lab.trainer), "evaluate_in_parts", lambda *_: pytest.fail("evaluated"))
    for steps in (0, 6, 12):
        lab.look_at(snapshots[steps])
        assert lab.evaluation() is snapshots[steps].evaluation
        part = lab.evaluation("validation", first=30)
        np.testing.assert_array_equal(part.scores, snapshots[steps].evaluation.scores[:, :30])


def test_an_evaluation_of_the_present_is_that_of_its_snapshot(lab):
    train_on(lab, 6)
    while lab.trainer.evaluating:
        lab.train(0)
    assert lab.evaluation() is lab.timeline.snapshots[-1].evaluation
    train_on(lab, 1)
    assert lab.evaluation().loss == lab.trainer.evaluate(lab.trainer.digits.validation).loss


def test_an_evaluation_of_the_past_is_made_once_and_kept(past):
    snapshot = past.cursor
    found = past.evaluation()
    past.look_at_present()
    past.evaluation()
    past.look_at(snapshot)
    assert past.evaluation() is found is snapshot.evaluation


def test_the_snapshot_looked_at_is_never_thinned_out(lab):
    lab.timeline.most_bytes = 300_000
    train_on(lab, 13).look_at(lab.timeline.snapshots[2])
    while lab.trainer.steps < 100:
        lab.train(0)
    assert lab.cursor in lab.timeline.snapshots and lab.timeline.nbytes <= 300_000


def test_loaded_weights_begin_a_timeline_of_their_own(lab):
    saved = SavedNetwork(lab.trainer.network.astype(np.float32), SMALL, lab.trainer.scaling, 10)
    train_on(lab, 13).look_at(lab.timeline.snapshots[3])
    lab.load(saved)
    assert lab.shown is lab.trainer and [snapshot.position for snapshot in lab.timeline.snapshots] == [20]


def test_a_recipe_that_does_not_fit_the_data_is_refused_before_anything_changes(few):
    lab = Lab(few.centre_crop(8), SMALL)
    lab.step()
    recipe, trainer = lab.recipe, lab.trainer
    with pytest.raises(RecipeError, match="8 x 8"):
        lab.change(replace(SMALL, convolutions=(2, 2)))
    assert (lab.recipe, lab.trainer) == (recipe, trainer)
    saved = SMALL.trainer(few.centre_crop(9))
    with pytest.raises(StorageError, match="9 x 9"):
        lab.load(SavedNetwork(saved.network, SMALL, saved.scaling, 10, (9, 9)))
    assert (lab.recipe, lab.trainer, lab.trainer.batch) == (recipe, trainer, 1)


# Changing by hand


def test_a_change_by_hand_is_made_once_however_often_the_click_arrives(lab):
    lab.step()
    W, version = lab.trainer.network.weights()[0].W[2].copy(), lab.version
    before = lab.evaluation()
    for _ in range(2):
        lab.intervene(Scale(0, 2, 3.0), version)
    np.testing.assert_array_equal(lab.trainer.network.weights()[0].W[2], 3 * W)
    assert len(lab.trainer.history.interventions) == 1 and lab.version != version
    assert lab.evaluation() is not before
    np.testing.assert_allclose(lab.evaluation().scores, lab.trainer.evaluate(lab.trainer.digits.validation).scores)


def test_the_past_is_not_changed_by_hand(lab):
    lab.step()
    lab.look_at(lab.timeline.snapshots[0])
    before = lab.trainer.network.parameters.copy(), lab.shown.network.parameters.copy()
    assert not lab.may_intervene
    lab.intervene(SwitchOff(0, 2), lab.version)
    np.testing.assert_array_equal((lab.trainer.network.parameters, lab.shown.network.parameters), before)
    assert lab.trainer.history.interventions == []


def test_a_version_is_of_one_training_until_its_weights_are_set_otherwise(lab):
    training, version = lab.training, lab.version
    lab.step()
    assert lab.training == training and lab.version != version
    lab.go_back()
    assert (lab.shown.steps, lab.shown.position) == version[-2:]  # the same steps, perhaps to other weights
    assert lab.training != training and lab.version != version
    training = lab.training
    lab.intervene(SwitchOff(0, 2), lab.version)
    assert lab.training != training
    training = lab.training
    lab.look_at(lab.timeline.snapshots[0])
    assert lab.training != training
    lab.look_at_present()
    assert lab.training == training


# Branches


def state_of(lab):
    """Every bit of the present training."""
    trainer = lab.trainer
    tables = trainer.history.batches, trainer.history.evaluations
    return (
        trainer.network.parameters.tobytes(),
        str(trainer.optimizer.state()),
        str([trainer.sampler.generator.bit_generator.state, trainer.network.generator.bit_generator.state]),
        [table[name].tobytes() for table in tables for name in table],
        (trainer.steps, trainer.position, lab.recipe),
    )


BRANCHING = {
    "sgd": SMALL,
    "adam, dropout, augmentation": replace(
        SMALL, optimizer="adam", learning_rate=0.01, dropout=0.3, shift=2, rotation=9.0
    ),
    "full batch": replace(SMALL, batch_size=None),
    "convolutions": replace(SMALL, convolutions=(2,), hidden=(4,)),
}


@pytest.mark.parametrize("recipe", BRANCHING.values(), ids=BRANCHING)
def test_continuing_from_a_snapshot_takes_the_very_same_steps(few, recipe):
    lab = Lab(few, recipe)
    for _ in range(13):
        lab.step()
    original = state_of(lab)
    lab.look_at(lab.timeline.snapshots[3])
    steps = lab.cursor.steps
    lab.continue_from_here()
    assert lab.trainer.steps == steps < 13 and lab.shown is lab.trainer and not lab.running
    while lab.trainer.steps < 13:
        lab.step()
    assert state_of(lab) == original


def test_the_branch_that_was_left_is_kept_and_can_be_chosen_again(past):
    past.look_at_present()
    first = state_of(past)
    past.look_at(past.timeline.snapshots[3])
    past.continue_from_here()
    assert [branch.number for branch in past.branches] == [1, 2] and past.branch.number == 2
    past.change(replace(SMALL, learning_rate=0.02))
    train_on(past, 3).pause()
    second = state_of(past)
    past.choose_branch(1)
    assert state_of(past) == first and past.recipe == SMALL and past.branch.number == 1 and not past.running
    train_on(past, 4).pause()
    first = state_of(past)
    past.choose_branch(2)
    assert state_of(past) == second and past.recipe.learning_rate == past.trainer.learning_rate == 0.02
    past.choose_branch(1)
    assert state_of(past) == first


def test_a_branch_chosen_again_goes_on_as_if_it_had_not_been_left(few, past):
    past.continue_from_here()
    past.choose_branch(1)
    while past.trainer.steps < 30:
        past.step()
    straight = train_on(Lab(few, SMALL), 13)
    while straight.trainer.steps < 30:
        straight.step()
    np.testing.assert_array_equal(weights(past), weights(straight))


def test_branches_of_different_optimizers_each_go_on_with_their_own(few):
    momentum, adam = (replace(SMALL, optimizer=name, learning_rate=0.01) for name in ("momentum", "adam"))
    lab = train_on(Lab(few, momentum), 13)
    first = state_of(lab)
    lab.look_at(lab.timeline.snapshots[3])
    lab.continue_from_here()
    lab.change(adam)
    second = state_of(train_on(lab, 5))
    for _ in range(2):
        lab.choose_branch(1)
        assert state_of(lab) == first
        lab.choose_branch(2)
        assert state_of(lab) == second and lab.recipe == adam


def test_a_snapshot_on_display_is_trained_on_with_the_optimizer_chosen(past):
    W = past.shown.network.parameters.copy()
    past.change(replace(SMALL, optimizer="adam", learning_rate=0.01))
    past.continue_from_here()
    np.testing.assert_array_equal(weights(past), W)
    past.step()
    assert past.trainer.optimizer.updates == 1 and past.trainer.optimizer.mean.any()


def test_a_snapshot_on_display_has_its_own_averages_whenever_the_optimizer_is_that_of_then(few):
    momentum = replace(SMALL, optimizer="momentum")
    lab = train_on(Lab(few, momentum), 13)
    lab.look_at(lab.timeline.snapshots[3])
    velocity = lab.shown.optimizer.velocity.copy()
    assert velocity.any()
    lab.change(replace(momentum, optimizer="sgd"))
    assert not hasattr(lab.shown.optimizer, "velocity")
    lab.change(momentum)
    np.testing.assert_array_equal(lab.shown.optimizer.velocity, velocity)


def test_what_the_branches_are_called(past):
    past.continue_from_here()
    train_on(past, 4)
    first, second = (branch.name for branch in past.branches)
    assert first.startswith("1: ") and second.startswith("2: ") and second.endswith(" 0.67")
    assert past.branches[0].end.position == 13 / 6


def test_clicks_that_arrive_twice_do_no_harm_to_branches(past):
    past.continue_from_here()
    past.continue_from_here()
    assert len(past.branches) == 2
    past.choose_branch(1)
    now = state_of(past)
    past.choose_branch(1)
    past.choose_branch(99)
    assert state_of(past) == now and len(past.branches) == 2


def test_continuing_from_the_present_needs_no_branch(lab):
    train_on(lab, 4).pause()
    trainer = lab.trainer
    lab.look_at(lab.timeline.snapshots[-1])
    lab.continue_from_here()
    assert lab.trainer is trainer and len(lab.branches) == 1 and lab.cursor is None


def test_continuing_while_it_trains_pauses_and_keeps_what_was_reached(lab):
    train_on(lab, 13).look_at(lab.timeline.snapshots[3])
    while lab.trainer.steps < 17:
        lab.train(0)
    reached = weights(lab)
    lab.continue_from_here()
    assert not lab.running and lab.trainer.steps == 4
    lab.choose_branch(1)
    assert lab.trainer.steps == 17
    np.testing.assert_array_equal(weights(lab), reached)


def test_only_six_branches_are_kept(lab):
    train_on(lab, 7)
    for _ in range(8):
        lab.look_at(lab.timeline.snapshots[1])
        lab.continue_from_here()
        train_on(lab, 2)
    assert [branch.number for branch in lab.branches] == [4, 5, 6, 7, 8, 9]
    held = {id(snapshot): snapshot for branch in lab.branches for snapshot in branch.timeline.snapshots}
    assert sum(snapshot.nbytes for snapshot in held.values()) <= lab.timeline.nbytes


def test_a_new_network_has_no_branches_and_no_past(past):
    past.continue_from_here()
    past.reset()
    assert [branch.number for branch in past.branches] == [1] and len(past.timeline.snapshots) == 1


def test_after_an_explosion_one_can_look_at_the_last_finite_weights_and_go_on(lab):
    train_on(lab, 13)
    good = weights(lab)
    lab.timeline.add(lab.trainer)
    explode(lab)
    snapshot = lab.last_finite
    assert snapshot.steps == 13  # the step after it led to weights that are not finite
    lab.look_at(snapshot)
    assert lab.diverged and lab.shown.steps == 13
    lab.continue_from_here()
    assert lab.diverged is None and len(lab.branches) == 2
    np.testing.assert_array_equal(weights(lab), good)
    lab.change(replace(lab.recipe, learning_rate=0.05))
    train_on(lab, 3)
    assert np.isfinite(weights(lab)).all()


def test_a_branch_that_exploded_can_be_chosen_again_and_repaired(lab):
    explode(train_on(lab, 13)).look_at(lab.last_finite)
    lab.continue_from_here()
    lab.choose_branch(1)
    assert lab.diverged is None
    lab.run()
    for _ in range(10):
        lab.train(0)
    assert lab.diverged
    lab.go_back(0.05)
    assert np.isfinite(weights(lab)).all() and np.isfinite(lab.evaluation().loss) and lab.trainer.steps == 12


# Earlier runs

LEAVING = {
    "other units": lambda lab: lab.change(replace(SMALL, hidden=(9,))),
    "another seed": lambda lab: lab.change(replace(SMALL, seed=3)),
    "a recipe": lambda lab: lab.change(replace(RECIPES["dense-128-64"], training_size=100)),
    "reset": lambda lab: lab.reset(),
    "start again": lambda lab: lab.start_again(0.05),
    "load": lambda lab: lab.load(SavedNetwork(lab.trainer.network.astype(np.float32), SMALL, lab.trainer.scaling, 10)),
}


def whole(lab):
    """Every bit of the present run: of its training, snapshots and branches."""
    branches = [(each.number, each.began, each.recipe, each.timeline.snapshots[:]) for each in lab.branches]
    return state_of(lab), branches, lab.branch.number, lab.timeline.nbytes, lab.trainer.history.recipes[:]


@pytest.mark.parametrize("leave", LEAVING.values(), ids=LEAVING)
def test_the_run_before_can_be_brought_back_bit_for_bit(few, past, leave):
    past.continue_from_here()
    past.change(replace(SMALL, learning_rate=0.02))
    train_on(past, 5)
    before = whole(past)
    leave(past)
    assert past.trainer.history.batches.last("loss") is None and len(past.branches) == 1
    [(name, run)] = past.earlier_runs.items()
    assert "784-8-10" in name and f"{run.trainer.position:.2f}" in name
    for _ in range(2):  # the click arrives twice
        past.bring_back(run.number)
    assert whole(past) == before and not past.running and past.cursor is None and past.earlier_runs == {}
    past.choose_branch(1)
    while past.trainer.steps < 30:
        past.step()
    straight = train_on(Lab(few, SMALL), 13)
    while straight.trainer.steps < 30:
        straight.step()
    np.testing.assert_array_equal(weights(past), weights(straight))


def test_two_runs_take_turns_and_each_goes_on_where_it_was(lab):
    train_on(lab, 4)
    lab.change(replace(SMALL, hidden=(9,), optimizer="adam", learning_rate=0.01))
    train_on(lab, 7).pause()
    first, second = None, whole(lab)
    for _ in range(2):
        [run] = lab.earlier_runs.values()
        lab.bring_back(run.number)
        assert first is None or whole(lab) == first
        first = whole(lab)
        [run] = lab.earlier_runs.values()
        lab.bring_back(run.number)
        assert whole(lab) == second


def test_going_back_undoes_each_change_with_its_training_and_forward_makes_it_again(lab):
    steps = [SMALL, replace(SMALL, learning_rate=0.02), replace(SMALL, learning_rate=0.02, hidden=(9,))]
    states = []
    for recipe in steps:
        lab.return_to(recipe)
        train_on(lab, 3).pause()
        states.append(whole(lab))
    for step in (1, 2, 1, 2):
        lab.return_to(steps[step])
        assert whole(lab) == states[step]
    lab.return_to(steps[0])
    assert lab.recipe == steps[0] and lab.trainer.steps == 6, "the same network, with the learning rate of before"
    lab.return_to(steps[2])
    assert whole(lab) == states[2]
    lab.return_to(steps[1])
    assert lab.recipe == steps[1] and lab.trainer.steps == 6, "left with another learning rate"
    lab.return_to(replace(SMALL, hidden=(10,)))
    assert lab.recipe.hidden == (10,) and lab.trainer.steps == 0, "no such run"


def test_there_is_training_to_lose_once_something_was_trained(lab):
    assert not lab.trained
    lab.step()
    assert lab.trained
    lab.change(replace(SMALL, hidden=(9,)))
    assert lab.trained, "in the run before"


def test_an_epoch_asked_for_twice_is_two_epochs(lab):
    lab.run_epochs(1)
    lab.run_epochs(1)
    assert lab.target == 2
    while lab.running:
        lab.train(0)
    assert lab.trainer.epochs == 2
    train_on(lab, 3).run_epochs(10)
    assert lab.target == 12


def test_what_was_never_trained_is_not_kept_and_of_the_rest_the_last_three(lab):
    for seed in range(1, 7):
        lab.change(replace(SMALL, seed=seed))
    assert lab.earlier_runs == {} and "kept" not in lab.started_anew
    for seed in range(7, 12):
        lab.step()
        lab.change(replace(SMALL, seed=seed))
    assert [run.trainer.recipe.seed for run in lab.earlier_runs.values()] == [8, 9, 10]
    assert all(f"seed {run.trainer.recipe.seed}" in name for name, run in lab.earlier_runs.items())
    for _ in range(2):
        lab.step()
        lab.reset()
    assert len(lab.earlier_runs) == 3, "runs of the same settings have names of their own"


def test_a_run_that_exploded_comes_back_exploded_and_can_be_repaired(lab):
    explode(train_on(lab, 13)).reset()
    assert lab.diverged is None
    lab.bring_back(1)
    assert lab.diverged and lab.recipe.learning_rate == 1e30
    lab.go_back(0.05)
    assert np.isfinite(weights(lab)).all()


def test_results_of_a_run_are_never_taken_for_those_of_the_run_as_it_was_before(lab):
    lab.step()
    version = lab.version
    lab.go_back()
    lab.step()
    lab.reset()
    lab.bring_back(1)
    assert lab.version != version


def test_earlier_runs_share_a_limit_of_memory_and_the_oldest_loses_its_snapshots_first(lab, monkeypatch):
    sizes = []
    for seed in range(1, 4):
        train_on(lab, 40)
        sizes.append(lab.timeline.nbytes + 2 * weights(lab).nbytes)
        lab.change(replace(SMALL, seed=seed))
    most = sizes[-1] + 200_000
    monkeypatch.setattr("dashboard.core.earlier_runs.MOST_BYTES_OF_ALL", most)
    final = train_on(lab, 40).trainer
    parameters = weights(lab)
    lab.change(SMALL)
    runs = list(lab.earlier_runs.values())
    assert sum(run.own_bytes + run.branch.timeline.nbytes for run in runs) <= most
    counts = [len(run.branch.timeline.snapshots) for run in runs]
    assert counts == sorted(counts) and counts[0] < counts[-1] and runs[-1].trainer is final
    lab.bring_back(runs[-1].number)
    np.testing.assert_array_equal(weights(lab), parameters)
    assert lab.timeline.most_bytes == MOST_BYTES
    for run in [*lab.earlier_runs.values()]:
        before = run.trainer.network.parameters.copy()
        lab.bring_back(run.number)
        np.testing.assert_array_equal(weights(lab), before)
        lab.step()


# The animation


def play_to_the_end(lab):
    seen = []
    lab.play()
    while lab.playing:
        seen.append(lab.shown.steps)
        lab.advance()
    return seen


def test_an_animation_begins_at_the_cursor_or_the_start_and_ends_at_the_present(past):
    assert play_to_the_end(past) == [4, 6, 12] and past.cursor is None and past.shown is past.trainer
    assert play_to_the_end(past) == [0, 1, 2, 4, 6, 12] and past.cursor is None and past.shown is past.trainer


def test_a_long_training_is_played_in_at_most_sixty_pictures(few):
    lab = Lab(few, replace(SMALL, batch_size=None))
    for _ in range(130):
        lab.step()
    seen = play_to_the_end(lab)
    assert seen[0] == 0 and 40 <= len(seen) <= 60 and set(np.diff(seen)) == {3}


@pytest.mark.parametrize("verb", ["halt", "look_at_present", "run", "step", "continue_from_here", "reset", "look_at"])
def test_it_stops_for_whatever_else_is_done(past, verb):
    past.play()
    getattr(past, verb)(*past.timeline.snapshots[1 : 2 * (verb == "look_at")])
    assert not past.playing and (verb != "look_at" or past.shown.steps == 1)


def test_what_is_shown_moves_only_in_the_present_of_a_running_training(past):
    assert not past.moving
    past.run()
    assert past.moving
    past.look_at(past.timeline.snapshots[1])
    assert past.running and not past.moving


# The accuracy that is told


def test_the_accuracy_told_of_the_past_is_that_of_the_past(few, past):
    then = train_on(Lab(few, SMALL), 4)
    assert past.accuracy == then.trainer.evaluate(then.trainer.digits.validation).accuracy
    past.look_at_present()
    assert past.accuracy == past.trainer.history.evaluations.last("validation_accuracy")


def test_where_evaluating_takes_long_it_is_told_only_if_it_is_known(lab, monkeypatch):
    train_on(lab, 13).pause()
    monkeypatch.setattr("dashboard.core.lab.BEARABLE", 0.0)
    lab.look_at(lab.timeline.snapshots[3])
    assert lab.accuracy is None
    lab.look_at(lab.timeline.snapshots[4])
    assert lab.accuracy == lab.cursor.evaluation.accuracy


class TooLittleMemory:
    """In place of a class or function that needs some."""

    def __init__(self, *_, **__):
        raise MemoryError


def state(lab):
    run = lab.trainer, lab.trainer.recipe, lab.trainer.learning_rate, lab.trainer.optimizer, lab.branch, lab.cursor
    return lab.recipe, lab.digits, lab.own_digits, lab.shown, lab.started_anew, *run, weights(lab).tobytes()


@pytest.mark.parametrize(
    ("verb", "fails_in"),
    [
        (lambda lab, digits: lab.reset(), "Recipe.trainer"),
        (lambda lab, digits: lab.start_again(0.5), "Recipe.trainer"),
        (lambda lab, digits: lab.change(replace(lab.recipe, hidden=(7,))), "Recipe.trainer"),
        (lambda lab, digits: lab.change(replace(lab.recipe, optimizer="adam", learning_rate=0.5)), "OPTIMIZERS"),
        (lambda lab, digits: lab.use(digits.inverted()), "Recipe.trainer"),
        (lambda lab, digits: lab.load(load(REFERENCE)), "Trainer.go_on_from"),
        (lambda lab, digits: lab.look_at(lab.timeline.snapshots[0]), "Trainer.twin"),
    ],
    ids=["reset", "start again", "change", "another optimizer", "other data", "load", "look at the past"],
)
def test_a_verb_that_fails_changes_nothing(lab, few, monkeypatch, verb, fails_in):
    train_on(lab, 2)
    before = state(lab)
    if fails_in == "OPTIMIZERS":
        monkeypatch.setitem(OPTIMIZERS, "adam", TooLittleMemory)
    else:
        owner = {"Recipe": Recipe, "Trainer": Trainer}[fails_in.split(".")[0]]
        monkeypatch.setattr(owner, fails_in.split(".")[1], TooLittleMemory)
    with pytest.raises(MemoryError):
        verb(lab, few)
    assert state(lab) == before


def test_other_data_and_back_with_the_digits_of_the_visitor(lab, few):
    train_on(lab, 2)
    own, trainer, others = lab.own_digits, lab.trainer, replace(few.centre_crop(8), digest="another")
    lab.use(others)
    lab.use(others)  # the click arrives twice
    assert lab.digits is others and lab.trainer.digits.image_shape == (8, 8) and not lab.trainer.steps
    assert lab.own_digits is not own and lab.own_digits.image_shape == (8, 8)
    (run,) = lab.earlier_runs.values()
    assert not run.comparable(lab.trainer)
    lab.bring_back(run.number)
    assert lab.digits is few and lab.trainer is trainer and lab.own_digits is own


def test_weights_of_other_data_say_so(few):
    lab = Lab(replace(few, digest="another", name="clothes"))
    lab.load(load(REFERENCE))
    assert "MNIST" in lab.started_anew and "clothes" in lab.started_anew
    lab = Lab(replace(few, digest=MNIST_DIGEST))
    lab.load(load(REFERENCE))
    assert "not on" not in lab.started_anew


def test_a_hidden_bug_outlasts_every_change_until_it_is_taken_out(lab):
    before, bug = lab.recipe, BUGS["opposite-sign"]
    lab.step()
    lab.hide(bug)
    assert lab.bug is bug and lab.trainer.steps == 0 and len(lab.earlier_runs) == 1
    for change in (
        lambda: lab.change(replace(lab.settings, hidden=(9,))),
        lambda: lab.change(replace(lab.settings, optimizer="adam", learning_rate=0.001)),
        lambda: lab.return_to(RECIPES["hidden-128"]),
        lambda: lab.begin(RECIPES["hidden-128"]),
        lab.reset,
    ):
        change()
        assert lab.bug is bug and isinstance(lab.trainer.loss, bug.wrong)
        lab.step()
    lab.take_bug_out()
    assert lab.bug is None and lab.recipe == before
    assert all(run.trainer.recipe == before for run in lab.earlier_runs.values())


def test_an_earlier_run_without_the_bug_brought_back_is_sound(lab):
    lab.step()
    before = lab.trainer.network.fingerprint
    lab.hide(BUGS["opposite-sign"])
    [run] = lab.earlier_runs.values()
    lab.bring_back(run.number)
    assert lab.bug is None and lab.trainer.network.fingerprint == before
