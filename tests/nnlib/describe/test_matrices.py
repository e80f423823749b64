"""Every formula on the screen is true, in columns and in rows.

A small evaluator computes it from the matrices before it, and the result is the matrix that it describes, in value and
in shape.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, softmax

from nnlib.activations import ACTIVATIONS
from nnlib.describe import expressions as ex
from nnlib.describe.matrices import product_shapes
from nnlib.describe.network import matrices
from nnlib.losses import LOSSES
from nnlib.recipes import Recipe
from tests.nnlib.training import steps

FUNCTIONS = {
    "ReLU": lambda Z: np.where(Z > 0, Z, 0),
    "ReLU′": lambda Z: np.where(Z > 0, 1, 0),
    "LeakyReLU": lambda Z: np.where(Z > 0, Z, Z / 100),
    "LeakyReLU′": lambda Z: np.where(Z > 0, 1, 1 / 100),
    "σ": expit,
    "σ′": lambda Z: expit(Z) * (1 - expit(Z)),
    "tanh": np.tanh,
    "tanh′": lambda Z: 1 / np.cosh(Z) ** 2,
}


def number(text, letters):
    """`m`, `2` or `(10 m)` as a number."""
    return np.prod([float(letters.get(word, word)) for word in text.strip("()").split()])


def compute(formula, values, letters, examples_axis):
    """The value of a formula, given its symbols'; examples are along an axis: 1 in columns, 0 in rows."""
    match formula:
        case ex.Symbol(name):
            return values[name]
        case ex.Transpose(of):
            return compute(of, values, letters, examples_axis).T
        case ex.Product(left, right):
            left, right = (compute(each, values, letters, examples_axis) for each in (left, right))
            return left @ right
        case ex.Plus(left, right) | ex.Minus(left, right) | ex.Hadamard(left, right):
            left, right = (compute(each, values, letters, examples_axis) for each in (left, right))
            return {ex.Plus: np.add, ex.Minus: np.subtract, ex.Hadamard: np.multiply}[type(formula)](left, right)
        case ex.InverseRoot(to=to):
            return 1 / np.sqrt(compute(to, values, letters, examples_axis) + 1e-5)
        case ex.Apply("softmax", to):
            return softmax(compute(to, values, letters, examples_axis), axis=1 - examples_axis)
        case ex.Apply(function, to):
            return FUNCTIONS[function](compute(to, values, letters, examples_axis))
        case ex.MeanOverExamples(of, _, by):
            total = compute(of, values, letters, examples_axis).sum(axis=examples_axis, keepdims=True)
            return total / number(by, letters)
        case ex.SumOverExamples(of):
            return compute(of, values, letters, examples_axis).sum(axis=examples_axis, keepdims=True)
        case ex.Scaled(factor, of):
            return number(factor, letters) * compute(of, values, letters, examples_axis)
        case ex.Divided(of, by, times):
            quotient = number(times or "1", letters) / number(by, letters)
            return quotient * compute(of, values, letters, examples_axis)
    raise AssertionError(f"expected a formula, got {formula!r}")


def check_formulas(matrices, letters, examples_axis, tolerance):
    """Check each formula against the matrices before it. Returns the number of formulas."""
    values, shapes, checked = {}, {}, 0
    for matrix in matrices:
        assert matrix.symbol not in values
        if matrix.formula is not None:
            expected = compute(matrix.formula, values, letters, examples_axis)
            assert matrix.value.shape == expected.shape
            assert np.linalg.norm(matrix.value - expected) <= tolerance * np.linalg.norm(expected), matrix.symbol
            assert matrix.formula.shape(shapes) == matrix.shape, matrix.symbol
            checked += 1
        assert matrix.value.shape == matrix.shape and len(matrix.dimensions) == 2
        values[matrix.symbol], shapes[matrix.symbol] = matrix.value, matrix.shape
    return checked


def dry_run_of(recipe, digits, dtype=np.float64):
    """The matrices of a step after a few, and the letters in their formulas."""
    trainer = recipe.trainer(digits)
    steps(trainer, 3)
    trainer.network = trainer.network.astype(dtype)  # rounding then hides nothing
    images, labels = trainer.digits.validation.images[:9], trainer.digits.validation.labels[:9]
    return trainer.dry_run(images, labels).matrices, {"m": 9, "λ": recipe.l2}


BINARY = {"loss": "binary-cross-entropy", "data": "zeros-and-ones", "activation": "sigmoid"}
SYSTEMS = {
    "no hidden layer": {"hidden": ()},
    "one hidden layer": {"hidden": (10,)},
    "one hidden unit": {"hidden": (1,)},
    "three hidden layers": {"hidden": (12, 11, 13)},
    "a hidden layer as wide as the image": {"hidden": (784, 10)},
    "dropout": {"hidden": (12, 11), "dropout": 0.4},
    "L2": {"hidden": (12, 11), "l2": 0.3},
    "binary": {"hidden": (25, 15), **BINARY},
    "binary, dropout, L2": {"hidden": (7,), "dropout": 0.3, "l2": 0.1, **BINARY},
    "binary, no hidden layer": {"hidden": (), **BINARY},
    "squared error": {"hidden": (12, 11), "loss": "mean-squared-error"},
    "squared error, no hidden layer": {"hidden": (), "loss": "mean-squared-error"},
    "squared error, dropout, L2": {"hidden": (12,), "loss": "mean-squared-error", "dropout": 0.2, "l2": 0.1},
}


@pytest.fixture(params=SYSTEMS, scope="module")
def system(request, few, digits):
    settings = SYSTEMS[request.param]
    recipe = Recipe(**settings, training_size=100, batch_size=20)
    return recipe, *dry_run_of(recipe, digits if "data" in settings else few)


def of(trainer):
    return matrices(trainer.network, trainer.loss, trainer.batch_size, trainer.l2)


class TestFormulasAreTrue:
    def test_in_columns(self, system):
        _, matrices, letters = system
        assert check_formulas(matrices, letters, 1, 1e-12) == sum(matrix.formula is not None for matrix in matrices)

    def test_in_rows(self, system):
        _, matrices, letters = system
        rows = [matrix.in_rows() for matrix in matrices]
        assert check_formulas(rows, letters, 0, 1e-12) == check_formulas(matrices, letters, 1, 1e-12)
        for matrix, row in zip(matrices, rows, strict=True):
            assert np.array_equal(row.value, matrix.value.T)
            assert row.shape == matrix.shape[::-1] and row.dimensions == matrix.dimensions[::-1]
            assert "column" not in row.meaning
            assert row.in_rows().formula == matrix.formula

    @pytest.mark.parametrize("convolutions", [(), (2, 3)])
    def test_of_batch_normalisation(self, few, convolutions):
        recipe = Recipe(hidden=(12, 11), convolutions=convolutions, dropout=0.4, l2=0.3, batch_norm=True)
        matrices, letters = dry_run_of(replace(recipe, training_size=100, batch_size=20), few)
        for examples_axis, convention in enumerate(([each.in_rows() for each in matrices], matrices)):
            chosen = [  # what is rearranged counts as given
                replace(each, formula=None) if isinstance(each.formula, ex.Rearranged) else each for each in convention
            ]
            assert check_formulas(chosen, letters, examples_axis, 1e-11) > 30
        symbols = {each.symbol for each in matrices}
        assert {"μ1", "V1", "N1", "S1", "γ1", "β1", "dγ1", "dβ1"} <= symbols
        assert "b1" not in symbols and f"b{len(convolutions) + 3}" in symbols

    def test_everything_is_named(self, system):
        """X, Y; W, b, Z, A and their gradients for each layer; D and the output of dropout."""
        recipe, matrices, _ = system
        depth = len(recipe.hidden) + 1
        expected = {"X", "Y"}
        for k in range(1, depth + 1):
            expected |= {f"{name}{k}" for name in ("W", "b", "Z", "dW", "db", "dZ")}
            if k < depth:
                expected |= {f"A{k}", f"dA{k}"}
                expected |= {f"D{k}", f"Ã{k}", f"dÃ{k}"} if recipe.dropout else set()
        if recipe.loss != "mean-squared-error":
            expected |= {f"A{depth}"}
        assert {matrix.symbol for matrix in matrices} == expected

    def test_phases_and_layers(self, system):
        recipe, matrices, _ = system
        phases = ["batch", "forward", "loss", "backward"]
        order = [phases.index(matrix.phase) for matrix in matrices]
        assert order == sorted(order) and set(order) == {0, 1, 2, 3}
        last = len(recipe.hidden) + 1
        without_layer = {matrix.symbol for matrix in matrices if matrix.layer is None}
        assert without_layer | {f"A{last}"} == {"X", "Y", f"A{last}", f"dZ{last}"}
        layers = {matrix.symbol: matrix.layer for matrix in matrices}
        assert [layers[f"W{k}"] for k in range(1, last + 1)] == [
            3 * k for k in range(last)
        ]  # Dense, activation, Dropout
        for k in range(1, last):
            assert layers[f"Z{k}"] == layers[f"dW{k}"] == layers[f"W{k}"]
            assert layers[f"A{k}"] == layers[f"dZ{k}"] == layers[f"W{k}"] + 1
        assert {matrix.symbol for matrix in matrices if matrix.parameter} == {s for s in layers if s[0] in "Wb"}


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_is_called_by_its_name(activation, few):
    matrices, letters = dry_run_of(Recipe(hidden=(12, 11), activation=activation), few)
    assert check_formulas(matrices, letters, 1, 1e-12)


def test_in_float32_too(few):
    """As it really trains; the sums over 784 inputs round."""
    matrices, letters = dry_run_of(Recipe(hidden=(128, 64), dropout=0.2, l2=1e-3), few, np.float32)
    assert {matrix.value.dtype for matrix in matrices} == {np.dtype(np.float32)}
    check_formulas(matrices, letters, 1, 1e-5)
    check_formulas([matrix.in_rows() for matrix in matrices], letters, 0, 1e-5)


class TestTheEvaluatorSees:
    """A wrong formula fails."""

    @pytest.fixture
    def described(self, few):
        return dry_run_of(Recipe(hidden=(12,), l2=0.3), few)

    @pytest.mark.parametrize(
        ("symbol", "wrong"),
        [
            ("dW1", ex.Product(ex.Symbol("dZ1"), ex.Transpose(ex.Symbol("X")))),  # forgets what L2 adds
            ("Z1", ex.Product(ex.Symbol("W1"), ex.Symbol("X"))),  # forgets b
            ("dZ2", ex.Minus(ex.Symbol("A2"), ex.Symbol("Y"))),  # forgets 1/m
            ("dZ1", ex.Hadamard(ex.Symbol("dA1"), ex.Apply("ReLU", ex.Symbol("Z1")))),  # forgets the prime
        ],
    )
    def test_a_wrong_formula(self, described, symbol, wrong):
        changed = [replace(each, formula=wrong) if each.symbol == symbol else each for each in described[0]]
        with pytest.raises(AssertionError, match=symbol):
            check_formulas(changed, described[1], 1, 1e-12)

    def test_a_wrong_order(self, described):
        with pytest.raises(KeyError):
            check_formulas(described[0][::-1], described[1], 1, 1e-12)


class TestShapes:
    @pytest.fixture
    def trainer(self, few):
        return Recipe(hidden=(10, 10), batch_size=64).trainer(few)

    def table(self, matrices):
        return {matrix.symbol: " x ".join(matrix.dimensions) for matrix in matrices}

    def test_the_table_of_the_design(self, few):
        """784-10-10: what the published texts misprint, and what is right."""
        trainer = Recipe(hidden=(10,)).trainer(few)
        assert self.table(of(trainer)) == {
            "X": "784 x m",
            "W1": "h1 x 784", "b1": "h1 x 1", "Z1": "h1 x m", "A1": "h1 x m",
            "W2": "10 x h1", "b2": "10 x 1", "Z2": "10 x m", "A2": "10 x m", "Y": "10 x m",
            "dZ2": "10 x m", "dW2": "10 x h1", "db2": "10 x 1",
            "dA1": "h1 x m", "dZ1": "h1 x m", "dW1": "h1 x 784", "db1": "h1 x 1",
        }  # fmt: skip
        shapes = {matrix.symbol: matrix.shape for matrix in of(trainer)}
        assert shapes["dW1"] == shapes["W1"] == (10, 784)
        assert shapes["W2"] == (10, 10) and shapes["X"] == (784, 64) and shapes["b2"] == (10, 1)

    def test_two_hidden_layers(self, trainer):
        table = self.table(of(trainer))
        assert (table["W1"], table["W2"], table["W3"]) == ("h1 x 784", "h2 x h1", "10 x h2")
        assert (table["b2"], table["Z2"], table["dA1"], table["dA2"]) == ("h2 x 1", "h2 x m", "h1 x m", "h2 x m")

    def test_one_output(self, digits):
        table = self.table(of(Recipe(hidden=(25, 15), **BINARY).trainer(digits)))
        assert (table["X"], table["W3"], table["b3"], table["Y"]) == ("400 x m", "1 x h2", "1 x 1", "1 x m")

    def test_before_the_first_step_shapes_are_known_and_values_are_not(self, trainer):
        before = of(trainer)
        for matrix in before:
            assert (matrix.value is not None) == (matrix.symbol[0] in "Wb"), matrix.symbol
        trainer.step()
        after = of(trainer)
        assert [(m.symbol, m.shape, str(m.formula)) for m in before] == [
            (m.symbol, m.shape, str(m.formula)) for m in after
        ]
        for matrix in after:
            assert matrix.value.shape == matrix.shape

    def test_another_batch_size_has_no_values_yet(self, trainer):
        trainer.step()
        trainer.batch_size = 32
        matrices = {matrix.symbol: matrix for matrix in of(trainer)}
        assert matrices["Z1"].shape == (10, 32) and matrices["Z1"].value is None
        assert matrices["W1"].value is not None

    def test_without_a_batch_size_that_of_the_last_step(self, trainer):
        network, loss = trainer.network, trainer.loss
        assert matrices(network, loss)[0].shape == (784, 1)
        trainer.step()
        assert matrices(network, loss)[0].shape == (784, 64)

    def test_size_and_memory(self, trainer):
        W1 = next(matrix for matrix in of(trainer) if matrix.symbol == "W1")
        assert W1.size == 7840 and W1.nbytes == 31360 == W1.value.nbytes


class TestText:
    def test_products_of_shapes(self, few):
        matrices = of(Recipe(hidden=(128,), batch_size=64, l2=0.1).trainer(few))
        shapes = {matrix.symbol: matrix.shape for matrix in matrices}
        text = {matrix.symbol: product_shapes(matrix, shapes) for matrix in matrices}
        assert text["Z1"] == "(128, 784) @ (784, 64) -> (128, 64)"
        assert text["Z2"] == "(10, 128) @ (128, 64) -> (10, 64)"
        assert text["dW2"] == "(10, 64) @ (64, 128) -> (10, 128)"
        assert text["dW1"] == "(128, 64) @ (64, 784) -> (128, 784)"
        assert text["dA1"] == "(128, 10) @ (10, 64) -> (128, 64)"
        assert {symbol for symbol, line in text.items() if line is None} == set(text) - {
            "Z1", "Z2", "dW2", "dW1", "dA1",
        }  # fmt: skip

    def test_products_of_shapes_in_rows(self, few):
        matrices = [m.in_rows() for m in of(Recipe(hidden=(128,), batch_size=64).trainer(few))]
        shapes = {matrix.symbol: matrix.shape for matrix in matrices}
        text = {matrix.symbol: product_shapes(matrix, shapes) for matrix in matrices}
        assert text["Z1"] == "(64, 784) @ (784, 128) -> (64, 128)"
        assert text["dW1"] == "(784, 64) @ (64, 128) -> (784, 128)"
        assert text["dA1"] == "(64, 10) @ (10, 128) -> (64, 128)"
        assert shapes["db1"] == shapes["b1"] == (1, 128)

    def test_formulas_as_text(self, few):
        columns = of(Recipe(hidden=(128,), l2=0.1, dropout=0.5).trainer(few))
        text = {matrix.symbol: str(matrix.formula) for matrix in columns}
        assert text["Z1"] == "W1 X + b1" and text["A1"] == "ReLU(Z1)" and text["Ã1"] == "A1 ∘ D1"
        assert text["Z2"] == "W2 Ã1 + b2" and text["A2"] == "softmax(Z2)" and text["dZ2"] == "(A2 − Y) / m"
        assert text["dW2"] == "dZ2 Ã1ᵀ + λ W2" and text["db2"] == "Σ dZ2 over the m examples"
        assert text["dÃ1"] == "W2ᵀ dZ2" and text["dA1"] == "dÃ1 ∘ D1" and text["dZ1"] == "dA1 ∘ ReLU′(Z1)"
        rows = {matrix.symbol: str(matrix.in_rows().formula) for matrix in columns}
        assert rows["Z1"] == "X W1 + b1" and rows["dW2"] == "Ã1ᵀ dZ2 + λ W2" and rows["dÃ1"] == "dZ2 W2ᵀ"

    def test_squared_error_as_text(self, few):
        matrices = of(Recipe(hidden=(5,), loss="mean-squared-error").trainer(few))
        assert {m.symbol: str(m.formula) for m in matrices}["dZ2"] == "2 (Z2 − Y) / (10 m)"

    def test_shapes_that_do_not_fit_are_refused(self):
        with pytest.raises(ValueError, match=r"X W: the inner sizes of \(784, 64\) and \(784, 10\) differ"):
            ex.Product(ex.Symbol("X"), ex.Symbol("W")).shape({"X": (784, 64), "W": (784, 10)})


def test_every_loss_is_covered():
    assert set(LOSSES) == {Recipe(**settings).loss for settings in SYSTEMS.values()}
