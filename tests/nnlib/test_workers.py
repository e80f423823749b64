"""Blocks of a large batch: shared among threads, paused between any two, with the same training result."""

from dataclasses import replace

import numpy as np
import pytest

from nnlib.checkpoints import DivergedError
from nnlib.describe.network import matrices
from nnlib.losses import SoftmaxCrossEntropy
from nnlib.recipes import RECIPES, Recipe
from nnlib.scaling import UNIT
from nnlib.workers import Workers

LARGE = Recipe(hidden=(10,), optimizer="adam", learning_rate=0.01, dropout=0.3, l2=1e-3, batch_size=None)


@pytest.fixture(scope="module")
def few(digits, few):
    """Enough for three blocks, the last one partial."""
    block = LARGE.network(few.n_inputs, few.n_classes).examples_per_block
    return replace(few, train=digits.train.take(2 * block + block // 3))


def trained(few, recipe=LARGE, steps=6, threads=1):
    trainer = recipe.trainer(few)
    trainer.threads = threads
    for _ in range(steps):
        trainer.step()
    return trainer


def same(one, other):
    """Weights, averages, generators and the history of every batch and every evaluation, bit for bit."""
    ours, theirs = one.state(), other.state()
    assert ours.parameters.tobytes() == theirs.parameters.tobytes()
    for name in ours.optimizer:
        assert np.array_equal(ours.optimizer[name], theirs.optimizer[name])
    assert ours.generators == theirs.generators
    for table in ("batches", "evaluations"):
        ours, theirs = getattr(one.history, table), getattr(other.history, table)
        assert all(ours[name].tobytes() == theirs[name].tobytes() for name in ours)


class TestThreads:
    @pytest.mark.parametrize("threads", [2, 3, 5])
    def test_they_compute_what_one_computes(self, few, threads):
        """The same blocks with the same masks; only the order of the sum, and so the last digits, may differ."""
        one, several = trained(few), trained(few, threads=threads)
        assert len(several.workers) == several.threads == threads
        assert several.history.batches["loss"] == pytest.approx(one.history.batches["loss"], rel=1e-5)
        np.testing.assert_allclose(several.network.parameters, one.network.parameters, rtol=1e-3, atol=1e-5)

    @pytest.mark.parametrize("threads", [2, 3])
    def test_the_same_number_of_threads_gives_the_same_bits(self, few, threads):
        same(trained(few, threads=threads), trained(few, threads=threads))

    @pytest.mark.parametrize("name", RECIPES)
    def test_only_in_large_batches_without_dropout_do_they_change_the_last_digits(self, digits, few, monkeypatch, name):
        monkeypatch.setattr("nnlib.checkpoints.SAMPLE", 10)
        several_blocks = "simple-784-10-10", "hidden-128", "scratch-784-10-10", "fnn-784-784-10-10"
        evaluated = replace(digits.take(6000), validation=few.validation.take(10), test=few.test.take(10))
        bits = []
        for threads in (1, 2):
            trainer = RECIPES[name].trainer(evaluated if RECIPES[name].data == "digits" else digits, threads=threads)
            trainer.step()
            bits.append(trainer.network.parameters.tobytes())
        assert (bits[0] != bits[1]) == (name in several_blocks)

    def test_they_share_the_update_of_a_large_network(self, few, monkeypatch):
        one, several = trained(few), trained(few, steps=0, threads=3)
        monkeypatch.setattr("nnlib.workers.WORTH_SHARING_UPDATE", 1)
        parts = []
        change = several.optimizer.change
        several.optimizer.change = lambda part: (parts.append(part), change(part))
        for _ in range(6):
            several.step()
        assert len(parts) == 6 * 3
        np.testing.assert_allclose(several.network.parameters, one.network.parameters, rtol=1e-3, atol=1e-5)

    def test_a_batch_that_is_much_work_is_shared_however_small(self, few, monkeypatch):
        recipe = Recipe(hidden=(10,), batch_size=60)
        monkeypatch.setattr("nnlib.large_batches.WORTH_SHARING", 60 * (784 * 10 + 10 * 10))
        shared, alone = trained(few, recipe, threads=2), trained(few, replace(recipe, batch_size=59), threads=2)
        assert len(shared.workers._all) == 2 and len(alone.workers._all) == 1

    def test_with_dropout_it_is_shared_too_and_the_masks_do_not_depend_on_it(self, few, monkeypatch):
        recipe = Recipe(hidden=(10,), dropout=0.3, batch_size=60)
        monkeypatch.setattr("nnlib.large_batches.WORTH_SHARING", 60 * (784 * 10 + 10 * 10))
        one, two, three = (trained(few, recipe, threads=threads) for threads in (1, 2, 3))
        assert [len(trainer.workers._all) for trainer in (one, two, three)] == [1, 2, 2]
        for several in (two, three):
            assert several.history.batches["loss"] == pytest.approx(one.history.batches["loss"], rel=1e-5)

    def test_gradients_of_an_exploded_batch_are_not_taken_into_the_next(self, few):
        trainer = trained(few, threads=3)
        trainer.network.parameters[-1] = np.nan
        with pytest.raises(DivergedError):
            trainer.step()
        assert not any(worker.blocks for worker in trainer.workers._all)

    def test_small_batches_are_one_block_whatever_the_threads(self, few):
        small = Recipe(hidden=(10,), dropout=0.3, batch_size=100)
        same(trained(few, small), trained(few, small, threads=3))

    def test_another_number_of_threads_may_come_at_any_moment(self, few):
        trainer = trained(few, steps=0)
        for threads in (1, 3, 2, 1):
            trainer.threads = threads
            list(trainer.run(seconds=0))
            trainer.threads = threads + 1
            trainer.step()
        straight = trained(few, steps=trainer.steps)
        assert trainer.history.batches["loss"] == pytest.approx(straight.history.batches["loss"], rel=1e-5)

    def test_every_block_has_masks_of_its_own(self, few):
        trainer = trained(few, steps=0)
        seen, forward = [], trainer.network.forward

        def watched(X, training=True):
            scores = forward(X, training)
            if training:
                seen.append(trainer.network.layers[2].D.copy())
            return scores

        trainer.network.forward = watched
        trainer.step()
        first, second, third = seen
        assert first.shape[1] + second.shape[1] + third.shape[1] == len(few.train)
        assert not np.array_equal(first, second) and not np.array_equal(first[:, : third.shape[1]], third)

    def test_a_new_dropout_rate_reaches_all(self, few):
        trainer = trained(few, threads=3)
        trainer.adjust(Recipe(hidden=(10,), dropout=0.0, batch_size=None))
        trainer.step()
        dropouts = [worker.network.layers[2] for worker in trainer.workers._all]
        assert len(dropouts) == 3 and {layer.rate for layer in dropouts} == {0.0}

    @pytest.mark.filterwarnings("error")
    def test_an_explosion_is_one_error_and_no_warning_in_any_thread(self, few):
        trainer = Recipe(hidden=(10,), learning_rate=1e20, batch_size=None).trainer(few)
        trainer.threads = 3
        with pytest.raises(DivergedError):
            for _ in range(20):
                trainer.step()
        assert not np.isfinite(trainer.evaluate(few.test).loss)

    @pytest.mark.parametrize("threads", [0, -1, 65])
    def test_impossible_numbers_of_threads(self, few, threads):
        trainer = trained(few, steps=1)
        with pytest.raises(ValueError, match=f"number of threads must be from 1 to 64, got {threads}"):
            trainer.threads = threads
        assert trainer.threads == 1

    def test_an_error_in_a_thread_arrives(self, few):
        def fail(worker, task):
            raise ArithmeticError(f"task {task}")

        network = Recipe(hidden=(10,)).network(784, 10)
        with pytest.raises(ArithmeticError, match="task"):
            Workers(network, SoftmaxCrossEntropy(), UNIT, 2).map(fail, [1, 2])

    def test_workers_share_the_parameters_and_nothing_else(self):
        network = Recipe(hidden=(10,)).network(784, 10)
        twin = network.sharing()
        assert np.shares_memory(twin.parameters, network.parameters)
        assert all(np.shares_memory(layer.W, network.parameters) for layer in twin.weights())
        assert not np.shares_memory(twin.gradients, network.gradients)
        assert twin.generator is not network.generator
        X = np.ones((784, 3), np.float32)
        scores = network.forward(X)
        assert not np.shares_memory(scores, twin.forward(X))
        network.parameters[...] = 0
        assert not twin.forward(X).any()


class TestPausesWithinABatch:
    """`run(0)` does the smallest unit of work: one block."""

    @pytest.fixture(autouse=True)
    def block_by_block(self, monkeypatch):
        monkeypatch.setattr("nnlib.large_batches.TURN", 1)

    def test_a_batch_comes_when_its_last_block_is_done(self, few):
        trainer = trained(few, steps=0)
        results = [list(trainer.run(seconds=0)) for _ in range(3)]
        assert [len(result) for result in results] == [0, 0, 1]
        assert trainer.steps == trainer.epochs == 1 and trainer.evaluating

    def test_then_comes_its_evaluation(self, few):
        trainer = trained(few, steps=0)
        while not trainer.evaluating:
            list(trainer.run(seconds=0))
        parameters = trainer.network.parameters.copy()
        while trainer.evaluating:
            assert list(trainer.run(seconds=0)) == [] and len(trainer.history.evaluations) in (1, 2)
        assert trainer.history.evaluations["epoch"].tolist() == [0, 1]
        assert np.array_equal(trainer.network.parameters, parameters)

    @pytest.mark.parametrize("threads", [1, 2])
    @pytest.mark.parametrize("batch_size", [None, 300])
    def test_looking_in_between(self, few, batch_size, threads):
        recipe = Recipe(hidden=(10,), optimizer="adam", dropout=0.3, batch_size=batch_size)
        trainer = trained(few, recipe, steps=0, threads=threads)
        while trainer.steps < 6 or trainer.evaluating:
            list(trainer.run(seconds=0))
            trainer.evaluate(few.test)
            matrices(trainer.network, trainer.loss)
            trainer.dry_run(few.test.images[:5], few.test.labels[:5])
            trainer.state()
        same(trainer, trained(few, recipe, threads=threads))

    @pytest.mark.parametrize("pause", range(12))
    def test_back_to_a_state_taken_anywhere(self, few, pause):
        """Stopped after some blocks and parts of evaluations: within a batch, between two, or within an evaluation."""
        trainer = trained(few, steps=0)
        for _ in range(pause):
            list(trainer.run(seconds=0))
        state = trainer.state()
        for _ in range(4):
            list(trainer.run(seconds=0))
        trainer.restore(state)
        while trainer.steps < 6 or trainer.evaluating:
            list(trainer.run(seconds=0))
        same(trainer, trained(few))

    @pytest.mark.parametrize("pause", range(12))
    def test_another_number_of_threads_anywhere(self, few, pause):
        """Discarding an unfinished batch loses no example and no evaluation."""
        trainer = trained(few, steps=0)
        for _ in range(pause):
            list(trainer.run(seconds=0))
        trainer.threads = 1
        while trainer.steps < 6 or trainer.evaluating:
            list(trainer.run(seconds=0))
        same(trainer, trained(few))

    def test_a_step_finishes_what_is_begun(self, few):
        trainer = trained(few, steps=0)
        list(trainer.run(seconds=0))
        trainer.step()
        assert trainer.steps == 1 and not trainer.evaluating
        for _ in range(3):
            list(trainer.run(seconds=0))
        trainer.epoch()
        assert trainer.steps == 3
        same(trainer, trained(few, steps=3))
