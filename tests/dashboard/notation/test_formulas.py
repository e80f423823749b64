"""Formulas as they are read: compared with what a textbook writes."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from dashboard.notation import formulas
from nnlib.describe import expressions as ex
from nnlib.describe.network import matrices
from nnlib.losses import LOSSES
from nnlib.recipes import RECIPES

W, A, B = ex.Symbol("W2"), ex.Symbol("A1"), ex.Symbol("b2")


def equations(recipe, *, rows=False, l2=0.0):
    """{symbol: equation as LaTeX} of a recipe's step on 64 digits."""
    found = matrices(recipe.network(784, 10), LOSSES[recipe.loss](), 64, l2)
    return {each.symbol: formulas.equation(each.in_rows() if rows else each) for each in found}


def test_a_step_in_columns_as_textbooks_write_it():
    found = equations(RECIPES["first-steps"])
    assert found["X"] == "X"
    assert found["Z1"] == r"Z^{[1]} = W^{[1]} \; X + b^{[1]}"
    assert found["A1"] == r"A^{[1]} = \operatorname{ReLU}(Z^{[1]})"
    assert found["A2"] == r"A^{[2]} = \operatorname{softmax}(Z^{[2]})"
    assert found["dZ2"] == r"dZ^{[2]} = \frac{1}{m} (A^{[2]} - Y)"
    assert found["dW2"] == r"dW^{[2]} = dZ^{[2]} \; A^{[1]\top}"
    assert found["db2"] == r"db^{[2]} = \sum_{j} dZ^{[2]}_{:,\,j}"
    assert found["dA1"] == r"dA^{[1]} = W^{[2]\top} \; dZ^{[2]}"
    assert found["dZ1"] == r"dZ^{[1]} = dA^{[1]} \circ \operatorname{ReLU}'(Z^{[1]})"
    assert found["dW1"] == r"dW^{[1]} = dZ^{[1]} \; X^{\top}"


def test_the_same_step_in_rows_turns_every_product_round():
    found = equations(RECIPES["first-steps"], rows=True)
    assert found["Z1"] == r"Z^{[1]} = X \; W^{[1]} + b^{[1]}"
    assert found["dW2"] == r"dW^{[2]} = A^{[1]\top} \; dZ^{[2]}"
    assert found["db2"] == r"db^{[2]} = \sum_{j} dZ^{[2]}_{j,\,:}"
    assert found["dA1"] == r"dA^{[1]} = dZ^{[2]} \; W^{[2]\top}"


def test_dropout_l2_sigmoid_and_mean_squared_error():
    found = equations(replace(RECIPES["first-steps"], dropout=0.5, activation="sigmoid"), l2=0.1)
    assert found["A1"] == r"A^{[1]} = \sigma(Z^{[1]})"
    assert found["dZ1"] == r"dZ^{[1]} = dA^{[1]} \circ \sigma'(Z^{[1]})"
    assert found["Ã1"] == r"\tilde{A}^{[1]} = A^{[1]} \circ D^{[1]}"
    assert found["dW2"] == r"dW^{[2]} = dZ^{[2]} \; \tilde{A}^{[1]\top} + \lambda W^{[2]}"
    found = equations(replace(RECIPES["first-steps"], loss="mean-squared-error"))
    assert found["dZ2"] == r"dZ^{[2]} = \frac{2}{10\,m} (Z^{[2]} - Y)"


def test_shapes_stand_under_the_symbols_and_a_transposed_one_has_its_own():
    shapes = {"W2": ("10", "h1"), "A1": ("h1", "m"), "b2": ("10", "1")}
    assert (
        formulas.latex(ex.Plus(ex.Product(W, A), B), shapes)
        == r"\underset{\,10 \times h_{1}\,}{W^{[2]}} \; \underset{\,h_{1} \times m\,}{A^{[1]}}"
        r" + \underset{\,10 \times 1\,}{b^{[2]}}"
    )
    assert formulas.latex(ex.Transpose(A), shapes) == r"\underset{\,m \times h_{1}\,}{A^{[1]\top}}"
    assert formulas.latex(ex.Symbol("X"), {"X": (784, 55_000)}) == r"\underset{\,784 \times 55{,}000\,}{X}"


@pytest.mark.parametrize(("axis", "line", "shape"), [(1, r":,\,j", r"32 \times 1"), (0, r"j,\,:", r"1 \times m")])
def test_a_sum_says_over_how_many_and_has_the_shape_of_one_line(axis, line, shape):
    shapes = {"dZ1": ("32", "676 m")} if axis == 1 else {"dZ1": ("676 m", "m")}
    found = formulas.latex(ex.SumOverExamples(ex.Symbol("dZ1"), axis), shapes)
    assert found == rf"\sum_{{j=1}}^{{676\,m}} \underset{{\,{shape}\,}}{{dZ^{{[1]}}_{{{line}}}}}"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (ex.Product(ex.Plus(A, B), W), r"(A^{[1]} + b^{[2]}) \; W^{[2]}"),
        (ex.Hadamard(ex.Minus(A, B), W), r"(A^{[1]} - b^{[2]}) \circ W^{[2]}"),
        (ex.Hadamard(ex.Product(A, B), W), r"A^{[1]} \; b^{[2]} \circ W^{[2]}"),
        (ex.Product(W, ex.Hadamard(A, B)), r"W^{[2]} \; (A^{[1]} \circ b^{[2]})"),
        (ex.Minus(A, ex.Plus(B, W)), r"A^{[1]} - (b^{[2]} + W^{[2]})"),
        (ex.Minus(ex.Plus(A, B), W), r"A^{[1]} + b^{[2]} - W^{[2]}"),
        (ex.Scaled("λ", ex.Plus(A, B)), r"\lambda (A^{[1]} + b^{[2]})"),
        (ex.Plus(ex.Scaled("λ", A), B), r"\lambda A^{[1]} + b^{[2]}"),
        (ex.Plus(ex.SumOverExamples(A), B), r"(\sum_{j} A^{[1]}_{:,\,j}) + b^{[2]}"),
        (ex.Divided(ex.Product(A, B), "m"), r"\frac{1}{m} (A^{[1]} \; b^{[2]})"),
        (ex.Apply("tanh", ex.Plus(A, B)), r"\operatorname{tanh}(A^{[1]} + b^{[2]})"),
        (ex.Rearranged("add up", A, "B"), r"\operatorname{add\ up}(A^{[1]})"),
    ],
    ids=str,
)
def test_brackets_stand_where_the_meaning_needs_them_and_nowhere_else(expression, expected):
    assert formulas.latex(expression) == expected


def test_an_expression_of_an_unknown_kind_is_shown_as_text():
    assert formulas.latex(SimpleNamespace(x=1)) == r"\text{namespace(x=1)}"


def test_names():
    for name, letter, number, latex in (
        *(("X", "X", "", "X"), ("D1", "D", "[1]", "D^{[1]}"), ("dW12", "dW", "[12]", "dW^{[12]}")),
        *(("Ã1", "Ã", "[1]", r"\tilde{A}^{[1]}"), ("dÃ1", "dÃ", "[1]", r"d\tilde{A}^{[1]}")),
    ):
        raised = f'<sup style="line-height:0">{number}</sup>' if number else ""
        assert (formulas.plain(name), formulas.html(name)) == (letter + number, f"<i>{letter}</i>{raised}")
        assert formulas.symbol(name) == latex


def test_dimensions_as_text():
    assert formulas.dimensions(("h1", "676 m")) == "h1 × 676 m"
    assert formulas.dimensions((784, 55_000)) == "784 × 55,000"
