"""The code shown is the code that runs, and the lines marked are those that make the matrix."""

from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.step.source_lines import code_html, method, rule, snippet
from dashboard.step.training_step import Step
from dashboard.theme import LIGHT
from nnlib.layers import Dense
from nnlib.optimizers import OPTIMIZERS
from nnlib.recipes import RECIPES, Recipe

ROOT = Path(__file__).parents[3]


def step_of(recipe, digits):
    if recipe.data == "digits":  # the others select too many to make do with few
        digits = replace(digits, validation=digits.validation.take(20), test=digits.test.take(20))
    trainer = replace(recipe, training_size=50).trainer(digits)
    return Step(trainer.dry_run(trainer.digits.train.images[:3], trainer.digits.train.labels[:3]), False)


def marked(found):
    return [line.strip() for number, line in enumerate(found.lines, found.first) if number in found.marked]


@pytest.mark.parametrize("name", RECIPES)
def test_every_matrix_has_its_lines_and_they_stand_in_the_file(digits, name):
    step = step_of(RECIPES[name], digits)
    for matrix in step.matrices:
        found = snippet(matrix, step)
        assert found.marked, matrix.symbol
        lines = (ROOT / found.file).read_text(encoding="utf-8").splitlines()
        there = lines[found.first - 1 : found.first - 1 + len(found.lines)]
        assert [line.strip() for line in there] == [line.strip() for line in found.lines]


def test_the_marked_lines_carry_the_formula(digits):
    step = step_of(Recipe(hidden=(4,), batch_norm=True), digits)
    for symbol, formula in (
        ("N1", "# N = "),
        ("S1", "# S = "),
        ("dZ1", "# dZ = "),
        ("dγ1", "# dγ = "),
        ("dβ1", "# dβ = "),
    ):
        assert any(formula in line for line in marked(snippet(step.by_symbol[symbol], step))), symbol
    step = step_of(Recipe(hidden=(4,), dropout=0.5), digits)
    for symbol, formula in (("dW1", "# dW = dZ Aᵀ"), ("db1", "# db = dZ 1"), ("dA1", "# dA = dÃ o D")):
        [line] = marked(snippet(step.by_symbol[symbol], step))
        assert formula in line
    assert marked(snippet(step.by_symbol["Z1"], step))[-1] == "Z += self.b"
    assert "# dZ = (A - Y) / m" in marked(snippet(step.by_symbol["dZ2"], step))[-1]
    assert "# A = max(Z, 0)" in marked(snippet(step.by_symbol["A1"], step))[0]
    assert "self.W" in marked(snippet(step.by_symbol["W1"], step))[0]  # given: where it is used
    assert "self.b" in marked(snippet(step.by_symbol["b1"], step))[0]


def test_an_inherited_method_is_shown_where_it_is_defined(digits):
    step = step_of(Recipe(hidden=()), digits)
    found = snippet(step.by_symbol["dZ1"], step)
    assert found.title.startswith("Loss.backward") and "SoftmaxCrossEntropy" in found.title
    assert found.file == "nnlib/losses.py"


def test_it_is_read_from_the_class_that_runs():
    class Loud(Dense):
        def forward(self, A, training=True):
            Z = self.W @ A  # a formula of its own
            self.Z = Z
            return Z

    assert marked(method(Loud, "forward", ("Z",))) == ["Z = self.W @ A  # a formula of its own"]
    assert marked(method(Loud, "backward", ("dW",)))[0].startswith("product(dZ, self.A.T, out=self.dW)")


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values())
def test_the_rule_of_every_optimizer_ends_in_the_change(optimizer):
    found = rule(object.__new__(optimizer))
    assert marked(found)[-1].startswith("parameters -= ") and found.file == "nnlib/optimizers.py"


def test_as_html_the_code_is_escaped_and_numbered():
    found = method(Dense, "backward", ("dW",))
    text = code_html(found, LIGHT)
    assert text.count("▸") == 1 and f"{found.first}" in text and "<script" not in text
    assert text.count('<div style="') >= len(found.lines)
