"""What a server gives to its visitors at most: read from the environment, checked before anything is made."""

import logging
from dataclasses import replace

import pytest

from dashboard.core import lab as lab_module
from dashboard.core.lab import Lab
from dashboard.core.limits import LIMITS, MB, MEMORY, METRICS, PARAMETERS, VISITORS, Limits, read
from nnlib.recipes import RECIPES, Recipe, RecipeError


def test_the_environment_sets_each_limit():
    environment = {VISITORS: "30", MEMORY: "1500", PARAMETERS: "200000", METRICS: "1"}
    assert read(environment) == Limits(30, 1500 * MB, 200_000, metrics=True)
    assert read({}) == Limits() and not read({METRICS: "0"}).metrics


@pytest.mark.parametrize("text", ["", "0", "-5", "1e3", "many", "٣", "2.5"])
def test_a_limit_that_is_no_whole_number_is_reported_and_the_default_holds(text, caplog):
    with caplog.at_level(logging.ERROR):
        assert read({VISITORS: text}) == Limits()
    assert VISITORS in caplog.text and repr(text) in caplog.text


# 784 * 32 + 32 + 32 * 10 + 10; of zeros and ones only the 20 x 20 centre counts, with one output:
# 400 * 25 + 25 + 25 * 15 + 15 + 15 + 1; two convolutions, 9 * 4 + 4 and 9 * 4 * 8 + 8, leave 5 x 5 of 8: 200 * 10 + 10
@pytest.mark.parametrize(
    ("recipe", "parameters"),
    [
        (Recipe(hidden=(32,)), 25_450),
        (RECIPES["binary-400-25-15-1"], 10_431),
        (Recipe(hidden=(), convolutions=(4, 8)), 2_346),
    ],
)
def test_parameters_are_counted_as_the_network_has_them(digits, recipe, parameters):
    Limits(parameters=parameters).check(recipe, digits)
    with pytest.raises(RecipeError, match=f"{parameters - 1:,} .* got {parameters:,}"):
        Limits(parameters=parameters - 1).check(recipe, digits)


def test_whatever_the_sliders_and_the_recipes_offer_is_within_the_usual_limit(digits):
    for recipe in (*RECIPES.values(), Recipe(hidden=(512,) * 4)):
        LIMITS.check(recipe, digits)


def test_a_network_that_is_too_large_changes_nothing(few, monkeypatch):
    monkeypatch.setattr(lab_module, "LIMITS", Limits(parameters=30_000))
    lab = Lab(few, Recipe(hidden=(32,)))
    lab.step()
    trainer = lab.trainer
    with pytest.raises(RecipeError):
        lab.change(replace(lab.recipe, hidden=(64,)))
    assert lab.trainer is trainer and lab.recipe.hidden == (32,) and trainer.steps == 1
    with pytest.raises(RecipeError):
        Lab(few, Recipe(hidden=(64,)))
