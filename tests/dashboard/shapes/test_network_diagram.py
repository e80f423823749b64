"""The diagram of a network: every matrix stands in it once, at its own layer, and what is chosen is lit."""

import re
from dataclasses import replace

import pytest

from dashboard.notation.formulas import html
from dashboard.shapes.matrix_inventory import Inventory
from dashboard.shapes.network_diagram import boxes, diagram, links
from dashboard.theme import DARK, LIGHT
from nnlib.recipes import RECIPES

NETWORKS = {
    "one hidden layer": RECIPES["first-steps"],
    "dropout": replace(RECIPES["first-steps"], hidden=(8, 5), dropout=0.5),
    "no hidden layer, squared error": replace(RECIPES["first-steps"], hidden=(), loss="mean-squared-error"),
    "binary": RECIPES["binary-400-25-15-1"],
    "convolution": RECIPES["cnn-32-64-128"],
}


def row_of(recipe, digits):
    trainer = replace(recipe, training_size=100).trainer(digits)
    matrices = Inventory.of(trainer, 64).matrices
    return boxes(trainer.network.layers, trainer.loss, matrices), matrices


@pytest.mark.parametrize("recipe", NETWORKS.values(), ids=NETWORKS)
def test_every_matrix_stands_there_once_and_is_computed_by_one_box(recipe, digits):
    row, matrices = row_of(recipe, digits)
    shown = [each.symbol for box in row for each in (*box.inside, box.out, box.back) if each is not None]
    computed = [symbol for box in row for symbol in box.computes]
    assert sorted(shown) == sorted(computed) == sorted(each.symbol for each in matrices)


def test_boxes_of_the_first_recipe(digits):
    row, _ = row_of(RECIPES["first-steps"], digits)
    assert [
        (box.title, [each.symbol for each in box.inside], box.out and box.out.symbol, box.back and box.back.symbol)
        for box in row
    ] == [
        ("Mini-batch", [], "X", None),
        ("Dense", ["W1", "b1", "dW1", "db1"], "Z1", "dZ1"),
        ("ReLU", [], "A1", "dA1"),
        ("Dense", ["W2", "b2", "dW2", "db2"], "Z2", "dZ2"),
        ("Softmax cross entropy", ["A2", "Y"], None, None),
    ]


def test_layers_that_do_nothing_have_no_box_and_long_names_are_written_as_words(digits):
    assert "Dropout" not in [box.title for box in row_of(RECIPES["first-steps"], digits)[0]]
    row, _ = row_of(replace(RECIPES["first-steps"], dropout=0.5, activation="leaky-relu"), digits)
    assert [box.title for box in row][2:4] == ["Leaky ReLU", "Dropout"]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("chosen", "lit"), [("X", 0), ("W1", 1), ("Z1", 1), ("dZ1", 2), ("dZ2", 4), ("Y", 4)])
def test_the_chosen_matrix_and_the_box_that_computes_it_are_lit_and_nothing_else(digits, theme, chosen, lit):
    row, _ = row_of(RECIPES["first-steps"], digits)
    picture = diagram(row, theme, chosen)
    assert re.findall(r'data-box="(\w+)"', picture) == ["lit" if i == lit else "dark" for i in range(len(row))]
    [light] = re.findall(rf'<span style="background:{theme.accent};color:{theme.paper};[^>]*>(.*?)</span>', picture)
    assert light.startswith(html(chosen) + " ")


def test_shapes_stand_beside_the_names(digits):
    row, matrices = row_of(RECIPES["first-steps"], digits)
    picture = diagram(row, LIGHT)
    for each in matrices:
        height, width = each.shape
        assert f">{html(each.symbol)} {height} × {width}</span>" in picture
    assert "lit" not in re.findall(r'data-box="(\w+)"', picture)


@pytest.mark.parametrize("recipe", NETWORKS.values(), ids=NETWORKS)
def test_every_box_and_every_matrix_is_a_link_to_itself(recipe, digits):
    row, matrices = row_of(recipe, digits)
    parts = re.findall(r" data-choice>(.*?)</(?:b|span)>", diagram(row, LIGHT))
    names = {each.symbol: html(each.symbol) for each in matrices}
    meant = links(row)
    assert len(parts) == len(meant) == len(row) + len(matrices)
    for text, choice in zip(parts, meant, strict=True):
        if isinstance(choice, list):
            [box] = [each for each in row if each.title == text and choice[0] == each.main.symbol]
            assert choice[0] in [*box.computes, box.out and box.out.symbol]
        else:
            assert text.startswith(names[choice] + " ")
