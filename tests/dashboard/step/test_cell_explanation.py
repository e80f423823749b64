"""The sum written out for a cell is the number that stands in it: for every matrix of every recipe, in both
conventions."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from dashboard.step.cell_explanation import explain, explanation_html
from dashboard.step.training_step import Step
from dashboard.theme import LIGHT
from nnlib.datasets import Digits, Split
from nnlib.describe.expressions import Symbol, Transpose
from nnlib.recipes import RECIPES, Recipe
from tests.figures import figures

MORE = {
    "L2, dropout, tanh": Recipe(hidden=(12, 6), l2=0.3, dropout=0.4, activation="tanh"),
    "leaky": Recipe(hidden=(12,), activation="leaky-relu"),
    "normalised, L2, dropout": Recipe(hidden=(12, 6), l2=0.3, dropout=0.4, batch_norm=True),
    "normalised pictures": Recipe(hidden=(6,), convolutions=(2, "pool", 3, 4, "pool", 3), batch_norm=True),
    "squares": Recipe(hidden=(12,), loss="mean-squared-error"),
    "no hidden layer": Recipe(hidden=()),
}


def step_of(recipe, digits, rows, m=6):
    if recipe.data == "digits":  # the others select too many to make do with few
        digits = replace(digits, validation=digits.validation.take(20), test=digits.test.take(20))
    trainer = replace(recipe, training_size=100).trainer(digits)
    return Step(trainer.dry_run(trainer.digits.train.images[:m], trainer.digits.train.labels[:m]), rows)


@pytest.mark.parametrize("rows", [False, True], ids=["columns", "rows"])
@pytest.mark.parametrize("recipe", [*RECIPES.values(), *MORE.values()], ids=[*RECIPES, *MORE])
def test_the_terms_add_up_to_the_number_in_the_cell(digits, recipe, rows):
    step, generator = step_of(recipe, digits, rows), np.random.default_rng(0)
    for matrix in step.matrices:
        scale = np.abs(matrix.value).max() or 1.0
        places = [tuple(generator.integers(matrix.shape)) for _ in range(2)]
        places.append(np.unravel_index(np.abs(matrix.value).argmax(), matrix.shape))
        for row, column in places:
            explanation = explain(matrix, row, column, step)
            assert explanation.value == matrix.value[row, column]
            place = matrix.symbol, row, column
            assert explanation.total == pytest.approx(explanation.value, abs=2e-6 * float(scale)), place
            assert bool(explanation.terms) == (matrix.formula is not None) or explanation.note


@pytest.fixture
def tiny():
    """Two pixels, two hidden units, two classes; weights that are easily multiplied."""
    split = Split(np.array([[255, 51]], np.uint8), np.array([1], np.uint8), np.array([0], np.int32))
    digits = Digits(split, split, split, image_shape=(1, 2), class_names=("a", "b"), name="tiny")
    trainer = Recipe(hidden=(2,), batch_size=1).trainer(digits)
    dense, _, _, last = trainer.network.layers
    dense.W[...], dense.b[...] = [[2, -5], [-1, 3]], [[0.5], [0.25]]
    last.W[...], last.b[...] = [[1, 2], [3, 4]], [[0], [0]]
    return trainer.dry_run(split.images, split.labels)


def factors(explanation):
    return [[factor.value for factor in term.factors] for term in explanation.terms]


def test_a_weighted_sum_by_hand_in_columns_and_in_rows(tiny):
    step = Step(tiny, rows=False)
    explanation = explain(step.by_symbol["Z1"], 0, 0, step)
    # z = 2 * 1 + -5 * 0.2 + 0.5 = 1.5
    assert explanation.value == pytest.approx(1.5)
    np.testing.assert_allclose(factors(explanation)[0], [2, 1])
    np.testing.assert_allclose(factors(explanation)[1], [-5, 0.2])
    assert factors(explanation)[2] == [0.5] and explanation.ending == 1
    assert dict(explanation.lit) == {Symbol("W1"): ((0, None),), Symbol("X"): ((None, 0),), Symbol("b1"): ((0, 0),)}
    step = Step(tiny, rows=True)
    explanation = explain(step.by_symbol["Z1"], 0, 0, step)
    np.testing.assert_allclose(factors(explanation)[1], [0.2, -5])
    lit = dict(explanation.lit)
    assert lit[Symbol("X")] == ((0, None),) and lit[Symbol("W1")] == ((None, 0),)


def test_the_way_back_by_hand(tiny):
    step = Step(tiny, rows=False)
    # A1 = (1.5, max(-1 + 0.6 + 0.25, 0)) = (1.5, 0); Z2 = (1.5, 4.5); a = 1 / (1 + e^3) for class 0, which is wrong
    a = 1 / (1 + np.exp(3))
    assert explain(step.by_symbol["dZ2"], 0, 0, step).total == pytest.approx(a, rel=1e-5)
    assert explain(step.by_symbol["dZ2"], 1, 0, step).total == pytest.approx(-a, rel=1e-5)
    back = explain(step.by_symbol["dA1"], 0, 0, step)  # W2 transposed: column 0 of W2 times dZ2
    assert back.total == pytest.approx(1 * a - 3 * a, rel=1e-5)
    assert dict(back.lit)[Transpose(Symbol("W2"))] == ((0, None),)
    assert "⊤" in back.terms[0].factors[0].name
    dead = explain(step.by_symbol["dZ1"], 1, 0, step)
    assert dead.total == 0 and [f.value for f in dead.terms[0].factors][1] == 0  # the slope of ReLU below zero


@pytest.mark.filterwarnings("error")
def test_pixels_and_targets_are_given_and_a_sum_with_nan_is_not_a_number(tiny):
    step = Step(tiny, rows=False)
    assert figures(explain(step.by_symbol["X"], 1, 0, step).note) == [
        51,
        255,
        51,
        255,
        0.2,
    ]  # 51 of 255: 51 / 255 = 0.2
    for symbol, term in (("Y", "target"), ("W1", "parameter")):
        assert term in explain(step.by_symbol[symbol], 1, 0, step).note
    step.by_symbol["X"].value[0, 0] = np.nan
    assert "not a number" in explanation_html(explain(step.by_symbol["Z1"], 0, 0, step), LIGHT)
    step.by_symbol["X"].value[:2, 0] = np.sign(step.by_symbol["W1"].value[0, :2]) * [np.inf, -np.inf]  # they cancel
    explanation_html(explain(step.by_symbol["Z1"], 0, 0, step), LIGHT)


def test_softmax_looks_at_a_whole_example(digits):
    for rows, line in ((False, (None, 2)), (True, (2, None))):
        step = step_of(RECIPES["first-steps"], digits, rows)
        place = (2, 4) if rows else (4, 2)
        assert explain(step.by_symbol["A2"], *place, step).lit == ((Symbol("Z2"), (line,)),)


def test_of_many_terms_the_largest_come_first_and_the_bias_last_with_the_rest_between(digits):
    step = step_of(RECIPES["first-steps"], digits, rows=False)
    explanation = explain(step.by_symbol["Z1"], 5, 1, step)
    largest, others = explanation.largest(6)
    sizes = [abs(term.value) for term in largest[:-1]]
    assert sizes == sorted(sizes, reverse=True) and len(largest) == 7 and len(others) == 784 - 6
    assert min(sizes) >= np.abs(others).max()
    assert largest[-1] is explanation.terms[-1]
    text = explanation_html(explanation, LIGHT)
    assert {778, float((others == 0).sum()), 785} <= set(figures(text))
    assert 778 in figures(text.partition("</div>")[0].split(" + ")[-2])  # the others stand before the bias
    explanation = explain(step.by_symbol["dZ2"], 0, 0, step)  # a short sum keeps its order
    largest, others = explanation.largest()
    assert largest == list(explanation.terms) and len(others) == 0
    assert "1/6·" in explanation_html(explanation, LIGHT)


@pytest.mark.parametrize("symbol", ["Z1", "dW1", "dA1", "db2"])
def test_the_line_of_arithmetic_is_right_as_printed(digits, symbol):
    step, generator = step_of(RECIPES["first-steps"], digits, rows=False), np.random.default_rng(1)
    matrix = step.by_symbol[symbol]
    for _ in range(30):
        row, column = (int(place) for place in generator.integers(matrix.shape))
        explanation = explain(matrix, row, column, step)
        line = re.sub(
            "<sub.*?</sub>|<sup.*?</sup>|<[^>]*>", "", explanation_html(explanation, LIGHT).split("</div>")[0]
        )
        _, terms, total = line.split(" = ")
        sums = [math.prod(figures(term.partition(" from ")[0])) for term in terms.split(" + ")]
        [shown] = figures(total)
        assert math.fsum(sums) == pytest.approx(shown, rel=6e-3), line
        assert shown == pytest.approx(float(matrix.value[row, column]), rel=1e-2), line
