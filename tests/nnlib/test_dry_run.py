"""A dry run is the trainer's own step, number by number, and leaves the trainer unchanged."""

from dataclasses import replace

import numpy as np
import pytest

from nnlib.convolution import AveragePool2D, Conv2D, Flatten, Images, MaxPool2D
from nnlib.describe.network import matrices
from nnlib.describe.origins import origins
from nnlib.layers import Dense
from nnlib.losses import SoftmaxCrossEntropy
from nnlib.network import Network
from nnlib.optimizers import OPTIMIZERS
from nnlib.recipes import RECIPES, Recipe

SETTINGS = {
    "plain": {},
    "L2": {"l2": 0.01},
    "dropout": {"dropout": 0.5, "hidden": (20, 10)},
    "schedule": {"schedule": "cosine", "epochs": 2},
    "sigmoid": {"activation": "sigmoid", "initializer": "xavier"},
    "squares": {"loss": "mean-squared-error"},
    "one example": {"batch_size": 1},
    "moved digits": {"shift": 2, "rotation": 10.0, "zoom": 0.1, "distortion": 1.0},
    "the largest that is one block": {"batch_size": 240},
}


def dry_run_next(trainer):
    return trainer.dry_run(*trainer.sampler.next_batch())


def bits(vector):
    return vector.tobytes()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_it_is_the_next_step_bit_for_bit(few, optimizer, settings):
    recipe = Recipe(**{"hidden": (16,), "optimizer": optimizer, "learning_rate": 0.01, "batch_size": 64} | settings)
    trainer = recipe.trainer(few)
    for _ in range(7):  # over an epoch's end, and with averages that are not zero any more
        dry_run = dry_run_next(trainer)
        assert dry_run.exact and dry_run.finite
        assert bits(dry_run.before) == bits(trainer.network.parameters)
        m = dry_run.m
        result = trainer.step()
        assert bits(dry_run.after) == bits(trainer.network.parameters)
        assert bits(dry_run.gradient) == bits(trainer.network.gradients)
        assert dry_run.value * m / m == result.loss
        assert dry_run.change.dtype == np.float32


@pytest.mark.parametrize("name", [name for name, recipe in RECIPES.items() if not recipe.convolutions])
def test_every_fully_connected_recipe_in_one_thread_takes_the_step_of_its_dry_run(digits, name):
    recipe = replace(RECIPES[name], training_size=500)
    if recipe.batch_size is None:
        recipe = replace(recipe, batch_size=200)
    trainer = recipe.trainer(digits)
    for _ in range(2):
        dry_run = dry_run_next(trainer)
        trainer.step()
        assert dry_run.exact and bits(dry_run.after) == bits(trainer.network.parameters)


@pytest.mark.parametrize(
    "settings",
    [{"convolutions": (4, 6), "batch_size": 20}, {"hidden": (16,), "batch_size": 300}],
    ids=["convolutions in one go", "several blocks"],
)
def test_where_the_trainer_takes_short_cuts_it_is_the_same_but_for_rounding(few, settings):
    trainer = Recipe(learning_rate=0.1, **settings).trainer(few)
    dry_run = dry_run_next(trainer)
    trainer.step()
    assert not dry_run.exact
    np.testing.assert_allclose(dry_run.after, trainer.network.parameters, atol=2e-6)
    assert not np.array_equal(dry_run.before, trainer.network.parameters)


def test_two_threads_share_a_large_batch_so_its_dry_run_is_not_exact(few):
    trainer = Recipe(hidden=(784, 10), batch_size=64).trainer(few)
    assert dry_run_next(trainer).exact
    trainer.threads = 2
    assert not dry_run_next(trainer).exact


def test_looking_changes_nothing(few):
    recipe = Recipe(hidden=(16, 8), optimizer="adam", dropout=0.3, batch_size=50, l2=0.01)
    watched, other = recipe.trainer(few), recipe.trainer(few)
    for _ in range(9):
        dry_run = dry_run_next(watched)
        dry_run.losses(dry_run.after)
        watched.step(), other.step()
    assert bits(watched.network.parameters) == bits(other.network.parameters)
    assert watched.state().generators == other.state().generators


@pytest.mark.parametrize("batch_size", [50, 299, 300, None])
def test_the_next_batch_is_told_before_it_is_drawn(numbered, few, batch_size):
    trainer = Recipe(hidden=(4,), batch_size=batch_size).trainer(few)
    seen = []
    gradient = trainer.workers.first.gradient

    def spy(split, rows, m, n_classes, moves=None):
        seen.extend(np.arange(300)[rows])
        return gradient(split, rows, m, n_classes, moves)

    trainer.workers.first.gradient = spy
    for _ in range(8):
        told = trainer.sampler.upcoming()
        seen.clear()
        trainer.step()
        assert list(told) == seen


def test_a_batch_that_is_partly_done_is_still_the_next(few):
    trainer = Recipe(hidden=(4,), batch_size=290).trainer(few)
    told = trainer.sampler.upcoming()
    trainer.network.examples_per_block = 20
    assert list(trainer.run(0)) == []  # some of its blocks
    assert list(trainer.sampler.upcoming()) == list(told)


def test_every_parameter_has_its_place(few):
    trainer = Recipe(hidden=(5, 3)).trainer(few)
    dry_run = dry_run_next(trainer)
    for matrix in dry_run.matrices:
        if matrix.parameter:
            assert np.array_equal(dry_run.part(dry_run.before, matrix.symbol), matrix.value)
            [gradient] = [each for each in dry_run.matrices if each.symbol == f"d{matrix.symbol}"]
            assert np.array_equal(dry_run.part(dry_run.gradient, matrix.symbol), gradient.value)
    assert dry_run.place("b1") == (784 * 5, (5, 1))
    with pytest.raises(KeyError):
        dry_run.place("Z1")


def test_losses_are_those_of_the_network_in_use(few):
    trainer = Recipe(hidden=(16,), dropout=0.5).trainer(few)
    dry_run = dry_run_next(trainer)
    rows = trainer.sampler.upcoming()
    before = dry_run.losses(dry_run.before)
    trainer.step()
    split = replace(
        few.train,
        images=few.train.images[rows],
        labels=few.train.labels[rows],
        source_index=few.train.source_index[rows],
    )
    np.testing.assert_allclose(dry_run.losses(dry_run.after), trainer.evaluate(split).losses, rtol=1e-5)
    assert not np.allclose(before, dry_run.losses(dry_run.after))
    assert np.array_equal(dry_run.network.parameters, dry_run.before)


def test_a_loss_that_is_not_finite_has_no_step(few):
    trainer = Recipe(hidden=(4,), learning_rate=1e30).trainer(few)
    trainer.step()
    dry_run = dry_run_next(trainer)
    assert not dry_run.finite and np.array_equal(dry_run.after, dry_run.before)


@pytest.mark.filterwarnings("error")
def test_the_change_of_infinite_weights_is_unknown_without_a_warning(few):
    dry_run = dry_run_next(Recipe(hidden=(4,), scale=1e39).trainer(few))
    assert np.isinf(dry_run.before).any() and not np.isfinite(dry_run.change[np.isinf(dry_run.before)]).any()


# A step of the caller's choice


def test_learning_from_chosen_examples_is_that_dry_run_and_leaves_the_epoch_where_it_is(few):
    recipe = Recipe(hidden=(16,), optimizer="adam", batch_size=50)
    trainer, other = recipe.trainer(few), recipe.trainer(few)
    trainer.step(), other.step()
    images, labels = few.train.images[7:8], few.train.labels[7:8]
    dry_run = trainer.dry_run(images, labels)
    result = trainer.learn_from(images, labels)
    assert bits(dry_run.after) == bits(trainer.network.parameters)
    assert result.loss == dry_run.value and result.accuracy in (0.0, 1.0)
    assert (trainer.position, trainer.batch) == (other.position, other.batch)
    assert trainer.steps == len(trainer.history.batches) == 2
    assert list(trainer.sampler.upcoming()) == list(other.sampler.upcoming())


def test_an_extra_step_is_evaluated_although_the_position_stays(few):
    trainer = Recipe(hidden=(16,)).trainer(few)
    trainer.learn_from(few.train.images[:3], few.train.labels[:3])
    trainer.evaluate_now()
    table = trainer.history.evaluations
    assert table["epoch"].tolist() == [0, 0]
    assert table.last("validation_loss") == np.float32(trainer.evaluate(few.validation).loss)
    assert table["validation_loss"][0] != table["validation_loss"][1]


def test_going_back_undoes_an_extra_step(few):
    trainer = Recipe(hidden=(16,), optimizer="momentum").trainer(few)
    state = trainer.state()
    trainer.learn_from(few.train.images[:3], few.train.labels[:3])
    trainer.restore(state)
    assert trainer.steps == 0 and bits(trainer.network.parameters) == bits(state.parameters)


def test_an_extra_step_begins_an_open_batch_anew(few):
    trainer = Recipe(hidden=(16,), batch_size=290).trainer(few)
    trainer.network.examples_per_block = 20
    list(trainer.run(0))
    assert trainer.large_batch is not None
    trainer.learn_from(few.train.images[:3], few.train.labels[:3])
    dry_run = dry_run_next(trainer)
    trainer.step()
    np.testing.assert_allclose(dry_run.after, trainer.network.parameters, atol=1e-6)


# Where numbers that were moved about came from


@pytest.mark.parametrize(
    "layers",
    [
        [Images(8, 7), Conv2D(3), Flatten(), Dense(3)],
        [Images(8, 7), Conv2D(3, kernel=2, stride=2), MaxPool2D(), Flatten(), Dense(3)],
        [Images(8, 7), Conv2D(2, padding=1), MaxPool2D(), Conv2D(3, padding=2, stride=2), Flatten(), Dense(3)],
        [Images(8, 7), Conv2D(2), AveragePool2D(2), Conv2D(2, kernel=2), Flatten(), Dense(3)],
    ],
    ids=["convolution", "stride and pooling", "padding", "averages"],
)
def test_every_number_that_was_moved_is_the_sum_of_its_origins(layers):
    generator = np.random.default_rng(0)
    network, loss = Network(layers, (56,), generator, dtype=np.float64), SoftmaxCrossEntropy()
    X = generator.normal(size=(56, 3))
    network.unfuse()
    loss.forward(network.forward(X), loss.targets([0, 1, 2], 3, np.float64))
    network.backward(loss.backward())
    by_symbol = {each.symbol: each for each in matrices(network, loss)}
    moved = [each for each in by_symbol.values() if type(each.formula).__name__ == "Rearranged"]
    assert moved
    for matrix in moved:
        source = by_symbol[matrix.formula.to.name].value
        for place in np.ndindex(matrix.value.shape):
            shares = origins(network.layers[matrix.layer], *place, back=matrix.phase == "backward")
            total = sum(share * source[row, column] for row, column, share in shares)
            assert total == pytest.approx(matrix.value[place], abs=1e-12), (matrix.symbol, place)
