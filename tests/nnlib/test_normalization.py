"""Batch normalisation: equal to the equations of the paper, number by number; its statistics are those of the whole
batch, and belong to whatever is saved, restored and copied."""

import io
import math
from dataclasses import replace
from threading import BrokenBarrierError

import numpy as np
import pytest

from nnlib.activations import ReLU, Tanh
from nnlib.analysis.attribution import attribute
from nnlib.averaging import WeightAverage
from nnlib.checkpoints import DivergedError
from nnlib.convolution import Conv2D, Flatten, Images, MaxPool2D
from nnlib.gradcheck import check_gradients
from nnlib.layers import Dense, Dropout
from nnlib.losses import SoftmaxCrossEntropy
from nnlib.network import Network
from nnlib.normalization import EPSILON, BatchNorm
from nnlib.recipes import Recipe, RecipeError
from nnlib.storage import StorageError, load, resume, save
from nnlib.timeline import Timeline
from tests.nnlib.test_trainer import fingerprint
from tests.nnlib.training import steps

DENSE = Recipe(hidden=(16, 8), optimizer="adam", learning_rate=0.01, dropout=0.2, batch_size=32, batch_norm=True)
PICTURES = replace(DENSE, hidden=(8,), convolutions=(4, 6))


def layer_for(shape, units, seed=0):
    """A layer in float64 for inputs of this shape, with random parameters."""
    random = np.random.default_rng(seed)
    layer = BatchNorm()
    layer.dtype = np.dtype(np.float64)
    layer.build(shape)
    for name, size in (layer.parameter_shapes() | layer.statistic_shapes()).items():
        layer.bind(name, random.uniform(0.5, 2, size), np.zeros(size))
    assert layer.gamma.shape == (units, 1)
    return layer


def as_in_the_paper(z, gamma, beta, dy):
    """Algorithm 1 and the chain rule of section 3 for the values `z` of one unit, one number after the other."""
    n = len(z)
    mean = sum(z) / n
    variance = sum((x - mean) ** 2 for x in z) / n
    root = math.sqrt(variance + EPSILON)
    normalized = [(x - mean) / root for x in z]
    y = [gamma * x + beta for x in normalized]
    d_normalized = [d * gamma for d in dy]
    d_variance = sum(d * (x - mean) for d, x in zip(d_normalized, z, strict=True)) * -0.5 * root**-3
    d_mean = sum(-d / root for d in d_normalized) + d_variance * sum(-2 * (x - mean) for x in z) / n
    dz = [d / root + d_variance * 2 * (x - mean) / n + d_mean / n for d, x in zip(d_normalized, z, strict=True)]
    d_gamma = sum(d * x for d, x in zip(dy, normalized, strict=True))
    return y, dz, d_gamma, sum(dy)


def network(layers, inputs, seed=0):
    random = np.random.default_rng(seed)
    made = Network(layers, inputs, random, dtype=np.float64)
    made.trainable[...] += random.normal(0, 0.3, made.trainable.size)
    return made


def of_pictures(norm=BatchNorm, seed=0):
    layers = [Images(6, 6), Conv2D(3), norm(), Tanh(), MaxPool2D(), Conv2D(2, 2), norm(), Tanh(), Flatten(), Dense(3)]
    return network(layers, (36,), seed)


def of_units(norm=BatchNorm, seed=0):
    return network([Dense(5), norm(), Tanh(), Dropout(0.3), Dense(4), norm(), Tanh(), Dense(3)], (6,), seed)


def gradient_error(made, m=7, seed=1):
    random = np.random.default_rng(seed)
    X, loss = random.normal(size=(made.input_shape[0], m)), SoftmaxCrossEntropy()
    return check_gradients(made, loss, X, loss.targets(random.integers(0, 3, m), 3, np.float64)).relative_error


class TestTheEquations:
    def test_worked_by_hand(self):
        """1, 3, 5 have mean 3 and variance 8/3."""
        layer = layer_for((1,), 1)
        layer.gamma[...], layer.beta[...] = 2.0, 10.0
        unit = 2 / math.sqrt(8 / 3 + EPSILON)
        assert layer.forward(np.array([[1.0, 3.0, 5.0]])) == pytest.approx(
            np.array([[10 - 2 * unit, 10, 10 + 2 * unit]])
        )
        # Only the part of dS that is neither constant nor in proportion to N reaches Z: of (1, 0, 0) that is
        # (1/6, -1/3, 1/6).
        dZ = layer.backward(np.array([[1.0, 0.0, 0.0]]))
        assert dZ == pytest.approx(np.array([[1, -2, 1]]) * unit / 6, rel=1e-4)
        assert (layer.dgamma[0, 0], layer.dbeta[0, 0]) == pytest.approx((-unit, 1))

    @pytest.mark.parametrize(("shape", "m"), [((4,), 9), ((4,), 2), ((3, 2, 4), 5), ((3, 2, 4), 1)])
    def test_as_in_the_paper(self, shape, m):
        random = np.random.default_rng(3)
        layer = layer_for(shape, 4)
        A, dA = (random.normal(1, 2, (*shape, m) if len(shape) == 1 else (m, *shape)) for _ in range(2))
        S, dZ = layer.forward(A).copy(), layer.backward(dA)
        assert S.shape == dZ.shape == A.shape
        for unit in range(4):
            of_unit = [(each[unit] if each.ndim == 2 else each[..., unit]).ravel().tolist() for each in (A, dA)]
            y, dz, dgamma, dbeta = as_in_the_paper(of_unit[0], layer.gamma[unit, 0], layer.beta[unit, 0], of_unit[1])
            got = [(each[unit] if each.ndim == 2 else each[..., unit]).ravel() for each in (S, dZ)]
            assert got[0] == pytest.approx(y)
            assert got[1] == pytest.approx(dz)
            assert (layer.dgamma[unit, 0], layer.dbeta[unit, 0]) == pytest.approx((dgamma, dbeta))

    @pytest.mark.parametrize("made", [of_units, of_pictures])
    def test_gradients(self, made):
        assert gradient_error(made()) < 1e-6

    @pytest.mark.parametrize("made", [of_units, of_pictures])
    def test_gradients_with_frozen_statistics(self, made):
        frozen = made()
        frozen.parameters[frozen.trainable.size :] = np.random.default_rng(0).uniform(0.5, 2)
        with frozen.frozen_statistics():
            assert gradient_error(frozen) < 1e-6

    @pytest.mark.parametrize("made", [of_units, of_pictures])
    def test_the_check_notices_statistics_taken_for_constants(self, made):
        class Wrong(BatchNorm):
            def backward(self, dA, to_input=True):
                self.constant = True
                return super().backward(dA, to_input)

        assert gradient_error(made(Wrong)) > 1e-2

    def test_a_bias_before_it_has_no_effect(self):
        made, random = of_units(), np.random.default_rng(0)
        X = random.normal(size=(6, 8))
        made.set_dropout(0.0)
        before = made.forward(X).copy()
        made.layers[0].b += 5.0
        assert made.forward(X) == pytest.approx(before)
        made.backward(random.normal(size=(3, 8)))
        assert np.abs(made.layers[0].db).max() < 1e-12
        weights = Recipe(hidden=(5,), convolutions=(2, 3), batch_norm=True).network((28, 28), 10).weights()
        assert [layer.bias for layer in weights] == [False, False, False, True]


class TestStatistics:
    def test_evaluation_uses_the_running_averages(self):
        layer = layer_for((2,), 2)
        batches = [np.random.default_rng(seed).normal(3, 2, (2, 6)) for seed in range(4)]
        mean, variance = layer.running_mean.copy(), layer.running_variance.copy()
        for batch in batches:
            layer.forward(batch)
            layer.update_statistics()
            mean = 0.9 * mean + 0.1 * batch.mean(axis=1, keepdims=True)
            variance = 0.9 * variance + 0.1 * batch.var(axis=1, ddof=1, keepdims=True)
        assert layer.running_mean == pytest.approx(mean)
        assert layer.running_variance == pytest.approx(variance)
        expected = layer.gamma * (batches[0] - mean) / np.sqrt(variance + EPSILON) + layer.beta
        assert layer.forward(batches[0], training=False) == pytest.approx(expected)

    def test_pictures_in_evaluation(self):
        layer, A = layer_for((3, 2, 4), 4), np.random.default_rng(0).normal(size=(5, 3, 2, 4))
        layer.frozen = True
        assert layer.forward(A, training=False) == pytest.approx(layer.forward(A))

    def test_one_column_has_no_spread(self):
        layer, A = layer_for((3,), 3), np.array([[1.0], [2.0], [3.0]])
        before = layer.running_mean.copy(), layer.running_variance.copy()
        assert layer.forward(A) == pytest.approx(layer.forward(A, training=False))
        assert layer.backward(np.ones((3, 1))) == pytest.approx(layer.scale_and_shift()[0])
        layer.update_statistics()
        assert (layer.running_mean == before[0]).all() and (layer.running_variance == before[1]).all()

    def test_forward_alone_changes_no_parameter(self, few):
        network = DENSE.trainer(few).network
        before = network.parameters.copy()
        network.forward(np.random.default_rng(0).random((784, 5), np.float32))
        assert (network.parameters == before).all()


class TestTraining:
    @pytest.mark.parametrize("recipe", [DENSE, PICTURES])
    def test_learns_and_stays_in_single_precision(self, few, recipe):
        trainer = recipe.trainer(few)
        for _ in range(3):
            trainer.epoch()
        assert trainer.accuracy(few.train) > 0.5
        assert trainer.network.parameters.dtype == trainer.network.gradients.dtype == np.float32

    def test_the_last_batch_may_be_a_single_digit(self, few):
        trainer = replace(DENSE, training_size=65).trainer(few)
        results = [trainer.step() for _ in range(3)]
        assert results[-1].epoch == 1 and trainer.epochs == 1
        assert np.isfinite(trainer.network.parameters).all()

    def test_batches_of_one(self, few):
        trainer = replace(DENSE, batch_size=1).trainer(few)
        before = trainer.network.parameters.copy()
        steps(trainer, 20)
        statistics = slice(trainer.network.trainable.size, None)
        assert (trainer.network.parameters[statistics] == before[statistics]).all()
        assert (trainer.network.parameters != before).any()

    @pytest.mark.parametrize("threads", [2, 3])
    @pytest.mark.parametrize("fused", [True, False])
    @pytest.mark.parametrize("recipe", [replace(DENSE, batch_size=290), replace(PICTURES, batch_size=40)])
    def test_a_batch_is_normalised_as_a_whole_whatever_the_threads(self, few, monkeypatch, recipe, fused, threads):
        monkeypatch.setattr("nnlib.large_batches.WORTH_SHARING", 1)
        recipe = replace(recipe, dropout=0.0, optimizer="momentum", training_size=recipe.batch_size + 5)
        alone, shared, again = (recipe.trainer(few, threads=each) for each in (1, threads, threads))
        for trainer in (alone, shared, again):
            if not fused:
                trainer.network.unfuse()
                trainer.threads = trainer.threads  # the others too
        network = alone.network.astype(np.float64)
        network.unfuse()
        images = few.train.images[alone.sampler.upcoming()]
        network.forward(alone.scaling.apply(images).T.astype(np.float64))
        norm = next(layer for layer in network.layers if isinstance(layer, BatchNorm))
        shared.step()
        assert shared.network.layers[norm.position].running_mean == pytest.approx(0.1 * norm.mu, abs=1e-5)
        assert len(shared.workers._all) == threads
        steps(shared, 3), steps(alone, 4), steps(again, 4)
        assert again.network.parameters.tobytes() == shared.network.parameters.tobytes()
        np.testing.assert_allclose(shared.network.parameters, alone.network.parameters, rtol=1e-3, atol=1e-4)
        assert again.history.batches["loss"] == pytest.approx(alone.history.batches["loss"], rel=1e-4)

    def test_a_thread_that_fails_lets_the_others_go(self, few, monkeypatch):
        monkeypatch.setattr("nnlib.large_batches.WORTH_SHARING", 1)
        trainer = DENSE.trainer(few, threads=2)
        trainer.step()
        monkeypatch.setattr(trainer.workers._all[1].network.layers[1], "forward", None)
        with pytest.raises((TypeError, BrokenBarrierError)):
            trainer.step()

    def test_digits_taught_by_hand_leave_the_statistics(self, few):
        trainer = DENSE.trainer(few)
        steps(trainer, 3)
        before = trainer.network.parameters.copy()
        trainer.learn_from(few.test.images[:3], few.test.labels[:3])
        changed = trainer.network.parameters != before
        size = trainer.network.trainable.size
        assert changed[:size].any() and not changed[size:].any()
        trainer.step()
        assert (trainer.network.parameters != before)[size:].any()

    def test_a_loss_that_is_not_finite_leaves_the_statistics(self, few):
        trainer = DENSE.trainer(few)
        steps(trainer, 2)
        trainer.network.layers[-1].W[...] = np.inf
        before = trainer.network.parameters.copy()
        with pytest.raises(DivergedError):
            trainer.step()
        assert np.array_equal(trainer.network.parameters, before, equal_nan=True)

    def test_full_batches_are_refused(self):
        with pytest.raises(RecipeError, match="1,024"):
            Recipe(batch_norm=True, batch_size=None)
        with pytest.raises(RecipeError, match="256"):
            Recipe(batch_norm=True, convolutions=(4,), batch_size=512)
        Recipe(batch_norm=True, batch_size=None, training_size=300)

    def test_the_dry_run_computes_the_numbers_of_the_step(self, few):
        trainer = replace(DENSE, dropout=0.0).trainer(few)
        steps(trainer, 3)
        dry = trainer.dry_run(*trainer.sampler.next_batch())
        before = trainer.network.parameters.copy()
        assert dry.exact and (dry.network.parameters == before).all()
        trainer.step()
        assert trainer.network.parameters.tobytes() == dry.after.tobytes()
        assert dry.losses(dry.before).mean() == pytest.approx(dry.value, rel=1e-4)


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize(
    ("size", "settings"),
    [
        ((28, 28), {"convolutions": (4, "pool", 5, 6, "pool", 3)}),  # sizes 26, 11, 9, 2
        ((28, 28), {"convolutions": (3, 4)}),
        ((20, 15), {"convolutions": (4, 5, "pool"), "kernel": 2}),
        ((15, 20), {"convolutions": (4, "pool", 5)}),
    ],
)
def test_the_fast_path_computes_the_same(size, settings, frozen):
    random, inputs = np.random.default_rng(0), size[0] * size[1]
    fast = Recipe(hidden=(6,), batch_norm=True, **settings).network(size, 10).astype(np.float64)
    statistics = fast.parameters[fast.trainable.size :]
    fast.trainable[...] += random.normal(0, 0.2, fast.trainable.size)  # some γ and β of either sign
    statistics += random.uniform(0, 0.5, statistics.size)
    fast.layers[2].gamma[0] *= -1
    plain = fast.astype(np.float64)
    plain.unfuse()
    X = np.maximum(random.normal(-0.5, 1, (inputs, 7)), 0)
    X[: inputs // 3] = 0  # blank tiles
    dA = random.normal(size=(10, 7))
    fast_scores, plain_scores = fast.forward(X, training=False), plain.forward(X, training=False)
    assert fast.fused and fast_scores.std(axis=1).min() > 1e-3
    np.testing.assert_allclose(fast_scores, plain_scores, rtol=1e-10, atol=1e-12)
    for network in (fast, plain):
        for layer in network.layers:
            if isinstance(layer, BatchNorm):
                layer.frozen = frozen
    np.testing.assert_allclose(fast.forward(X), plain.forward(X), rtol=1e-8, atol=1e-10)
    fast.backward(dA), plain.backward(dA)
    np.testing.assert_allclose(fast.gradients, plain.gradients, rtol=1e-7, atol=1e-9 * np.abs(plain.gradients).max())
    fast.update_statistics(), plain.update_statistics()
    np.testing.assert_allclose(fast.parameters, plain.parameters, rtol=1e-9, atol=1e-12)


class TestItBelongsToTheNetwork:
    @pytest.mark.parametrize("recipe", [DENSE, PICTURES])
    def test_training_resumes_bit_for_bit(self, few, recipe):
        recipe = replace(recipe, weight_average=0.9)
        trainer, file = recipe.trainer(few), io.BytesIO()
        steps(trainer, 13)
        save(file, trainer, resumable=True)
        resumed = resume(file, few)
        for each in (trainer, resumed):
            steps(each, 9)
        assert fingerprint(resumed)[:3] == fingerprint(trainer)[:3]
        assert resumed.weight_average.parameters.tobytes() == trainer.weight_average.parameters.tobytes()

    def test_a_snapshot_brings_the_statistics_back(self, few):
        trainer = DENSE.trainer(few, timeline=Timeline())
        trainer.epoch()
        then = trainer.timeline.snapshots[-1]
        steps(trainer, 5)
        twin = trainer.twin(then.state)
        scores = twin.evaluate(few.validation).scores
        assert (scores == then.evaluation.scores).all()
        trainer.restore(then.state)
        steps(trainer, 5), steps(twin, 5)
        assert trainer.network.fingerprint == twin.network.fingerprint

    def test_a_saved_network_predicts_the_same(self, few):
        trainer, file = PICTURES.trainer(few), io.BytesIO()
        steps(trainer, 5)
        save(file, trainer)
        assert (load(file).evaluate(few.test).scores == trainer.evaluate(few.test).scores).all()

    def test_a_file_with_a_negative_variance_is_refused(self, few):
        trainer, file = DENSE.trainer(few), io.BytesIO()
        trainer.network.layers[1].running_variance[2] = -1
        save(file, trainer)
        with pytest.raises(StorageError, match="running_variance1"):
            load(file)

    def test_the_fingerprint_depends_on_the_statistics(self, few):
        network = DENSE.trainer(few).network
        before = network.fingerprint
        network.layers[1].running_mean[0] += 1
        assert network.fingerprint != before

    def test_averaged_weights_have_averaged_statistics(self, few):
        trainer = DENSE.trainer(few)
        average, seen = WeightAverage(trainer.network, 0.5), []
        for _ in range(6):
            trainer.step()
            average.update()
            seen.append(trainer.network.parameters.copy())
        statistics = slice(trainer.network.trainable.size, None)
        low, high = np.min(seen, axis=0)[statistics], np.max(seen, axis=0)[statistics]
        own = average.parameters[statistics]
        assert ((low <= own) & (own <= high)).mean() > 0.9 and (own != seen[-1][statistics]).any()

    def test_attribution_is_exact(self, few):
        made = network([Dense(5), BatchNorm(), ReLU(), Dense(3)], (6,))
        made.parameters[made.trainable.size :] = np.random.default_rng(0).uniform(0.5, 2, 10)
        [found] = attribute(made, np.eye(3)[:, :1], np.random.default_rng(1).normal(size=6))
        assert found.exact and found.biases != 0
