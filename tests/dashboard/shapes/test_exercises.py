"""Questions about shapes: what is right is what the network really computes, and what is wrong really breaks."""

import re
from dataclasses import replace

import numpy as np
import pytest

from dashboard.notation.formulas import plain
from dashboard.shapes.exercise_score import Score
from dashboard.shapes.exercises import missing_shape, missing_transpose
from dashboard.shapes.matrix_inventory import Inventory
from nnlib.describe.expressions import Transpose, find_product
from nnlib.recipes import RECIPES

NETWORKS = {
    "one hidden layer": replace(RECIPES["first-steps"], hidden=(12,)),
    "dropout, L2": replace(RECIPES["first-steps"], hidden=(8, 5), dropout=0.5, l2=0.01),
    "squared error": replace(RECIPES["first-steps"], hidden=(), loss="mean-squared-error"),
    "binary": RECIPES["binary-400-25-15-1"],
    "convolution": replace(RECIPES["cnn-32-64-128"], convolutions=(3, 4), hidden=(6,)),
}
every_network = pytest.mark.parametrize("recipe", NETWORKS.values(), ids=NETWORKS)
either_way = pytest.mark.parametrize("rows", [False, True], ids=["columns", "rows"])


@pytest.fixture
def step(digits):
    """The inventory of a step of a recipe's network, and the matrices of a real one, by symbol."""

    def step(recipe, rows, m=7):
        trainer = replace(recipe, training_size=100).trainer(digits)
        train = trainer.digits.train.take(m)
        real = trainer.dry_run(train.images, train.labels).matrices
        return Inventory.of(trainer, m, rows), {each.symbol: (each.in_rows() if rows else each).value for each in real}

    return step


def questions(make, inventory):
    """One round: every question once."""
    found = []
    while len({each.matrix.symbol for each in found}) == len(found):
        found.append(make(inventory, len(found)))
    return found[:-1]


def broken(text):
    """The product in a reason, as numbers."""
    left, right = re.search(r"`\((.*?)\) @ \((.*?)\)`", text).groups()
    return tuple(map(int, left.split(", "))), tuple(map(int, right.split(", ")))


@every_network
@either_way
def test_a_shape_is_right_if_it_is_that_of_the_computed_matrix_and_else_a_product_breaks(recipe, rows, step):
    inventory, real = step(recipe, rows)
    asked = questions(missing_shape, inventory)
    assert {each.matrix.symbol for each in asked} == set(real)
    for question in asked:
        symbol = question.matrix.symbol
        assert r"? \times ?" in question.latex
        assert question.judge(real[symbol].shape).right
        in_a_product = any(
            symbol in (each.symbol, *re.findall(r"\w+", str(find_product(each.formula)).replace("ᵀ", "")))
            for each in inventory.matrices
            if find_product(each.formula)
        )
        height, width = real[symbol].shape
        for wrong in {(height + 1, width), (height, width + 1), (width, height)} - {(height, width)}:
            verdict = question.judge(wrong)
            assert not verdict.right
            assert (" @ " in verdict.why) == in_a_product
            if in_a_product:
                left, right = broken(verdict.why)
                assert left[1] != right[0] or f"`({left[0]}, {right[1]})`" in verdict.why


@every_network
@either_way
def test_only_the_right_transposes_give_the_numbers_of_the_gradient(recipe, rows, step):
    inventory, real = step(recipe, rows)
    asked = questions(missing_transpose, inventory)
    assert any(each.matrix.symbol == "dW1" for each in asked)

    def value(factor):
        return real[factor.of.name].T if isinstance(factor, Transpose) else real[factor.name]

    for question in asked:
        formula = question.matrix.formula
        penalty = recipe.l2 * real[question.matrix.symbol[1:]] if recipe.l2 and formula != question.right else 0
        for choice in question.choices:
            verdict = question.judge(choice)
            left, right = value(choice.left), value(choice.right)
            gradient = real[question.matrix.symbol]
            same = left.shape[1] == right.shape[0] and np.allclose(left @ right + penalty, gradient, atol=1e-5)
            assert verdict.right == (choice == question.right)
            assert same or not verdict.right
            if not verdict.right:
                left, right = broken(verdict.why)
                assert left[1] != right[0] or plain(question.matrix.symbol) in verdict.why


def test_the_products_of_the_first_recipe_by_hand(digits):
    inventory = Inventory.of(replace(RECIPES["first-steps"], training_size=100).trainer(digits), 64)
    asked = {each.matrix.symbol: each for each in questions(missing_shape, inventory)}
    products = re.findall("`(.*?)`", asked["Z1"].judge((128, 63)).why)
    assert products == ["(128, 784) @ (784, 64)", "(128, 64)", "(128, 63)"]
    assert re.findall("`(.*?)`", asked["W1"].judge((784, 128)).why) == ["(784, 128) @ (784, 64)"]
    assert "Z[1] = W[1] X" in asked["W1"].judge((784, 128)).why
    assert "128 × 784" in asked["W1"].judge((128, 784)).why
    right = {each.matrix.symbol: str(each.right) for each in questions(missing_transpose, inventory)}
    assert right == {"dW1": "dZ1 Xᵀ", "dW2": "dZ2 A1ᵀ", "dA1": "W2ᵀ dZ2"}


def test_sizes_that_fit_by_chance_are_told_apart_by_their_symbols(digits):
    recipe = replace(RECIPES["first-steps"], hidden=(10,), training_size=100)
    inventory = Inventory.of(recipe.trainer(digits), 64)
    asked = {each.matrix.symbol: each for each in questions(missing_transpose, inventory)}
    stored = asked["dA1"].choices[0]
    assert str(stored) == "W2 dZ2"  # 10 x 10 times 10 x 64: it fits
    verdict = asked["dA1"].judge(stored)
    assert not verdict.right and "`(10, h1) @ (10, m)`" in verdict.why


def test_the_same_seed_asks_the_same_and_no_question_comes_twice_in_a_round(digits):
    inventory = Inventory.of(replace(RECIPES["first-steps"], training_size=100).trainer(digits), 64)
    n = len(inventory.matrices)
    rounds = [[missing_shape(inventory, n * r + i).matrix.symbol for i in range(n)] for r in (0, 0, 1)]
    assert rounds[0] == rounds[1] != rounds[2] and set(rounds[0]) == set(rounds[2]) == set(inventory.shapes)


def test_only_the_first_try_counts_and_a_skipped_question_does_not():
    score = Score()
    score.ask("a network")
    score.take((1, 2), False)
    score.take((2, 1), True)
    assert (score.right, score.asked, score.answer) == (0, 1, (2, 1))
    score.next()
    score.next()
    score.take(0, True)
    assert (score.number, score.right, score.asked) == (2, 1, 2)
    score.ask("another network")
    assert score.answer is None and score.asked == 2
