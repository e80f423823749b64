"""A formula drawn with its numbers: all its matrices, in order, as they enter it, in windows that fit together."""

import re

import numpy as np
import pytest

from dashboard.step.cell_explanation import explain
from dashboard.step.equation_drawing import (
    ROOM,
    before_change_after,
    busiest_inner,
    drawing,
    inner_size,
    update_window,
    window,
)
from dashboard.step.matrix_cells import CELL, INNER, LABELS, PART, SIGN
from dashboard.step.training_step import UPDATE, Step
from dashboard.theme import LIGHT
from nnlib.describe.expressions import Symbol, Transpose, operands
from nnlib.recipes import Recipe

KINDS = {
    "hidden layers": Recipe(hidden=(20, 15), dropout=0.3, l2=0.1),
    "convolution": Recipe(hidden=(8,), convolutions=(3,)),
    "squares": Recipe(hidden=(5,), loss="mean-squared-error", activation="tanh"),
}


def step_of(recipe, few, rows=False):
    return Step(recipe.trainer(few).dry_run(few.train.images[:14], few.train.labels[:14]), rows)


def draw(step, symbol, chosen=(0, 0), start=(0, 0), inner=0):
    matrix = step.by_symbol[symbol]
    shown = window(step, matrix, start, inner)
    return drawing(step, matrix, explain(matrix, *chosen, step), chosen, shown, LIGHT)


def leaves(expression):
    """The Symbols and Transposes of a formula, left to right."""
    if isinstance(expression, (Symbol, Transpose)):
        return [expression]
    return [leaf for part in operands(expression) for leaf in leaves(part)]


def heads(text):
    """Per table: its first and last column, and its first and last row."""
    found = []
    for each in re.findall(r"<table>(.*?)</table>", text):
        first, *lines = each.split("<tr>")[1:]
        columns = re.findall(r"<th>([\d,]+)</th>", first)
        rows = [re.search(r"<th>([\d,]+)</th>", line).group(1) for line in lines]
        found.append((columns[0], columns[-1], rows[0], rows[-1]))
    return found


@pytest.mark.parametrize("rows", [False, True], ids=["columns", "rows"])
@pytest.mark.parametrize("recipe", KINDS.values(), ids=KINDS)
def test_every_matrix_of_every_formula_is_drawn(few, recipe, rows):
    step = step_of(recipe, few, rows)
    for matrix in step.matrices:
        text, places = draw(step, matrix.symbol)
        entering = leaves(matrix.formula)
        assert text.count("<table>") == 1 + len(entering), matrix.symbol
        assert text.count("data-choice") == len(places)
        assert text.count("<sup>⊤</sup></b>") == sum(isinstance(leaf, Transpose) for leaf in entering)


def test_the_windows_of_a_product_fit_together(few):
    text, _ = draw(step_of(KINDS["hidden layers"], few), "Z1", (9, 3), start=(5, 2), inner=300)
    result, weights, inputs, bias = heads(text)
    last, right = 300 + INNER, result[1]
    assert result == ("3", right, "6", str(5 + PART)) and 6 <= int(right) <= 2 + PART
    assert weights == ("301", str(last), "6", str(5 + PART))
    assert inputs == ("3", right, "301", str(last))
    assert bias == ("1", "1", "6", str(5 + PART))


def test_a_transpose_is_drawn_transposed(few):
    step = step_of(KINDS["hidden layers"], few)
    text, _ = draw(step, "dW1", (3, 700), start=(0, 696), inner=4)
    _, back, turned, weights = heads(text)  # with L2: + λ W
    right = turned[1]
    assert back == ("5", str(4 + INNER), "1", str(PART)) and turned == ("697", right, "5", str(4 + INNER))
    assert weights[:2] == ("697", right)
    assert leaves(step.by_symbol["dW1"].formula) == [Symbol("dZ1"), Transpose(Symbol("X")), Symbol("W1")]


def test_the_chosen_cell_and_what_made_it_are_lit(few):
    text, _ = draw(step_of(KINDS["hidden layers"], few), "Z1", (6, 3), start=(5, 2), inner=300)
    result, W, X, b = text.split("</table>")[:4]
    assert result.count("class=now") == 1 and result.count("class=lit") == 0
    assert (W.count("class=lit"), X.count("class=lit"), b.count("class=lit")) == (INNER, INNER, 1)


def test_the_window_on_the_terms_goes_where_the_largest_are(few):
    step = step_of(KINDS["hidden layers"], few)
    explanation = explain(step.by_symbol["Z1"], 2, 3, step)
    size = inner_size(step, step.by_symbol["Z1"])
    start = busiest_inner(explanation, size)
    sizes = np.abs([term.value for term in explanation.terms[:784]])
    assert size == 784 and inner_size(step, step.by_symbol["db1"]) == 14
    assert inner_size(step, step.by_symbol["A1"]) == inner_size(step, step.by_symbol["W1"]) == 1  # nothing is summed
    assert sizes[start : start + INNER].sum() == max(sizes[i : i + INNER].sum() for i in range(784 - INNER + 1))


@pytest.mark.parametrize("rows", [False, True], ids=["columns", "rows"])
def test_before_change_and_after_stand_side_by_side(few, rows):
    step = step_of(KINDS["hidden layers"], few, rows)
    for matrix in step.of_phase(UPDATE):
        change = np.abs(step.vector("change", matrix.symbol))
        chosen = np.unravel_index(change.argmax(), change.shape)
        shown = update_window(step, matrix, chosen, chosen)
        text, places = before_change_after(step, matrix, chosen, shown, LIGHT)
        assert text.count("<table>") == 3 and text.count("data-choice") == len(places)
        assert text.count("class=now") == 3
        before, change, after = (step.vector(which, matrix.symbol) for which in ("before", "change", "after"))
        assert before.shape == matrix.shape and np.array_equal(before, matrix.value)
        np.testing.assert_allclose(before + change, after, rtol=1e-5, atol=1e-7)
        first, _, last = (table for table in text.split("<table>")[1:])
        before_text, after_text = (re.search(r"<td class=now[^>]*>([^<]*)", table).group(1) for table in (first, last))
        assert before_text != after_text


@pytest.mark.parametrize("rows", [False, True], ids=["columns", "rows"])
def test_a_weighted_sum_fits_side_by_side(few, rows):
    step = step_of(KINDS["hidden layers"], few, rows)
    for symbol in ("Z1", "Z2", "Z3"):
        text, _ = draw(step, symbol)
        tables = heads(text)
        columns = sum(int(last.replace(",", "")) - int(first.replace(",", "")) + 1 for first, last, *_ in tables)
        assert len(tables) == 4 and columns * CELL + 4 * LABELS + 3 * SIGN <= ROOM
        assert columns >= 12
