"""The settings in the address, so that a link reproduces a run: `?recipe=first-steps&hidden=64&lr=0.3`. A digit can be
part of it, `&digit=validation-123`: the one that a training step is shown for.

Only what differs from the named recipe is written. What comes in is somebody's text: every value is checked, and one
that makes no sense is left out with a sentence about it.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from nnlib.recipes import DEFAULT, RECIPES, Recipe, RecipeError

MAX_HIDDEN_LAYERS = 4
MAX_UNITS = 1024  # in a layer: one visitor's link must not take the memory of all
LONGEST = 40  # characters of a value; none that makes sense is longer
ALL = "all"
DIGIT = "digit"
SPLITS = ("train", "validation", "test")


def _units(text):
    units = tuple(int(part) for part in text.split("-")) if text != "none" else ()
    if len(units) > MAX_HIDDEN_LAYERS:
        raise RecipeError(f"hidden: expected at most {MAX_HIDDEN_LAYERS} layers, got {text}")
    if max(units, default=0) > MAX_UNITS:
        raise RecipeError(f"hidden: expected units from 1 to {MAX_UNITS}, got {text}")
    return units


def _count_or_all(text):
    return None if text == ALL else int(text)


def _all_or_count(value):
    return ALL if value is None else str(value)


def _number(value):
    return f"{value:g}" if float(f"{value:g}") == value else repr(value)


# field of Recipe: (name in the address, to text, from text)
PARAMETERS: dict[str, tuple[str, Callable[[Any], str], Callable[[str], Any]]] = {
    "hidden": ("hidden", lambda units: "-".join(map(str, units)) or "none", _units),
    "learning_rate": ("lr", _number, float),
    "batch_size": ("batch", _all_or_count, _count_or_all),
    "optimizer": ("optimizer", str, str),
    "momentum": ("momentum", _number, float),
    "schedule": ("schedule", str, str),
    "activation": ("activation", str, str),
    "initializer": ("init", str, str),
    "scale": ("scale", _number, float),
    "l2": ("l2", _number, float),
    "dropout": ("dropout", _number, float),
    "shift": ("shift", str, int),
    "rotation": ("rotation", _number, float),
    "zoom": ("zoom", _number, float),
    "distortion": ("distortion", _number, float),
    "training_size": ("examples", _all_or_count, _count_or_all),
    "seed": ("seed", str, int),
}


def to_query(recipe: Recipe) -> dict[str, str]:
    """The address of a recipe: its name, and what was changed in it."""
    base = RECIPES[recipe.name]
    changed = {
        name: to_text(getattr(recipe, field))
        for field, (name, to_text, _) in PARAMETERS.items()
        if getattr(recipe, field) != getattr(base, field)
    }
    return {"recipe": recipe.name} | changed


def from_query(query: dict[str, str]) -> tuple[Recipe, list[str]]:
    """The recipe of an address, and a sentence for everything in it that could not be used."""
    problems = []
    name = query.get("recipe", DEFAULT)
    if name not in RECIPES:
        problems.append(f"There is no recipe {_quoted(name)}: this is {DEFAULT}. Known: {', '.join(RECIPES)}.")
        name = DEFAULT
    recipe = RECIPES[name]
    for field, (parameter, _, from_text) in PARAMETERS.items():
        if parameter not in query:
            continue
        text = query[parameter]
        try:
            if len(text) > LONGEST:
                raise ValueError
            recipe = replace(recipe, **{field: from_text(text)})
        except ValueError as error:
            reason = error if isinstance(error, RecipeError) else f"got {_quoted(text)}"
            problems.append(f"{parameter} in the address was left out: {reason}.")
    return recipe, problems


def digit_to_query(split: str, number: int) -> dict[str, str]:
    """The part of the address that names a digit by its split and its place in it, counted from 1."""
    return {DIGIT: f"{split}-{number}"}


def digit_from_query(query: dict[str, str], sizes: dict[str, int]) -> tuple[tuple[str, int] | None, str]:
    """(split, number) of the digit in an address, if there is one, and a sentence if it could not be used. `sizes` says
    how many digits each split has."""
    text = query.get(DIGIT)
    if text is None:
        return None, ""
    split, _, place = text.partition("-")
    if split not in SPLITS or not (place.isascii() and place.isdigit()) or len(text) > LONGEST:
        example = "validation-123"
        return None, f"{DIGIT} in the address was left out: expected such as {example}, got {_quoted(text)}."
    if not 1 <= int(place) <= sizes[split]:
        there = f"there are {split} digits 1 to {sizes[split]:,}"
        return None, f"{DIGIT} in the address was left out: {there}, got {int(place)}."
    return (split, int(place)), ""


def _quoted(text):
    return f"“{text}”" if len(text) <= LONGEST else f"“{text[:LONGEST]} …”"
