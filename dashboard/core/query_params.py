"""The settings in the address, so that a link reproduces a run: `?recipe=first-steps&hidden=64&lr=0.3`. It can also
name a digit, `&digit=validation-123`, to show a training step for, and the speed of a run, `&speed=3`.

Only what differs from the named recipe is written. Every value read is checked; an invalid one is ignored and reported.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dashboard.core import pace
from dashboard.notation.phrases import MINE
from nnlib.recipes import DEFAULT, POOL, RECIPES, Recipe, RecipeError

MAX_HIDDEN_LAYERS = 4
MAX_UNITS = 1024  # in a layer: a link must not use up the memory shared by all visitors
MAX_EXAMPLES = 60_000  # of MNIST for training and validation
LONGEST = 40  # characters; no valid value is longer
SIDE, MAX_NUMBERS = 28, 60_000  # of a picture, and of the outputs of all convolutions with 3 x 3 kernels
ALL = "all"
SWITCH = ("off", "on")
DIGIT, SPEED, QUESTION = "digit", "speed", "question"
SPLITS = ("train", "validation", "test", MINE)
# What other sites add to links to count their readers, besides names that begin with utm_.
TRACKING = {
    "fbclid",
    "gclid",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "twclid",
    "ttclid",
    "yclid",
    "igshid",
} | {*("li_fat_id", "mc_cid", "mc_eid", "_ga", "_gl")}
FEW = 5  # unknown names, at most, are told


def _units(text):
    units = tuple(int(part) for part in text.split("-")) if text != "none" else ()
    if len(units) > MAX_HIDDEN_LAYERS:
        raise RecipeError(f"expected at most {MAX_HIDDEN_LAYERS} layers, got {text}")
    if max(units, default=0) > MAX_UNITS:
        raise RecipeError(f"expected units from 1 to {MAX_UNITS}, got {text}")
    return units


def _stages(text):
    stages = tuple(part if part == POOL else int(part) for part in text.split("-")) if text != "none" else ()
    side, numbers = SIDE, 0
    for stage in stages:
        side = side // 2 if stage == POOL else side - 2
        numbers += 0 if stage == POOL else side**2 * stage
    if numbers > MAX_NUMBERS:
        raise RecipeError(f"expected at most {MAX_NUMBERS:,} numbers in all feature maps, got {numbers:,}")
    return stages


def _switch(text):
    if text not in SWITCH:
        raise ValueError
    return text == SWITCH[True]


def _count_or_all(text):
    count = None if text == ALL else int(text)
    if count is not None and count > MAX_EXAMPLES:
        raise RecipeError(f"expected at most {MAX_EXAMPLES:,}, or {ALL}, got {text}")
    return count


def _all_or_count(value):
    return ALL if value is None else str(value)


def _number(value):
    return f"{value:g}" if float(f"{value:g}") == value else repr(value)


# field of Recipe: (name in the address, to text, from text)
PARAMETERS: dict[str, tuple[str, Callable[[Any], str], Callable[[str], Any]]] = {
    "hidden": ("hidden", lambda units: "-".join(map(str, units)) or "none", _units),
    "convolutions": ("conv", lambda stages: "-".join(map(str, stages)) or "none", _stages),
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
    "batch_norm": ("norm", SWITCH.__getitem__, _switch),
    "seed": ("seed", str, int),
}


EXPECTED: dict[Callable, str] = {  # by the function that reads it
    int: "a whole number",
    float: "a number",
    _count_or_all: f"a whole number or {ALL}",
    _units: "units like 128 or 128-64, or none",
    _stages: "filters like 32-64 or 32-pool-64-64-pool, or none",
    _switch: " or ".join(SWITCH),
}


def to_query(recipe: Recipe) -> dict[str, str]:
    """The query of a recipe: its name, and the settings that differ from it."""
    base = RECIPES[recipe.name]
    changed = {
        name: to_text(getattr(recipe, field))
        for field, (name, to_text, _) in PARAMETERS.items()
        if getattr(recipe, field) != getattr(base, field)
    }
    return {"recipe": recipe.name} | changed


def from_query(query: dict[str, str]) -> tuple[Recipe, list[str]]:
    """The recipe of a query, and a sentence for every value that could not be used."""
    problems = []
    name = query.get("recipe", DEFAULT)
    if name not in RECIPES:
        problems.append(f"There is no recipe {_quoted(name)}; {DEFAULT} is used. Recipes: {', '.join(RECIPES)}.")
        name = DEFAULT
    recipe = RECIPES[name]
    given = [field for field, (parameter, *_) in PARAMETERS.items() if parameter in query]
    while True:  # a value may fit only with another one that comes later
        refused = {}
        for field in given:
            parameter, *_ = PARAMETERS[field]
            try:
                recipe = with_text(recipe, field, query[parameter])
            except RecipeError as error:
                refused[field] = f"{parameter} in the address is ignored: {error}."
        if len(refused) in (0, len(given)):
            return recipe, problems + list(refused.values())
        given = list(refused)


def with_text(recipe: Recipe, field: str, text: str) -> Recipe:
    """The recipe with a field as written in an address. Raises RecipeError if it says no valid value."""
    *_, from_text = PARAMETERS[field]
    try:
        if len(text) > LONGEST:
            raise ValueError
        return replace(recipe, **{field: from_text(text)})
    except RecipeError as error:
        raise RecipeError(str(error).removeprefix(f"{field.replace('_', ' ')}: ")) from None
    except ValueError:
        raise RecipeError(f"expected {EXPECTED.get(from_text, 'another value')}, got {_quoted(text)}") from None


def unknown_in(query: dict[str, str]) -> list[str]:
    """A sentence if there are names in a query that mean nothing here. Streamlit keeps its own to itself."""
    known = {"recipe", DIGIT, SPEED, QUESTION, *TRACKING, *(name for name, _, _ in PARAMETERS.values())}
    unknown = [name for name in query if name.lower() not in known and not name.lower().startswith("utm_")]
    unknown = [name if len(name) <= LONGEST else f"{name[:LONGEST]} …" for name in unknown]
    more = ["…"] * (len(unknown) > FEW)
    return [f"Unknown in the address: {', '.join(unknown[:FEW] + more)}."] if unknown else []


def speed_to_query(speed: str) -> dict[str, str]:
    """The part of the query that names the speed of a run, unless it is the usual one."""
    return {} if speed == pace.DEFAULT else {SPEED: speed}


def speed_from_query(query: dict[str, str]) -> tuple[str, list[str]]:
    """The speed in a query, the usual one without it, and a sentence if it could not be used."""
    text = query.get(SPEED, pace.DEFAULT)
    if text in pace.SPEEDS:
        return text, []
    expected = ", ".join(pace.SPEEDS)
    return pace.DEFAULT, [f"{SPEED} in the address is ignored: expected one of {expected}, got {_quoted(text)}."]


def digit_to_query(split: str, number: int) -> dict[str, str]:
    """The part of the query that names a digit: its split and its number in it, from 1."""
    return {DIGIT: f"{split}-{number}"}


def digit_from_query(query: dict[str, str], sizes: dict[str, int]) -> tuple[tuple[str, int] | None, str]:
    """(split, number) of the digit in a query, None without one, and a sentence if it could not be used. `sizes` is
    {split: number of digits}."""
    text = query.get(DIGIT)
    if text is None:
        return None, ""
    split, _, number = text.partition("-")
    if split not in SPLITS or not (number.isascii() and number.isdigit()) or len(text) > LONGEST:
        return None, f"{DIGIT} in the address is ignored: expected, for example, validation-123, got {_quoted(text)}."
    if not sizes[split]:
        return None, f"{DIGIT} in the address is ignored: this session has no digits of yours that fit the network."
    if not 1 <= int(number) <= sizes[split]:
        return None, f"{DIGIT} in the address is ignored: expected 1 to {sizes[split]:,}, got {int(number)}."
    return (split, int(number)), ""


def _quoted(text):
    return f"“{text}”" if len(text) <= LONGEST else f"“{text[:LONGEST]} …”"
