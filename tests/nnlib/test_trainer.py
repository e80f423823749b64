"""Training: repeatable bit for bit, resumable after any pause, fair to every example, float32, honest when it fails."""

import math
from dataclasses import replace
from time import perf_counter

import numpy as np
import pytest

from nnlib.checkpoints import DivergedError
from nnlib.datasets import Digits, Split
from nnlib.describe.network import matrices
from nnlib.losses import SoftmaxCrossEntropy
from nnlib.optimizers import OPTIMIZERS
from nnlib.recipes import RECIPES, Recipe
from nnlib.schedules import SCHEDULES
from tests.nnlib.training import steps

BUSY = Recipe(hidden=(16, 8), optimizer="adam", learning_rate=0.01, dropout=0.3, l2=1e-3, batch_size=32, epochs=4)
EXPLOSIVE = Recipe(hidden=(16,), learning_rate=1e10)


def fingerprint(trainer):
    """Every bit that training changes: weights, averages, generators, history."""
    history = trainer.history
    tables = history.batches, history.evaluations, history.updates, history.activity
    return (
        trainer.network.parameters.tobytes(),
        [(name, np.asarray(value).tobytes()) for name, value in trainer.optimizer.state().items()],
        str([trainer.sampler.generator.bit_generator.state, trainer.network.generator.bit_generator.state]),
        [(name, table[name].tobytes()) for table in tables for name in table],
        (trainer.epochs, trainer.batch, trainer.steps, trainer.position),
    )


def watch(network):
    """A list of copies of all training batches (inputs, m)."""
    entered, forward = [], network.forward

    def watched(X, training=True):
        if training:
            entered.append(X.copy())
        return forward(X, training)

    network.forward = watched
    return entered


def softmax_regression(W, b, images, labels):
    """Loss, dW and db of 784-10 on these digits, one example after the other, in float64 loops."""
    loss, dW, db = 0.0, np.zeros_like(W), np.zeros_like(b)
    for image, label in zip(images, labels, strict=True):
        x = image.astype(np.float64) / 255
        z = W @ x + b[:, 0]
        a = np.exp(z) / np.exp(z).sum()
        loss -= math.log(a[label])
        dz = a - np.eye(10)[label]
        dW += np.outer(dz, x)
        db[:, 0] += dz
    return loss / len(labels), dW / len(labels), db / len(labels)


class TestRepeatable:
    def test_the_same_seed_gives_the_same_bits(self, few):
        first, second = (BUSY.trainer(few, seed=7) for _ in range(2))
        assert steps(first, 25) == steps(second, 25)
        assert fingerprint(first) == fingerprint(second)

    def test_different_seeds_differ_in_weights_order_and_masks(self, few):
        first, second = (BUSY.trainer(few, seed=seed) for seed in (7, 8))
        assert not np.array_equal(first.network.parameters, second.network.parameters)
        assert first.sampler.generator.bit_generator.state != second.sampler.generator.bit_generator.state
        assert first.network.generator.bit_generator.state != second.network.generator.bit_generator.state

    def test_the_seed_given_replaces_the_recipes(self, few):
        trainer = BUSY.trainer(few, seed=7)
        assert trainer.recipe == replace(BUSY, seed=7)
        again = trainer.recipe.trainer(few)
        assert steps(trainer, 12) == steps(again, 12)
        assert fingerprint(trainer) == fingerprint(again)

    def test_the_global_random_state_plays_no_part(self, few):
        trainers = [BUSY.trainer(few) for _ in range(2)]
        for trainer, seed in zip(trainers, (1, 2), strict=True):
            np.random.seed(seed)  # noqa: NPY002
            before = np.random.get_state()[1].copy()  # noqa: NPY002
            steps(trainer, 25)
            assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002
        assert fingerprint(trainers[0]) == fingerprint(trainers[1])


class TestExactResume:
    """The same training, uninterrupted and with every kind of interruption: bit for bit the same result."""

    N = 37  # 300 examples in batches of 32 are 9 full ones and one of 12: 37 steps end in the fourth epoch

    @pytest.fixture(params=["adam", "rmsprop", "momentum", "sgd"])
    def recipe(self, request):
        return replace(BUSY, optimizer=request.param, schedule="cosine")

    @pytest.fixture
    def straight(self, recipe, few):
        trainer = recipe.trainer(few)
        steps(trainer, self.N)
        return trainer

    @pytest.mark.parametrize(("first", "epochs", "batch"), [(4, 0, 4), (10, 1, 0)])
    def test_back_twice_to_the_same_state(self, recipe, few, straight, first, epochs, batch):
        trainer = recipe.trainer(few)
        steps(trainer, first)
        state = trainer.state()
        for n in (3, 21):
            steps(trainer, n)
            trainer.restore(state)
            assert (trainer.epochs, trainer.batch) == (epochs, batch)
            assert trainer.steps == len(trainer.history.batches) == first
        steps(trainer, self.N - first)
        assert fingerprint(trainer) == fingerprint(straight)

    def test_in_slices_of_time(self, recipe, few, straight):
        trainer = recipe.trainer(few)
        while trainer.steps < self.N:
            for _ in trainer.run(seconds=0.002):
                if trainer.steps == self.N:
                    break
        assert fingerprint(trainer) == fingerprint(straight)

    def test_looking_in_between(self, recipe, few, straight):
        trainer = recipe.trainer(few)
        for _ in range(self.N):
            trainer.step()
            matrices(trainer.network, trainer.loss)
            trainer.dry_run(few.validation.images[:5], few.validation.labels[:5])
            trainer.evaluate(few.test)
            trainer.state()
        assert fingerprint(trainer) == fingerprint(straight)

    def test_evaluating_in_between(self, recipe, few, straight):
        """That adds to the history, and to nothing else."""
        trainer = recipe.trainer(few)
        for _ in range(self.N):
            trainer.step()
            trainer.evaluate_now()
        theirs, ours = fingerprint(straight), fingerprint(trainer)
        assert theirs[:3] == ours[:3] and theirs[4] == ours[4]
        assert trainer.history.batches["loss"].tolist() == straight.history.batches["loss"].tolist()
        assert len(trainer.history.evaluations) == self.N + 1

    def test_epochs_are_steps(self, recipe, few, straight):
        trainer = recipe.trainer(few)
        steps(trainer, 3)
        last = trainer.epoch()
        assert (last.epoch, last.batch, last.batches, trainer.position) == (1, 10, 10, 1.0)
        trainer.epoch()
        trainer.epoch()
        steps(trainer, 7)
        assert fingerprint(trainer) == fingerprint(straight)

    def test_a_state_does_not_change(self, few):
        trainer = BUSY.trainer(few)
        steps(trainer, 5)
        state = trainer.state()
        arrays = [state.parameters, state.order, *(v for v in state.optimizer.values() if isinstance(v, np.ndarray))]
        before, generators = [array.copy() for array in arrays], str(state.generators)
        steps(trainer, 30)
        trainer.restore(state)
        steps(trainer, 30)
        assert all(np.array_equal(*pair) for pair in zip(arrays, before, strict=True))
        assert str(state.generators) == generators


class TestAnotherOptimizer:
    """It may change at any step: the weights stay, and what the optimizer remembers begins anew."""

    MOMENTUM = replace(BUSY, optimizer="momentum", learning_rate=0.1)

    def test_the_weights_stay_and_its_state_is_fresh(self, few):
        trainer = BUSY.trainer(few)
        steps(trainer, 7)
        before, history = trainer.network.parameters.copy(), trainer.history.lengths()
        trainer.adjust(self.MOMENTUM)
        np.testing.assert_array_equal(trainer.network.parameters, before)
        optimizer = trainer.optimizer
        assert type(optimizer) is OPTIMIZERS["momentum"] and np.shares_memory(
            optimizer.parameters, trainer.network.parameters
        )
        assert optimizer.updates == 0 and not optimizer.velocity.any() and optimizer.momentum == BUSY.momentum
        assert trainer.history.lengths() == history and trainer.steps == 7
        dry = trainer.dry_run(*trainer.sampler.next_batch())
        np.testing.assert_allclose(dry.after - before, -0.1 * dry.gradient, atol=1e-6)  # the first step of all
        trainer.adjust(replace(self.MOMENTUM, momentum=0.5))
        assert trainer.optimizer is optimizer and optimizer.momentum == 0.5

    @pytest.mark.parametrize("other", sorted(OPTIMIZERS))
    def test_a_state_of_the_one_before_is_restored_exactly(self, few, other):
        straight, trainer = (self.MOMENTUM.trainer(few) for _ in range(2))
        steps(straight, 12)
        steps(trainer, 5)
        state = trainer.state()
        trainer.adjust(replace(BUSY, optimizer=other))
        steps(trainer, 9)
        trainer.adjust(self.MOMENTUM)
        trainer.restore(state)
        steps(trainer, 7)
        assert fingerprint(trainer) == fingerprint(straight)

    def test_under_another_optimizer_a_state_gives_the_weights_only(self, few):
        trainer = BUSY.trainer(few)
        steps(trainer, 5)
        state = trainer.state()
        steps(trainer, 3)
        trainer.adjust(self.MOMENTUM)
        steps(trainer, 3)
        for again in (trainer.twin(state), trainer):
            again.restore(state)
            np.testing.assert_array_equal(again.network.parameters, state.parameters)
            assert again.optimizer.updates == 0 and not again.optimizer.velocity.any()
        own = trainer.twin(state, recipe=BUSY)
        assert own.optimizer.updates == 5
        np.testing.assert_array_equal(own.optimizer.square, state.optimizer["square"])

    def test_the_history_says_which_settings_each_step_was_taken_with(self, few):
        trainer = BUSY.trainer(few)
        steps(trainer, 3)
        state = trainer.state()
        steps(trainer, 2)
        trainer.adjust(replace(BUSY, l2=0.5))
        trainer.adjust(self.MOMENTUM)
        steps(trainer, 2)
        assert trainer.history.recipes == [(0, BUSY), (5, self.MOMENTUM)]
        assert trainer.twin(state).history.recipes == [(0, BUSY)]
        trainer.restore(state)
        steps(trainer, 1)
        assert trainer.history.recipes == [(0, BUSY), (3, self.MOMENTUM)]


class TestEveryExample:
    """In `numbered`, only pixel i is lit in example i: the inputs identify the examples."""

    @pytest.fixture
    def watched(self, numbered):
        """A trainer and its training batches so far."""
        trainer = Recipe(hidden=(4,), batch_size=5).trainer(numbered)
        return trainer, watch(trainer.network)

    def examples(self, batches):
        """Which examples these are, in their order."""
        X = np.hstack(batches)
        assert (X.sum(axis=0) == 1).all()
        return X.argmax(axis=0).tolist()

    def test_once_an_epoch_in_a_new_order_with_a_last_partial_batch(self, watched):
        trainer, batches = watched
        orders = {tuple(range(23))}
        for _ in range(3):
            batches.clear()
            trainer.epoch()
            assert [X.shape[1] for X in batches] == [5, 5, 5, 5, 3]
            assert sorted(self.examples(batches)) == list(range(23))
            orders.add(tuple(self.examples(batches)))
        assert len(orders) == 4

    def test_once_an_epoch_when_the_batch_size_changes_on_the_way(self, watched):
        trainer, batches = watched
        for size in (5, 2, 23, 23, 7, None):
            trainer.batch_size = size
            trainer.step()
        assert [X.shape[1] for X in batches] == [5, 2, 16, 23, 7, 16]
        for epoch in (batches[:3], batches[3:4], batches[4:]):
            assert sorted(self.examples(epoch)) == list(range(23))
        assert trainer.epochs == 3

    @pytest.mark.parametrize(("size", "batches_per_epoch"), [(1, 23), (22, 2), (23, 1), (24, 1), (1000, 1), (None, 1)])
    def test_any_batch_size(self, watched, size, batches_per_epoch):
        trainer, batches = watched
        trainer.batch_size = size
        assert trainer.batches == batches_per_epoch
        result = trainer.epoch()
        assert result.batch == result.batches == len(batches) == batches_per_epoch
        assert sorted(self.examples(batches)) == list(range(23))

    def test_labels_go_with_their_images(self, watched, numbered):
        trainer, batches = watched
        for _ in range(5):
            trainer.step()
            assert trainer.loss.Y.argmax(axis=0).tolist() == numbered.train.labels[self.examples(batches[-1:])].tolist()

    def test_counting(self, watched):
        trainer, _ = watched
        results = steps(trainer, 7)
        assert [(r.epoch, r.batch, r.batches) for r in results] == [
            (1, 1, 5), (1, 2, 5), (1, 3, 5), (1, 4, 5), (1, 5, 5), (2, 1, 5), (2, 2, 5),
        ]  # fmt: skip
        assert (trainer.epochs, trainer.batch, trainer.batches, trainer.steps) == (1, 2, 5, 7)
        assert trainer.position == pytest.approx(1 + 10 / 23)
        trainer.batch_size = 1
        assert trainer.batches == 2 + 13


class TestAStep:
    def test_a_mini_batch_against_loops(self, few):
        trainer = Recipe(hidden=(), batch_size=None, learning_rate=0.5).trainer(few.take(40))
        layer = trainer.network.layers[0]
        W, b = layer.W.astype(np.float64), layer.b.astype(np.float64)
        loss, dW, db = softmax_regression(W, b, few.train.images[:40], few.train.labels[:40])
        result = trainer.step()
        assert result.loss == pytest.approx(loss, rel=1e-6)
        assert layer.dW == pytest.approx(dW, rel=1e-4, abs=1e-7) and layer.db == pytest.approx(db, rel=1e-4, abs=1e-7)
        assert pytest.approx(W - 0.5 * dW, rel=1e-5, abs=1e-6) == layer.W
        assert layer.b == pytest.approx(b - 0.5 * db, rel=1e-5, abs=1e-6)

    @pytest.mark.parametrize("batch_size", [None, 250])
    @pytest.mark.parametrize("hidden", [(), (10,)])
    def test_a_large_batch_is_the_sum_over_its_blocks(self, few, hidden, batch_size):
        """In blocks (the last one partial), at once, and by loops: the same gradient and the same loss."""
        trainer = Recipe(hidden=hidden, batch_size=batch_size, l2=0.01).trainer(few)
        first, m = trainer.network.weights()[0], batch_size or 300
        W, b, whole = first.W.astype(np.float64), first.b.astype(np.float64), trainer.network.astype(np.float64)
        entered = watch(trainer.network)
        result = trainer.step()
        sizes = [X.shape[1] for X in entered]
        assert len(sizes) > 1 and sum(sizes) == m and sizes[-1] < sizes[0]

        rows = trainer.state().order[:m] if batch_size else slice(None)
        images, labels = few.train.images[rows], few.train.labels[rows]
        loss = SoftmaxCrossEntropy()
        value = loss.forward(whole.forward(images.T / 255), loss.targets(labels, 10, np.float64))
        whole.backward(loss.backward())
        whole.add_penalty_gradient(0.01)
        assert result.loss == pytest.approx(value, rel=1e-6)
        assert result.accuracy == pytest.approx(np.mean(loss.A.argmax(axis=0) == labels), abs=1e-12)
        error = np.linalg.norm(trainer.network.gradients - whole.gradients)
        assert error < 1e-6 * np.linalg.norm(whole.gradients)
        if not hidden:
            value, dW, db = softmax_regression(W, b, images, labels)
            assert result.loss == pytest.approx(value, rel=1e-6)
            assert first.dW == pytest.approx(dW + 0.01 * W, rel=1e-4, abs=1e-7)
            assert first.db == pytest.approx(db, rel=1e-4, abs=1e-7)

    def test_loss_and_accuracy_are_those_before_the_update(self, few):
        trainer = Recipe(hidden=(8,), batch_size=None, l2=0.1).trainer(few)
        before = trainer.evaluate(few.train)
        result = trainer.step()
        assert result.loss == pytest.approx(before.loss, rel=1e-5)
        assert result.accuracy == pytest.approx(before.accuracy, abs=1e-12)
        assert trainer.evaluate(few.train).loss < before.loss

    @pytest.mark.parametrize("size", [1, 2])
    def test_one_or_two_examples_are_learned_by_heart(self, few, size):
        trainer = Recipe(hidden=(8,), training_size=size, batch_size=64).trainer(few)
        steps(trainer, 50)
        assert (trainer.n_examples, trainer.epochs, trainer.batch_size) == (size, 50, size)
        assert trainer.evaluate(trainer.digits.train).accuracy == 1

    @pytest.mark.parametrize("hidden", [(), (1,), (1, 1)])
    def test_the_smallest_networks_learn(self, few, hidden):
        trainer = Recipe(hidden=hidden, initializer="xavier", activation="tanh", batch_size=1).trainer(few)
        before = trainer.evaluate(few.train).loss
        for _ in range(3):
            trainer.epoch()
        assert trainer.evaluate(few.train).loss < before

    def test_real_digits_are_learned(self, digits):
        """One epoch of the first recipe: 55,000 digits. A network that cannot learn stays at 0.1; ours is past 0.9."""
        trainer = RECIPES["first-steps"].trainer(digits)
        trainer.epoch()
        assert trainer.history.evaluations.last("validation_accuracy") > 0.9


class TestWhatMayChange:
    @pytest.fixture
    def trainer(self, few):
        return Recipe(hidden=(8,), batch_size=20).trainer(few)

    def test_a_learning_rate_counts_from_the_next_step(self, trainer):
        steps(trainer, 3)
        for rate in (0.25, 0.001):
            before = trainer.network.parameters.copy()
            trainer.learning_rate = rate
            trainer.step()
            change = before - np.float32(rate) * trainer.network.gradients
            assert np.array_equal(trainer.network.parameters, change)
            assert trainer.history.batches.last("learning_rate") == np.float32(rate)

    @pytest.mark.parametrize("number", [int, np.float32, np.float64])
    def test_a_learning_rate_of_any_kind_leaves_float32(self, trainer, number):
        trainer.learning_rate = number(1)
        trainer.step()
        assert type(trainer.learning_rate) is float
        assert trainer.network.parameters.dtype == np.float32

    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("learning_rate", [0, -0.1, math.nan, math.inf]),
            ("batch_size", [0, -5]),
            ("l2", [-1e-9, math.nan, math.inf]),
        ],
    )
    def test_impossible_values_are_refused(self, trainer, name, values):
        before = getattr(trainer, name)
        for value in values:
            with pytest.raises(ValueError, match=f"must be .*, got {value}"):
                setattr(trainer, name, value)
            assert getattr(trainer, name) == before

    def test_l2_shrinks_the_weights(self, trainer, few):
        other = trainer.recipe.trainer(few)
        other.l2 = 0.1
        trainer.step()
        other.step()
        W0 = trainer.recipe.trainer(few).network.weights()[0].W
        ours, theirs = trainer.network.weights()[0], other.network.weights()[0]
        assert pytest.approx(ours.W - 0.1 * 0.1 * W0, rel=1e-4, abs=1e-6) == theirs.W  # learning rate times l2
        assert np.array_equal(theirs.b, ours.b)

    def test_a_recipe_adjusts_all_of_it(self, few):
        trainer = Recipe(hidden=(8, 8), optimizer="momentum", momentum=0.3).trainer(few)
        assert trainer.optimizer.momentum == 0.3
        steps(trainer, 2)
        parameters = trainer.network.parameters.copy()
        trainer.adjust(replace(trainer.recipe, learning_rate=0.02, batch_size=7, l2=0.5, dropout=0.25, momentum=0.5))
        assert (trainer.learning_rate, trainer.batch_size, trainer.l2) == (0.02, 7, 0.5)
        assert trainer.optimizer.momentum == 0.5
        assert [layer.rate for layer in trainer.network.layers if hasattr(layer, "rate")] == [0.25, 0.25]
        assert np.array_equal(trainer.network.parameters, parameters)
        velocity = trainer.optimizer.velocity.copy()
        assert trainer.step().batches == 2 + math.ceil((300 - 128) / 7)
        assert trainer.optimizer.velocity == pytest.approx(0.5 * velocity + trainer.network.gradients, rel=1e-6)

    def test_how_often_it_is_evaluated_changes_nothing_but_that(self, few):
        every, never = (Recipe(hidden=(8,), batch_size=100).trainer(few) for _ in range(2))
        never.evaluate_epochs = False
        for trainer in (every, never):
            steps(trainer, 15)
        assert [list(trainer.history.evaluations["epoch"]) for trainer in (every, never)] == [[0, 1, 2, 3, 4, 5], [0]]
        assert np.array_equal(never.network.parameters, every.network.parameters)


class TestSchedules:
    def test_the_rate_of_each_step_by_hand(self, few):
        """Three steps an epoch and two epochs planned: progress 0, 1/6, 2/6, ... 1, and on."""
        trainer = Recipe(hidden=(), schedule="cosine", epochs=2, batch_size=100).trainer(few)
        steps(trainer, 9)
        cosines = [1, 3**0.5 / 2, 1 / 2, 0, -1 / 2, -(3**0.5) / 2, -1, -1, -1]  # of 0°, 30°, 60°, ... 180°, and on
        expected = [0.1 * (0.01 + 0.99 * (1 + cosine) / 2) for cosine in cosines]
        assert trainer.history.batches["learning_rate"] == pytest.approx(expected, rel=1e-6)

    @pytest.mark.parametrize("schedule", SCHEDULES)
    def test_going_on_past_the_plan_never_jumps_back_up(self, few, schedule):
        trainer = Recipe(hidden=(), schedule=schedule, epochs=2, batch_size=50).trainer(few)
        for _ in range(6):
            trainer.epoch()
        rates = trainer.history.batches["learning_rate"]
        assert (np.diff(rates) <= 0).all()
        assert (rates[12:] == rates[-1]).all()

    def test_a_new_rate_is_multiplied_too(self, few):
        trainer = Recipe(hidden=(), schedule="step", epochs=2, batch_size=50).trainer(few)
        trainer.epoch()
        assert trainer.current_learning_rate == pytest.approx(0.1 * 0.1)
        trainer.learning_rate = 0.5
        assert trainer.current_learning_rate == pytest.approx(0.1 * 0.5)


class TestFloat32:
    @pytest.mark.parametrize("schedule", SCHEDULES)
    @pytest.mark.parametrize("optimizer", OPTIMIZERS)
    @pytest.mark.parametrize("loss", ["softmax-cross-entropy", "mean-squared-error"])
    def test_after_a_hundred_steps(self, few, optimizer, schedule, loss):
        recipe = replace(BUSY, optimizer=optimizer, schedule=schedule, learning_rate=0.001, loss=loss)
        trainer = recipe.trainer(few)
        trainer.learning_rate = np.float64(0.002)
        steps(trainer, 100)
        network = trainer.network
        vectors = [network.parameters, network.gradients]
        vectors += [getattr(trainer.optimizer, name) for name in trainer.optimizer.averages]
        vectors += [getattr(layer, name) for layer in network.layers for name in layer.computed]
        vectors += [trainer.loss.A, trainer.loss.Y, trainer.loss.dZ]
        vectors += [layer.W for layer in network.weights()] + [layer.db for layer in network.weights()]
        vectors += [matrix.value for matrix in trainer.dry_run(few.test.images, few.test.labels).matrices]
        vectors = [vector for vector in vectors if vector is not None]  # the first layer has no dA
        assert len(vectors) > 40
        assert {vector.dtype for vector in vectors} == {np.dtype(np.float32)}
        assert all(np.shares_memory(layer.W, network.parameters) for layer in network.weights())

    @pytest.mark.parametrize("recipe", ["binary-400-25-15-1", "simple-784-10-10"])
    def test_binary_and_full_batch(self, digits, recipe):
        trainer = replace(RECIPES[recipe], training_size=300).trainer(digits)
        steps(trainer, 20)
        assert trainer.network.parameters.dtype == trainer.network.gradients.dtype == np.float32


@pytest.mark.filterwarnings("error")
class TestDivergence:
    """With a learning rate of 1e10 the third step has no finite loss."""

    @pytest.fixture
    def diverged(self, few):
        """The trainer, its state just before the failing step, and the error."""
        trainer = EXPLOSIVE.trainer(few)
        with pytest.raises(DivergedError) as caught:
            while True:
                before = fingerprint(trainer)
                trainer.step()
        return trainer, before, caught.value

    def test_nothing_is_updated_until_somebody_goes_back(self, diverged):
        trainer, before, _ = diverged
        assert fingerprint(trainer) == before and trainer.steps > 0
        with pytest.raises(DivergedError):
            trainer.step()

    def test_the_error_says_where_and_carries_the_last_finite_state(self, diverged):
        trainer, _, error = diverged
        for term in (f"batch {trainer.batch + 1} in epoch 1", "not finite", "1e+10"):
            assert term in str(error)
        assert error.state is trainer.last_good
        assert np.isfinite(error.state.parameters).all()

    def test_going_back_with_a_smaller_rate_goes_on(self, diverged, few):
        trainer, _, error = diverged
        trainer.restore(error.state)
        trainer.learning_rate = 0.1
        fresh = replace(EXPLOSIVE, learning_rate=0.1).trainer(few)
        assert steps(trainer, 12) == steps(fresh, 12)
        assert trainer.history.lengths() == fresh.history.lengths()

    @pytest.mark.parametrize("loss", ["softmax-cross-entropy", "mean-squared-error"])
    @pytest.mark.parametrize("optimizer", OPTIMIZERS)
    @pytest.mark.parametrize("rate", [1e20, 1e38, 1e300])
    def test_any_explosion_ends_in_this_error_without_a_warning(self, few, optimizer, loss, rate):
        trainer = replace(EXPLOSIVE, optimizer=optimizer, loss=loss, learning_rate=rate).trainer(few)
        with pytest.raises(DivergedError) as caught:
            steps(trainer, 200)
        assert np.isfinite(caught.value.state.parameters).all()

    @pytest.mark.parametrize("settings", [{"l2": 1e10}, {"scale": 1e30}], ids=str)
    def test_a_large_penalty_and_large_first_weights_explode_too(self, few, settings):
        with pytest.raises(DivergedError) as caught:
            steps(Recipe(hidden=(8, 8), **settings).trainer(few), 200)
        assert np.isfinite(caught.value.state.parameters).all()

    def test_where_even_the_first_weights_are_infinite_there_is_no_better_state(self, few):
        trainer = Recipe(hidden=(8,), scale=1e39).trainer(few)
        with pytest.raises(DivergedError) as caught:
            trainer.step()
        assert caught.value.state is trainer.last_good and np.isinf(caught.value.state.parameters).any()

    def test_the_explosion_leaves_evaluation_and_matrices_working(self, diverged, few):
        trainer, _, _ = diverged
        assert not math.isfinite(trainer.evaluate(few.test).loss)
        assert len(matrices(trainer.network, trainer.loss)) == 17


class TestLastGood:
    """The state to go back to after an exploding loss."""

    def test_the_untrained_state_then_the_last_evaluation_while_the_loss_is_low(self, few):
        trainer = BUSY.trainer(few)
        assert np.array_equal(trainer.last_good.parameters, trainer.network.parameters)
        steps(trainer, 3)
        assert trainer.last_good.history[:2] == (0, 1)
        trainer.epoch()
        assert np.array_equal(trainer.last_good.parameters, trainer.network.parameters)
        assert trainer.last_good.history[:2] == (10, 2)

    def test_not_after_it_has_grown_by_half(self, few):
        trainer = Recipe(hidden=(16,)).trainer(few)
        trainer.epoch()
        good = trainer.last_good
        trainer.learning_rate = 100
        trainer.epoch()
        losses = trainer.history.evaluations["validation_loss"]
        assert losses[-1] > 1.5 * losses[:-1].min()
        assert trainer.last_good is good

    def test_going_back_before_it_takes_it_along(self, few):
        trainer = BUSY.trainer(few)
        steps(trainer, 4)
        state = trainer.state()
        steps(trainer, 20)
        trainer.restore(state)
        assert trainer.last_good is state

    @pytest.mark.filterwarnings("error")
    def test_a_state_that_is_not_finite_is_never_the_last_good_one(self, few):
        trainer = EXPLOSIVE.trainer(few)
        with pytest.raises(DivergedError):
            steps(trainer, 200)
        trainer.network.parameters[0] = np.inf
        trainer.restore(trainer.state())
        with pytest.raises(DivergedError) as caught:
            trainer.step()
        assert np.isfinite(caught.value.state.parameters).all()

    def test_nor_one_whose_infinite_weights_do_not_show(self, few):
        """A ReLU unit with a bias of minus infinity is silent, and the loss is finite."""
        trainer = Recipe(hidden=(16,)).trainer(few)
        steps(trainer, 2)
        trainer.network.layers[0].b[0] = -np.inf
        trainer.evaluate_now()
        assert math.isfinite(trainer.history.evaluations.last("validation_loss"))
        assert np.isfinite(trainer.last_good.parameters).all()


class TestHistory:
    def test_positions_and_columns(self, few):
        trainer = Recipe(hidden=(8,), batch_size=128).trainer(few)
        results = steps(trainer, 4)
        batches, evaluations = trainer.history.batches, trainer.history.evaluations
        assert batches["epoch"] == pytest.approx([128 / 300, 256 / 300, 1, 1 + 128 / 300], rel=1e-6)
        assert batches["loss"] == pytest.approx([result.loss for result in results], rel=1e-6)
        assert batches["accuracy"] == pytest.approx([result.accuracy for result in results], rel=1e-6)
        assert batches["learning_rate"] == pytest.approx([0.1] * 4, rel=1e-6)
        assert evaluations["epoch"].tolist() == [0, 1]

    def test_an_evaluation_is_that_of_the_weights_as_they_stand(self, few):
        trainer = Recipe(hidden=(8,), batch_size=128).trainer(few)
        trainer.epoch()
        for name, split in (("training", few.train), ("validation", few.validation)):
            now = trainer.evaluate(split)
            assert trainer.history.evaluations.last(f"{name}_loss") == np.float32(now.loss)
            assert trainer.history.evaluations.last(f"{name}_accuracy") == np.float32(now.accuracy)

    def test_evaluating_now_adds_one_point(self, few):
        trainer = Recipe(hidden=(8,), batch_size=128).trainer(few)
        trainer.evaluate_now()
        assert len(trainer.history.evaluations) == 1
        trainer.step()
        trainer.evaluate_now()
        trainer.evaluate_now()
        assert trainer.history.evaluations["epoch"] == pytest.approx([0, 128 / 300], rel=1e-6)

    def test_the_training_split_is_sampled(self, digits):
        """5,000 of the 55,000, which are balanced by class: the first 5,000."""
        trainer = Recipe(hidden=(1,)).trainer(digits)
        assert trainer.history.evaluations.last("training_loss") == np.float32(
            trainer.evaluate(digits.train.take(5000)).loss
        )


class TestTime:
    def test_at_least_one_batch(self, few):
        trainer = BUSY.trainer(few)
        assert len(list(trainer.run(seconds=0))) == 1 == trainer.steps

    def test_as_many_as_fit(self, few):
        trainer = BUSY.trainer(few)
        start = perf_counter()
        results = list(trainer.run(seconds=0.1))
        assert perf_counter() - start >= 0.1
        assert len(results) == trainer.steps > 1

    def test_nothing_runs_until_somebody_pulls(self, few):
        trainer = BUSY.trainer(few)
        run = trainer.run(seconds=10)
        assert trainer.steps == 0
        next(run)
        next(run)
        assert trainer.steps == 2
        run.close()
        trainer.step()
        assert trainer.steps == 3


class TestDryRun:
    def test_nothing_is_changed(self, few):
        trainer = BUSY.trainer(few)
        steps(trainer, 3)
        before = fingerprint(trainer)
        gradients, Z = trainer.network.gradients.copy(), trainer.network.layers[0].Z.copy()
        trainer.dry_run(few.test.images[:9], few.test.labels[:9])
        assert fingerprint(trainer) == before
        assert np.array_equal(trainer.network.gradients, gradients)
        assert np.array_equal(trainer.network.layers[0].Z, Z)


def test_fashion_like_data_with_other_shapes_and_classes():
    """Nothing is tied to 784 pixels and 10 classes."""
    random = np.random.default_rng(0)
    labels = (np.arange(60) % 7).astype(np.uint8)
    images = (labels[:, None] * 30 + random.integers(0, 20, (60, 12))).astype(np.uint8)
    split = Split(images, labels, np.arange(60, dtype=np.int32))
    digits = Digits(split, split, split, (3, 4), tuple("abcdefg"), "toy")
    trainer = Recipe(hidden=(30,), optimizer="adam", learning_rate=0.01, batch_size=8).trainer(digits)
    for _ in range(60):
        trainer.epoch()
    assert trainer.evaluate(split).accuracy > 0.9


class TestGoingOnFromOtherWeights:
    """Weights that were trained elsewhere."""

    RECIPE = Recipe(hidden=(8,), batch_size=100)

    @pytest.fixture
    def adopted(self, few):
        elsewhere, trainer = self.RECIPE.trainer(few), self.RECIPE.trainer(few, seed=5)
        for _ in range(2):
            elsewhere.epoch()
        trainer.step()  # whatever it did before is forgotten
        trainer.go_on_from(elsewhere.network.parameters, epochs=2)
        return elsewhere, trainer

    def test_it_stands_where_the_other_ended(self, adopted):
        elsewhere, trainer = adopted
        assert (trainer.position, trainer.batch, trainer.steps) == (2.0, 0, elsewhere.steps)
        assert len(trainer.history.batches) == 0 and len(trainer.history.evaluations) == 1
        for name in ("epoch", "validation_loss", "validation_accuracy"):
            assert trainer.history.evaluations.last(name) == elsewhere.history.evaluations.last(name)

    def test_what_comes_later_leaves_the_other_alone(self, adopted):
        elsewhere, trainer = adopted
        before = elsewhere.network.parameters.copy()
        result = trainer.step()
        assert result.epoch == 3 and trainer.steps == elsewhere.steps + 1
        np.testing.assert_array_equal(elsewhere.network.parameters, before)

    def test_it_can_go_back_to_them(self, adopted):
        elsewhere, trainer = adopted
        trainer.step()
        trainer.restore(trainer.last_good)
        np.testing.assert_array_equal(trainer.network.parameters, elsewhere.network.parameters)
        assert (trainer.position, trainer.steps) == (2.0, elsewhere.steps)


def rms(values):
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))


class TestSizesOfUpdates:
    @pytest.mark.parametrize("threads", [1, 2])
    @pytest.mark.parametrize("optimizer", OPTIMIZERS)
    def test_they_are_those_of_the_step(self, few, optimizer, threads, monkeypatch):
        monkeypatch.setattr("nnlib.workers.WORTH_SHARING_UPDATE", 1)  # with two threads, both update
        trainer = replace(BUSY, optimizer=optimizer).trainer(few)
        trainer.threads = threads
        for row in range(2):  # steps 1 and 2
            before = [layer.W.copy() for layer in trainer.network.weights()]
            trainer.step()
            table = trainer.history.updates
            for layer, W in enumerate(before):
                now, at = trainer.network.weights()[layer], 3 * row + layer
                assert table["layer"][at] == layer + 1
                assert table["epoch"][at] == np.float32(trainer.position)
                assert table["weight"][at] == pytest.approx(rms(W), rel=1e-5)
                assert table["update"][at] == pytest.approx(rms(now.W - W), rel=1e-5)
                assert table["gradient"][at] == pytest.approx(rms(now.dW), rel=1e-5)  # the penalty's part included

    def test_the_share_of_inactive_units_stands_beside_every_evaluation(self, few):
        trainer = replace(BUSY, hidden=(10, 8)).trainer(few)
        trainer.network.weights()[0].b[:3] = -1e3  # nothing lifts these above zero
        trainer.network.weights()[1].W[...] = 0
        trainer.network.weights()[1].b[:, 0] = [1, 1, 1, 1, 1, 1, 1, -1]
        trainer.intervene(type("Nothing", (), {"change": lambda self, network: None})())
        table = trainer.history.activity
        assert table["layer"].tolist() == [1, 2, 1, 2] and table["epoch"].tolist() == [0, 0, 0, 0]
        assert table["inactive"][2:].tolist() == pytest.approx([0.3, 0.125])
