"""The inventory of a step, against counts made by hand and against the shapes of arrays that were really computed."""

import re
from dataclasses import replace

import pytest

from dashboard.notation.formulas import dimensions, plain
from dashboard.notation.misprints import misprints
from dashboard.shapes.matrix_inventory import Inventory, memory
from nnlib.describe.expressions import find_product
from nnlib.recipes import RECIPES

FEW = {"training_size": 200}
CONVENTIONS = pytest.mark.parametrize("rows", [False, True], ids=["columns", "rows"])
NETWORKS = {
    "one hidden layer": RECIPES["first-steps"],
    "dropout and L2": replace(RECIPES["first-steps"], hidden=(8, 5), dropout=0.5, l2=0.01),
    "no hidden layer, squared error": replace(RECIPES["first-steps"], hidden=(), loss="mean-squared-error"),
    "binary": RECIPES["binary-400-25-15-1"],
    "convolution": RECIPES["cnn-32-64-128"],
}


@pytest.fixture(scope="module", params=NETWORKS)
def trainer(request, digits):
    return replace(NETWORKS[request.param], **FEW).trainer(digits)


@pytest.fixture(scope="module")
def first_steps(digits):
    return replace(RECIPES["first-steps"], **FEW).trainer(digits)


def named(inventory):
    return {each.symbol: each for each in inventory.matrices}


@CONVENTIONS
def test_every_shape_is_that_of_the_array_which_a_step_really_computes(trainer, rows):
    m = 7
    train = trainer.digits.train
    computed = {each.symbol: each.value for each in trainer.dry_run(train.images[:m], train.labels[:m]).matrices}
    inventory = Inventory.of(trainer, m, rows)
    assert set(inventory.shapes) == set(computed)
    for symbol, shape in inventory.shapes.items():
        assert shape == computed[symbol].shape[:: -1 if rows else 1]


@CONVENTIONS
def test_everything_has_a_reason_that_names_its_shape_or_the_shape_it_shares(trainer, rows):
    inventory = Inventory.of(trainer, 7, rows)
    for each in inventory.matrices:
        assert inventory.follows_from(each)
        assert dimensions(each.shape) in inventory.why(each)
        if each.phase == "backward" and (of := each.symbol[1:]) in inventory.shapes:
            assert plain(of) in inventory.why(each)
        if product := find_product(each.formula):
            left, right = product.left.shape(inventory.shapes), product.right.shape(inventory.shapes)
            assert inventory.follows_from(each) == f"{left} @ {right} -> {each.shape}"


def test_what_determines_a_shape_in_columns(first_steps):
    inventory = Inventory.of(first_steps, 64)
    assert {symbol: inventory.follows_from(each) for symbol, each in named(inventory).items()} == {
        "X": "(128, 784) @ (784, 64) -> (128, 64)",
        "W1": "(128, 784) @ (784, 64) -> (128, 64)",
        "b1": "(128, 1) + (128, 64) -> (128, 64)",
        "Z1": "(128, 784) @ (784, 64) -> (128, 64)",
        "A1": "as Z[1]",
        "W2": "(10, 128) @ (128, 64) -> (10, 64)",
        "b2": "(10, 1) + (10, 64) -> (10, 64)",
        "Z2": "(10, 128) @ (128, 64) -> (10, 64)",
        "A2": "as Z[2]",
        "Y": "as A[2]",
        "dZ2": "as A[2]",
        "dW2": "(10, 64) @ (64, 128) -> (10, 128)",
        "db2": "Σ over columns: (10, 64) -> (10, 1)",
        "dA1": "(128, 10) @ (10, 64) -> (128, 64)",
        "dZ1": "as dA[1]",
        "dW1": "(128, 64) @ (64, 784) -> (128, 784)",
        "db1": "Σ over columns: (128, 64) -> (128, 1)",
    }


def test_why_in_columns_and_in_rows(first_steps):
    both = Inventory.of(first_steps, 64), Inventory.of(first_steps, 64, rows=True)
    columns, rows = ({each.symbol: inventory.why(each) for each in inventory.matrices} for inventory in both)
    for symbol, shapes in {
        "X": (["784 × 64"], ["64 × 784"]),
        "W1": (["128 × 64", "784 × 64", "128 × 784"], ["64 × 128", "64 × 784", "784 × 128"]),
        "b1": (["128 × 64", "128 × 1"], ["64 × 128", "1 × 128"]),
        "Z1": (["128 × 64"], ["64 × 128"]),
        "A1": (["128 × 64"], ["64 × 128"]),
        "dW1": (["128 × 784", "128 × 784"], ["784 × 128", "784 × 128"]),
        "db1": (["128 × 1", "128 × 64", "128 × 1"], ["1 × 128", "64 × 128", "1 × 128"]),
    }.items():
        told = [re.findall(r"\d+ × \d+", sentences[symbol]) for sentences in (columns, rows)]
        assert told == list(shapes), symbol
    assert re.findall("row|column", columns["X"]) == re.findall("row|column", rows["X"])[::-1] == ["column", "row"]
    assert [re.findall("row|column", each["b1"]) for each in (columns, rows)] == [2 * ["column"], 2 * ["row"]]
    assert re.findall(r"\b(\d+) and (\d+)\b", columns["dW1"]) == [("64", "64")]


def test_given_matrices_are_shown_in_the_first_formula_that_uses_them(first_steps):
    inventory = Inventory.of(first_steps, 64)
    shown_in = {each.symbol: inventory.formula_with(each).symbol for each in inventory.matrices if not each.formula}
    assert shown_in == {"X": "Z1", "W1": "Z1", "b1": "Z1", "W2": "Z2", "b2": "Z2", "Y": "dZ2"}
    assert inventory.formula_with(named(inventory)["dW1"]).symbol == "dW1"


@CONVENTIONS
def test_parameters_as_arithmetic_come_out_as_counted(trainer, rows):
    inventory = Inventory.of(trainer, 7, rows)
    lines = inventory.parameter_arithmetic()
    for _, arithmetic, count in lines:
        assert eval(arithmetic.replace(",", "").replace("×", "*")) == count
    assert sum(count for *_, count in lines) == inventory.n_parameters == trainer.network.parameters.size


def test_parameters_by_hand(first_steps, digits):
    assert Inventory.of(first_steps, 64).parameter_arithmetic() == [
        ("W[1], b[1]", "128 × 784 + 128", 100_480),
        ("W[2], b[2]", "10 × 128 + 10", 1_290),
    ]
    binary = replace(RECIPES["binary-400-25-15-1"], **FEW).trainer(digits)
    assert Inventory.of(binary, 1).parameter_arithmetic()[-1] == ("W[3], b[3]", "15 + 1", 16)


def test_memory_of_a_step_grows_by_the_same_with_every_image(trainer):
    one, two, many = (Inventory.of(trainer, m) for m in (1, 2, 1000))
    assert many.nbytes - one.nbytes == 999 * (two.nbytes - one.nbytes)
    footprint = many.footprint()
    assert 4 * sum(footprint.values()) == many.nbytes
    assert footprint[many.PARAMETERS] == footprint[many.GRADIENTS] == trainer.network.parameters.size
    assert footprint[many.PER_BATCH] == 1000 * one.footprint()[one.PER_BATCH]


@pytest.mark.parametrize(("name", "symbol"), [("first-steps", "dZ2"), ("binary-400-25-15-1", "dZ3")])
def test_where_the_mean_is_taken(digits, name, symbol):
    assert Inventory.of(replace(RECIPES[name], **FEW).trainer(digits), 4).mean_symbol() == symbol


def test_table_lists_every_matrix_forward_then_backward(first_steps):
    inventory = Inventory.of(first_steps, 64)
    table = inventory.table()
    assert list(table["pass"]) == 10 * ["→"] + 7 * ["←"]
    assert table.loc[3].to_dict() == {
        "symbol": "Z[1]",
        "pass": "→",
        "meaning": inventory.matrices[3].meaning,
        "in symbols": "h1 × m",
        "shape": "128 × 64",
        "follows from": "(128, 784) @ (784, 64) -> (128, 64)",
        "numbers": 8192,
        "memory": 32768,
    }
    assert table["memory"].sum() == inventory.nbytes


def test_table_marks_what_a_published_text_says_instead(digits):
    trainer = replace(RECIPES["simple-784-10-10"], **FEW).trainer(digits)
    table = Inventory.of(trainer, 64).table(misprints("simple-784-10-10")).set_index("symbol")
    said = table["published"]
    assert said["dW[1]"] == "10 × 10" != table.loc["dW[1]", "shape"] == "10 × 784"
    assert set(said.index[said != ""]) == {"W[2]", "dW[1]"}


def test_inactive_layers_are_left_out(digits, first_steps):
    dropping = Inventory.of(replace(RECIPES["first-steps"], dropout=0.5, **FEW).trainer(digits), 4)
    assert set(dropping.shapes) - set(Inventory.of(first_steps, 4).shapes) == {"D1", "Ã1", "dÃ1"}


def test_memory_as_a_person_reads_it():
    sizes = 4, 512, 401_408, 1_156_176, 3e9
    assert [memory(nbytes) for nbytes in sizes] == ["4 B", "512 B", "401 KB", "1.16 MB", "3 GB"]
