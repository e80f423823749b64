"""The lines shown compute what nnlib computes: every one is run on the matrices of a step, in both conventions."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.step.numpy_code import OPTIMIZERS as WRITTEN
from dashboard.step.numpy_code import numpy_code, update_code
from dashboard.step.training_step import UPDATE, Step
from nnlib.optimizers import OPTIMIZERS
from nnlib.recipes import RECIPES, Recipe

MORE = {
    "L2, dropout, tanh": Recipe(hidden=(12, 6), l2=0.3, dropout=0.4, activation="tanh", scaling="standard"),
    "leaky": Recipe(hidden=(12,), activation="leaky-relu"),
    "normalised, L2, dropout": Recipe(hidden=(12, 6), l2=0.3, dropout=0.4, batch_norm=True),
    "normalised pictures": Recipe(hidden=(6,), convolutions=(2, "pool", 3, 4, "pool", 3), batch_norm=True),
    "dropout after pooling": Recipe(hidden=(), convolutions=(2, 3, "pool", 3), dropout=0.4, dropout_after_pooling=True),
    "squares": Recipe(hidden=(12,), loss="mean-squared-error", activation="sigmoid"),
}
SHORT = {"mu": "momentum", "rho": "rho", "beta1": "beta1", "beta2": "beta2", "eps": "epsilon"}


def step_of(recipe, digits, rows):
    if recipe.data == "digits":  # the others select too many to make do with few
        digits = replace(digits, validation=digits.validation.take(20), test=digits.test.take(20))
    trainer = replace(recipe, training_size=100).trainer(digits)
    return Step(trainer.dry_run(trainer.digits.train.images[:4], trainer.digits.train.labels[:4]), rows)


def run(code, step, **more):
    dry_run = step.dry_run
    names = {each.symbol: each.value for each in step.matrices}
    names |= {"np": np, "m": dry_run.m, "images": dry_run.images, "labels": dry_run.labels} | more
    exec(code, names)
    return names


@pytest.mark.parametrize("rows", [False, True], ids=["columns", "rows"])
@pytest.mark.parametrize("recipe", [*RECIPES.values(), *MORE.values()], ids=[*RECIPES, *MORE])
def test_every_line_computes_the_matrix(digits, recipe, rows):
    step = step_of(recipe, digits, rows)
    for matrix in step.matrices:
        code = numpy_code(matrix, step)
        names = run(code, step, rng=np.random.default_rng(0))
        assert code, matrix.symbol
        if matrix.symbol.startswith("D"):  # drawn at random
            assert names[matrix.symbol].shape == matrix.shape
            drawn = names[matrix.symbol]
            assert set(drawn[drawn != 0].round(4)) <= {round(1 / (1 - recipe.dropout), 4)}
            continue
        limit = 1e-5 * float(np.abs(matrix.value).max())
        np.testing.assert_allclose(names[matrix.symbol], matrix.value, rtol=1e-4, atol=limit, err_msg=code)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_update_is_that_of_the_optimizer(few, optimizer):
    trainer = Recipe(hidden=(8,), optimizer=optimizer, learning_rate=0.01, batch_size=50).trainer(few)
    trainer.step()
    step = Step(trainer.dry_run(*trainer.sampler.next_batch()), rows=False)
    used = step.dry_run.optimizer
    for matrix in step.of_phase(UPDATE):
        averages = {name: step.dry_run.averages[name] for name in used.averages}
        kept = {name: step.dry_run.part(value, matrix.symbol) for name, value in averages.items()}
        names = {short: getattr(used, name, None) for short, name in SHORT.items()}
        names |= {"alpha": step.dry_run.learning_rate, "t": used.updates}
        names |= {"v": kept.get("velocity"), "s": kept.get("square")}
        if optimizer == "adam":
            names |= {"m": (1 - used.beta1) * kept["mean"], "v": (1 - used.beta2) * kept["square"]}
        found = run(update_code(used, matrix.symbol), step, **names)[matrix.symbol]
        np.testing.assert_allclose(found, step.vector("after", matrix.symbol), rtol=1e-4, atol=1e-6)


def test_it_reads_as_in_a_textbook(digits):
    step = step_of(RECIPES["simple-784-10-10"], digits, rows=False)
    lines = {each.symbol: numpy_code(each, step) for each in step.matrices}
    assert lines["Z1"] == "Z1 = W1 @ X + b1" == lines["W1"] and lines["A1"] == "A1 = np.maximum(Z1, 0)"
    assert lines["dZ2"] == "dZ2 = (A2 - Y) / m" and lines["dW2"] == "dW2 = dZ2 @ A1.T"
    assert lines["dZ1"] == "dZ1 = dA1 * (Z1 > 0)" and lines["dA1"] == "dA1 = W2.T @ dZ2"
    assert len(WRITTEN) == len(OPTIMIZERS)
    rows = step_of(RECIPES["hidden-128"], digits, rows=True)
    assert numpy_code(rows.by_symbol["dW1"], rows) == "dW1 = X.T @ dZ1"
