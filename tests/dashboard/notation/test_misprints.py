"""What is called right is right, and what is called a misprint is one: both against the real matrices."""

import re
from dataclasses import replace

import pytest

from dashboard.notation.formulas import dimensions
from dashboard.notation.misprints import MISPRINTS, misprints
from dashboard.shapes.matrix_inventory import Inventory
from nnlib.recipes import RECIPES, SYSTEMS

CASES = [
    pytest.param(name, each, id=f"{name}: {', '.join(each.symbols)}") for each in MISPRINTS for name in each.recipes
]


def is_shape(misprint):
    """Whether it prints a shape, `m × hidden units`, rather than a formula."""
    return re.fullmatch(r"(\d+|m|hidden units) × (\d+|m|hidden units)", misprint.right)


@pytest.fixture(scope="module")
def inventories(digits):
    """{recipe: its matrices on m = 64 digits, in the convention of its text}."""
    names = {name for each in MISPRINTS for name in each.recipes}
    return {
        name: Inventory.of(replace(RECIPES[name], training_size=100).trainer(digits), 64, RECIPES[name].rows)
        for name in names
    }


def words(text, inventory):
    """A shape of the text, `m × hidden units`, in numbers as ours are written."""
    hidden = inventory.shapes["b1"][1 if inventory.rows else 0]
    return text.replace("hidden units", str(hidden)).replace("m", "64")


@pytest.mark.parametrize(("name", "misprint"), CASES)
def test_it_concerns_matrices_of_a_published_network(name, misprint, inventories):
    assert SYSTEMS[name].source != "ours"
    assert set(misprint.symbols) <= set(inventories[name].shapes)
    assert misprint.published != misprint.right


@pytest.mark.parametrize(("name", "misprint"), [case for case in CASES if is_shape(case.values[1])])
def test_published_shape_is_wrong_and_the_right_one_is_the_network_s(name, misprint, inventories):
    inventory = inventories[name]
    for symbol in misprint.symbols:
        real = dimensions(inventory.shapes[symbol])
        assert words(misprint.right, inventory) == real
        assert words(misprint.published, inventory) != real


def test_the_shape_of_w2_is_printed_under_the_name_of_w1(inventories):
    for name in ("simple-784-10-10", "scratch-784-10-10"):
        assert inventories[name].shapes["W2"] == (10, 10) != inventories[name].shapes["W1"] == (10, 784)


def test_formulas_called_right_for_images_in_rows_are_the_network_s(inventories):
    matrices = {each.symbol: each for each in inventories["hidden-128"].matrices}
    right = {each.symbols[0]: each.right for each in misprints("hidden-128") if not is_shape(each)}
    assert set(right) == {"dZ2", "dW2", "dZ1", "db1"}
    assert f"({right['dZ2'].replace('[', '').replace(']', '')}) / m" == str(matrices["dZ2"].formula)
    assert right["dW2"].replace("[", "").replace("]", "").endswith(str(matrices["dW2"].formula))
    assert right["dZ1"].startswith("dZ[2] W[2]ᵀ ∘") and str(matrices["dA1"].formula) == "dZ2 W2ᵀ"
    assert matrices["b1"].shape == matrices["db1"].shape


def test_the_printed_product_for_dw2_in_rows_has_no_meaning(inventories):
    shapes = inventories["hidden-128"].shapes
    assert shapes["dZ2"][1] != shapes["A1"][0]


def test_a_recipe_without_a_text_has_none():
    assert misprints("first-steps") == []
    assert [each.symbols for each in misprints("mlp-784-10-10-10")] == [("dW1",)]


def test_remarks_of_the_systems_name_no_misprint_that_is_missing_here():
    for name, system in SYSTEMS.items():
        if "dW1" in system.remark:
            assert ("dW1",) in [each.symbols for each in misprints(name)]
