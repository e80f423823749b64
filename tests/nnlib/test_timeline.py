"""The timeline: when snapshots are taken, that training continues from them exactly, and that memory stays bounded."""

from dataclasses import replace

import numpy as np
import pytest

from nnlib import trainer as trainer_module
from nnlib.checkpoints import TrainerState
from nnlib.evaluation import Evaluation
from nnlib.history import History
from nnlib.recipes import RECIPES, Recipe
from nnlib.timeline import MOST_BYTES, Timeline
from nnlib.trainer import Trainer
from tests.nnlib.training import steps

PLAIN = Recipe(hidden=(8,), batch_size=32)  # 300 examples: ten mini-batches an epoch
CNN = replace(RECIPES["cnn-32-64-128"], convolutions=(4, 4), hidden=(8,), batch_size=32)
EXACT = {
    "sgd": PLAIN,
    "momentum": replace(PLAIN, optimizer="momentum", learning_rate=0.05),
    "adam, L2, a schedule": replace(PLAIN, optimizer="adam", learning_rate=0.01, l2=1e-3, schedule="cosine"),
    "dropout": replace(PLAIN, hidden=(8, 8), dropout=0.4),
    "augmentation": replace(PLAIN, shift=2, rotation=10.0, zoom=0.1),
    "full batch in blocks, dropout, moved digits": replace(PLAIN, batch_size=None, dropout=0.3, shift=2, rotation=10.0),
    "convolutions": CNN,
}


def trained(recipe, digits, n, **options):
    trainer = recipe.trainer(digits, timeline=Timeline(**options))
    steps(trainer, n)
    return trainer


def taken(trainer):
    return [snapshot.steps for snapshot in trainer.timeline.snapshots]


def bits(trainer):
    """Everything that training changes, except the length of the history."""
    tables = trainer.history.batches, trainer.history.evaluations
    return (
        trainer.network.parameters.tobytes(),
        [(name, np.asarray(value).tobytes()) for name, value in trainer.optimizer.state().items()],
        str([trainer.sampler.generator.bit_generator.state, trainer.network.generator.bit_generator.state]),
        [(name, table[name].tobytes()) for table in tables for name in table],
        (trainer.epochs, trainer.batch, trainer.steps, trainer.position, trainer.evaluating),
    )


class TestWhenSnapshotsAreTaken:
    def test_at_every_epochs_end_and_in_the_first_epoch_after_powers_of_two(self, few):
        trainer = trained(PLAIN, few, 35)
        assert taken(trainer) == [0, 1, 2, 4, 8, 10, 20, 30]
        positions = [0, 32 / 300, 64 / 300, 128 / 300, 256 / 300, 1, 2, 3]
        assert [snapshot.position for snapshot in trainer.timeline.snapshots] == positions

    def test_every_step_of_a_full_batch_is_an_epochs_end(self, few):
        assert taken(trained(replace(PLAIN, batch_size=None), few, 5)) == [0, 1, 2, 3, 4, 5]

    def test_a_run_in_slices_takes_the_same(self, few):
        trainer = PLAIN.trainer(few, timeline=Timeline())
        while trainer.steps < 35:
            list(trainer.run(seconds=0))
        assert taken(trainer) == [0, 1, 2, 4, 8, 10, 20, 30]

    @pytest.mark.parametrize(("timeline", "copied"), [(None, [0, 10]), (Timeline(), [0, 1, 2, 4, 8, 10])])
    def test_nothing_is_copied_twice_or_but_for_the_last_good_state(self, few, monkeypatch, timeline, copied):
        states, original = [], Trainer.state
        monkeypatch.setattr(Trainer, "state", lambda self: states.append(self.steps) or original(self))
        steps(PLAIN.trainer(few, timeline=timeline), 12)
        assert states == copied

    def test_a_timeline_changes_no_bit_of_the_training(self, few):
        with_one, without = trained(EXACT["dropout"], few, 25), EXACT["dropout"].trainer(few)
        steps(without, 25)
        assert bits(with_one) == bits(without)


class TestWhatASnapshotHolds:
    def test_the_weights_of_its_step_whatever_comes_later(self, few):
        trainer, seen = PLAIN.trainer(few, timeline=Timeline()), {}
        for step in range(25):
            seen[step] = trainer.network.parameters.copy()
            trainer.step()
        for snapshot in trainer.timeline.snapshots:
            np.testing.assert_array_equal(snapshot.state.parameters, seen[snapshot.steps])

    def test_the_evaluation_that_the_trainer_made_at_an_epochs_end(self, few):
        trainer = trained(PLAIN, few, 25)
        table = trainer.history.evaluations
        whole = [snapshot for snapshot in trainer.timeline.snapshots if snapshot.position in (0, 1, 2)]
        for row, snapshot in enumerate(whole):
            fresh = trainer.twin(snapshot.state).evaluate(trainer.digits.validation)
            np.testing.assert_array_equal(snapshot.evaluation.scores, fresh.scores)
            np.testing.assert_array_equal(snapshot.evaluation.predicted, fresh.predicted)
            assert table["validation_loss"][row] == np.float32(fresh.loss) == np.float32(snapshot.evaluation.loss)
        between = [snapshot for snapshot in trainer.timeline.snapshots if snapshot not in whole]
        assert [snapshot.steps for snapshot in between] == [1, 2, 4, 8]
        assert all(snapshot.evaluation is None for snapshot in between)

    def test_an_evaluation_asked_for_at_a_snapshot_is_kept_with_it_and_in_its_history(self, few):
        trainer = trained(PLAIN, few, 4)
        trainer.evaluate_now()
        snapshot = trainer.timeline.snapshots[-1]
        assert snapshot.steps == 4 and snapshot.evaluation is not None
        assert trainer.twin(snapshot.state).history.lengths()[:2] == (4, 2)

    def test_an_evaluation_between_snapshots_is_nobodys(self, few):
        trainer = trained(PLAIN, few, 5)
        trainer.evaluate_now()
        assert taken(trainer) == [0, 1, 2, 4] and trainer.timeline.snapshots[-1].evaluation is None


class TestTwin:
    @pytest.fixture(params=EXACT)
    def recipe(self, request):
        return EXACT[request.param]

    def test_it_takes_the_very_steps_the_original_took(self, recipe, few):
        trainer, original = recipe.trainer(few, timeline=Timeline()), {}
        for step in range(1, 24):
            trainer.step()
            original[step] = bits(trainer)
        assert recipe.batch_size or trainer.network.examples_per_block < 300
        assert len(trainer.timeline.snapshots) >= 7
        ends = [*taken(trainer)[1:], 23]  # from each snapshot to the next
        for snapshot, end in zip(trainer.timeline.snapshots, ends, strict=True):
            twin = trainer.twin(snapshot.state)
            assert (twin.steps, twin.position) == (snapshot.steps, snapshot.position)
            assert len(twin.history.batches) == snapshot.steps
            steps(twin, end - twin.steps)
            assert bits(twin) == original[end]
        assert bits(trainer) == original[23]

    def test_from_within_an_epoch_or_an_evaluation(self, few):
        trainer = trained(replace(PLAIN, dropout=0.2), few, 13)
        middle = trainer.state()
        while not trainer.evaluating:
            list(trainer.run(seconds=0))
        end = trainer.state()
        steps(trainer, 4)
        for state in (middle, end):
            twin = trainer.twin(state)
            steps(twin, trainer.steps - twin.steps)
            assert bits(twin) == bits(trainer)

    def test_original_and_twin_have_nothing_in_common_that_changes(self, few):
        trainer = trained(EXACT["dropout"], few, 12)
        snapshot = trainer.timeline.snapshots[3]
        twin, before = trainer.twin(snapshot.state), bits(trainer)
        steps(twin, 5)
        twin.learning_rate, twin.batch_size = 0.7, 7
        twin.adjust(replace(PLAIN, dropout=0.9))
        assert bits(trainer) == before and trainer.learning_rate == 0.1 and trainer.batch_size == 32
        assert [layer.rate for layer in trainer.network.layers if hasattr(layer, "rate")] == [0.4, 0.4]
        assert twin.timeline is None and taken(trainer) == [0, 1, 2, 4, 8, 10]

    def test_it_has_the_present_settings(self, few):
        trainer = trained(replace(PLAIN, optimizer="momentum"), few, 3)
        changed = replace(trainer.recipe, learning_rate=0.3, batch_size=10, l2=0.1, momentum=0.2, dropout=0.5, shift=1)
        trainer.adjust(changed)
        twin = trainer.twin(trainer.timeline.snapshots[1].state)
        assert (twin.learning_rate, twin.batch_size, twin.l2, twin.optimizer.momentum) == (0.3, 10, 0.1, 0.2)
        assert twin.sampler.augmentation.shift == 1 and twin.network.draws_masks

    def test_nothing_is_evaluated(self, few, monkeypatch):
        trainer = trained(PLAIN, few, 23)

        def refuse(*_):
            raise AssertionError("evaluated")

        monkeypatch.setattr(trainer_module, "evaluating_checkpoint", refuse)
        for snapshot in trainer.timeline.snapshots:
            trainer.twin(snapshot.state)

    def test_where_a_twin_would_go_back_to_never_lies_ahead_of_it(self, few):
        trainer = trained(PLAIN, few, 23)
        for snapshot in trainer.timeline.snapshots:
            assert trainer.twin(snapshot.state).last_good.history <= snapshot.state.history


class TestChangesOfTheHistory:
    def test_going_back_forgets_what_lies_ahead(self, few):
        trainer = trained(PLAIN, few, 35)
        trainer.restore(trainer.timeline.snapshots[4].state)
        assert taken(trainer) == [0, 1, 2, 4, 8]
        steps(trainer, 14)
        assert taken(trainer) == [0, 1, 2, 4, 8, 10, 20]
        assert bits(trainer) == bits(trained(PLAIN, few, 22))

    def test_going_back_to_a_state_between_two_snapshots(self, few):
        trainer = trained(PLAIN, few, 13)
        state = trainer.state()
        steps(trainer, 20)
        trainer.restore(state)
        assert taken(trainer) == [0, 1, 2, 4, 8, 10]

    def test_weights_from_elsewhere_begin_a_new_one(self, few):
        trainer = trained(PLAIN, few, 13)
        trainer.go_on_from(np.ones_like(trainer.network.parameters), epochs=5)
        (snapshot,) = trainer.timeline.snapshots
        assert (snapshot.steps, snapshot.position) == (50, 5) and (snapshot.state.parameters == 1).all()
        assert snapshot.evaluation.loss == pytest.approx(trainer.history.evaluations.last("validation_loss"))
        trainer.step()
        assert taken(trainer) == [50], "only a first epoch is watched more closely"
        twin = trainer.twin(snapshot.state)
        assert twin.steps == 50
        twin.step()
        assert bits(twin) == bits(trainer)

    @pytest.mark.parametrize("before", [0, 5, 10])
    def test_a_step_on_examples_of_ones_choice_is_a_snapshot_of_its_own(self, few, before):
        trainer = trained(PLAIN, few, before)
        trainer.learn_from(few.train.images[:3], few.train.labels[:3])
        snapshot = trainer.timeline.snapshots[-1]
        assert snapshot.steps == before + 1
        np.testing.assert_array_equal(snapshot.state.parameters, trainer.network.parameters)
        trainer.step()
        assert snapshot.evaluation is not None
        twin = trainer.twin(snapshot.state)
        twin.step()
        assert bits(twin) == bits(trainer)


class Pretended:
    """A stand-in for a trainer, as seen by a timeline: states of any size, epoch by epoch."""

    def __init__(self, parameters, averages, validation, outputs=10):
        self.sizes, self.validation = (parameters, averages), (outputs, validation)
        self.epochs = self.batch = self.steps = 0
        self.position, self.history, self.order = 0.0, History(), None

    def state(self):
        parameters, averages = self.sizes
        optimizer = {"updates": self.steps} | {f"a{n}": np.zeros(parameters, np.float32) for n in range(averages)}
        weights = np.zeros(parameters, np.float32)
        return TrainerState(weights, optimizer, self.epochs, 0, self.batch, self.order, ({}, {}), (self.steps, 0))

    def evaluation(self):
        outputs, n = self.validation
        each = (np.zeros((outputs, n), np.float32), np.zeros(n, np.float32), np.zeros(n, np.uint8))
        return Evaluation(0.0, 0.0, *each, np.zeros(n, np.uint8))

    def go_to(self, position):
        self.steps += 1
        self.position = position


NETWORKS = {  # parameters and running averages
    "cnn-32-64-128": (225_034, 2),
    "fnn-784-784-10-10": (784 * 784 + 784 + 7_850 + 110, 2),
    "hidden-128": (101_770, 0),
}


def really_held(timeline):
    """Bytes of all arrays reachable from the snapshots, each counted once, without the labels of the data set."""
    arrays = {}
    for snapshot in timeline.snapshots:
        state = snapshot.state
        found = [state.parameters, state.order, *state.optimizer.values()]
        if snapshot.evaluation:
            found += [value for name, value in vars(snapshot.evaluation).items() if name != "labels"]
        arrays |= {id(each): each.nbytes for each in found if isinstance(each, np.ndarray)}
    return sum(arrays.values())


def thinned(positions, room, stays=()):
    """The rule applied naively: which of the snapshots, added one by one, remain."""
    kept = []
    for position in positions:
        kept.append(position)
        while len(kept) > room:
            inner = [each for each in kept[1:-1] if each not in stays]
            gaps = {each: kept[kept.index(each) + 1] - kept[kept.index(each) - 1] for each in inner}
            kept.remove(max(each for each in inner if gaps[each] == min(gaps.values())))
    return kept


class TestMemory:
    @pytest.mark.parametrize("name", NETWORKS)
    def test_the_pretended_states_are_as_large_as_real_ones(self, name, digits):
        trainer = RECIPES[name].trainer(digits.take(10), timeline=Timeline())
        pretended = Pretended(*NETWORKS[name], validation=5_000)
        timeline = Timeline()
        timeline.add(pretended, pretended.evaluation())
        assert really_held(timeline) == really_held(trainer.timeline) == timeline.nbytes == trainer.timeline.nbytes

    @pytest.mark.parametrize("name", NETWORKS)
    def test_the_bound_holds_after_any_number_of_epochs(self, name):
        trainer, timeline = Pretended(*NETWORKS[name], validation=5_000), Timeline()
        trainer.order = np.zeros(55_000, np.int32)  # of the first epoch
        positions = [0.0, *(2**n / 860 for n in range(10)), *map(float, range(1, 201))]
        for position in positions:
            if position == 1:
                trainer.order = None
            trainer.go_to(position)
            added = timeline.add(trainer, None if 0 < position < 1 else trainer.evaluation())
            assert really_held(timeline) == timeline.nbytes <= MOST_BYTES
            assert timeline.snapshots[0].position == 0 and timeline.snapshots[-1] is added
        assert timeline.nbytes > MOST_BYTES - 2 * added.nbytes, "the memory is made use of"

    def test_later_evaluations_count_too(self):
        trainer = Pretended(1_000, 0, validation=5_000)
        timeline = Timeline(most_bytes=20 * 4_000)
        for epoch in range(30):
            trainer.go_to(float(epoch))
            timeline.add(trainer)
        assert len(timeline.snapshots) == 20
        first = timeline.snapshots[0]
        timeline.keep_evaluation(first, replace(trainer.evaluation(), scores=np.zeros((1, 5_000), np.float32)))
        assert timeline.nbytes <= timeline.most_bytes and timeline.snapshots[0] is first
        assert len(timeline.snapshots) == 20 - 12, "45,000 bytes: eleven snapshots of 4,000, and a bit of the next"

    @pytest.mark.parametrize("room", [3, 4, 9, 20])
    def test_the_rule_is_what_is_said(self, room):
        positions = [0.0, *(2**n / 1024 for n in range(10)), *map(float, range(1, 60)), 60.25, 60.5, 60.75]
        trainer, timeline = Pretended(1_000, 0, validation=0), Timeline(most_bytes=room * 4_000)
        for count, position in enumerate(positions, 1):
            trainer.go_to(position)
            timeline.add(trainer)
            assert [snapshot.position for snapshot in timeline.snapshots] == thinned(positions[:count], room)

    def test_the_one_looked_at_stays(self):
        trainer, timeline = Pretended(100, 0, validation=0), Timeline(most_bytes=6 * 400)
        for epoch in range(200):
            trainer.go_to(float(epoch))
            timeline.add(trainer)
            if epoch == 3:
                timeline.looked_at = timeline.snapshots[3]
        assert [snapshot.position for snapshot in timeline.snapshots] == thinned(
            map(float, range(200)), 6, stays=(3.0,)
        )
        assert timeline.looked_at in timeline.snapshots

    @pytest.mark.parametrize(("room", "left"), [(2.5, [0, 9]), (1.5, [9]), (0.5, [])])
    def test_a_network_too_large_for_it_never_breaks_the_bound(self, room, left):
        trainer, timeline = Pretended(1_000, 0, validation=0), Timeline(most_bytes=int(room * 4_000))
        for epoch in range(10):
            trainer.go_to(float(epoch))
            timeline.add(trainer)
            assert timeline.nbytes <= timeline.most_bytes
        assert [snapshot.position for snapshot in timeline.snapshots] == left

    def test_a_real_training_stays_within_a_small_bound(self, few):
        trainer = trained(PLAIN, few, 100, most_bytes=300_000)
        assert really_held(trainer.timeline) <= 300_000
        snapshots = trainer.timeline.snapshots
        assert snapshots[0].steps == 0 and snapshots[-1].steps == 100 and 5 < len(snapshots) < 15
        for snapshot in snapshots:
            twin = trainer.twin(snapshot.state)
            steps(twin, 100 - twin.steps)
            assert bits(twin) == bits(trainer)


class TestBranches:
    def test_a_branch_shares_what_was_before_and_goes_its_own_way(self, few):
        trainer = trained(PLAIN, few, 35)
        snapshots = list(trainer.timeline.snapshots)
        branch = trainer.twin(snapshots[5].state)
        branch.timeline = trainer.timeline.branch(snapshots[5])
        assert branch.timeline.snapshots == snapshots[:6]
        steps(branch, 12)
        assert taken(branch) == [0, 1, 2, 4, 8, 10, 20] and taken(trainer) == [0, 1, 2, 4, 8, 10, 20, 30]
        assert branch.timeline.snapshots[:6] == snapshots[:6] and branch.timeline.snapshots[6] is not snapshots[6]
        np.testing.assert_array_equal(branch.timeline.snapshots[6].state.parameters, snapshots[6].state.parameters)

    @pytest.mark.parametrize("name", NETWORKS)
    def test_all_branches_together_stay_within_the_bound(self, name):
        trainer, timeline = Pretended(*NETWORKS[name], validation=5_000), Timeline()
        timelines, generator = [timeline], np.random.default_rng(0)
        for _ in range(4):
            for _ in range(40):
                trainer.go_to(trainer.position + 1)
                newest = timeline.add(trainer, trainer.evaluation())
                assert really_held_by(timelines) == timeline.nbytes <= MOST_BYTES
                assert timeline.snapshots[-1] is newest and all(each.snapshots[0].position == 1 for each in timelines)
            snapshot = timeline.snapshots[generator.integers(len(timeline.snapshots))]
            timelines.append(timeline := timeline.branch(snapshot))
            trainer.position, trainer.steps = snapshot.position, 1000 * len(timelines)
        assert len(timelines) == 5 and all(each.snapshots for each in timelines)

    def test_the_first_and_the_newest_of_every_branch_stay(self):
        trainer, timeline = Pretended(1_000, 0, validation=0), Timeline(most_bytes=8 * 4_000)
        ends = []
        for number in range(4):
            for _ in range(30):
                trainer.go_to(trainer.position + 1)
                newest = timeline.add(trainer)
            ends.append((timeline, newest))
            for each, end in ends:
                assert each.snapshots[0].position == 1 and each.snapshots[-1] is end
            snapshot = timeline.snapshots[1]
            timeline, trainer.position, trainer.steps = (
                timeline.branch(snapshot),
                snapshot.position,
                1000 * (number + 1),
            )

    def test_where_not_even_those_fit_the_branch_left_longest_ago_goes(self):
        trainer, timeline = Pretended(1_000, 0, validation=0), Timeline(most_bytes=4 * 4_000)
        timelines = []
        for number in range(5):
            timelines.append(timeline)
            for _ in range(5):
                trainer.go_to(trainer.position + 1)
                timeline.add(trainer)
                assert really_held_by(timelines) <= timeline.most_bytes
            snapshot = timeline.snapshots[0]
            timeline, trainer.position, trainer.steps = (
                timeline.branch(snapshot),
                snapshot.position,
                1000 * (number + 1),
            )
        assert [bool(each.snapshots) for each in timelines] == [False, False, True, True, True]

    def test_the_order_in_which_they_go_is_that_in_which_they_were_gone_on_last(self):
        trainer, first = Pretended(1_000, 0, validation=0), Timeline(most_bytes=3 * 4_000)
        trainer.go_to(0.0)
        start = first.add(trainer)
        timelines = [first, first.branch(start), first.branch(start)]
        first.go_on()
        for number, each in enumerate((*timelines[1:], first), 1):
            trainer.steps = 100 * number
            trainer.go_to(float(number))
            each.add(trainer)
        assert [len(each.snapshots) for each in timelines] == [2, 0, 2]

    def test_what_is_forgotten_takes_no_memory(self, few):
        trainer = trained(PLAIN, few, 12)
        branch = trainer.timeline.branch(trainer.timeline.snapshots[0])
        trainer.timeline.forget()
        assert branch.nbytes == branch.snapshots[0].nbytes == really_held(branch) and not trainer.timeline.snapshots


def really_held_by(timelines):
    together = Timeline()
    together.snapshots = [snapshot for timeline in timelines for snapshot in timeline.snapshots]
    return really_held(together)


def test_a_twin_of_another_branch_has_that_branchs_history_and_good_state(few):
    trainer = trained(PLAIN, few, 13)
    start = trainer.timeline.snapshots[0]
    other = trainer.twin(start.state)
    other.learning_rate = 0.01
    steps(other, 25)
    state, good = other.state(), other.last_good
    twin = trainer.twin(state, other.history, good)
    assert twin.last_good is good
    twin.learning_rate = 0.01
    assert bits(twin) == bits(other)
    for each in (twin, other):
        steps(each, 7)
    assert bits(twin) == bits(other)
    assert len(trainer.history.batches) == 13
