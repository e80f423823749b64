from dataclasses import replace
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as some

from dashboard.core import pace
from dashboard.core.query_params import (
    MAX_HIDDEN_LAYERS,
    MAX_UNITS,
    PARAMETERS,
    SPLITS,
    digit_from_query,
    digit_to_query,
    from_query,
    speed_from_query,
    speed_to_query,
    to_query,
    unknown_in,
)
from nnlib.activations import ACTIVATIONS
from nnlib.initializers import INITIALIZERS
from nnlib.optimizers import OPTIMIZERS
from nnlib.recipes import DEFAULT, POOL, RECIPES, RecipeError
from nnlib.schedules import SCHEDULES
from tests.figures import figures

COUNTS = some.none() | some.integers(1, 60_000)
POSITIVE = some.floats(min_value=0, exclude_min=True, allow_infinity=False)
SHARES = some.floats(0, 1, exclude_max=True)
VALUES = {
    "hidden": some.lists(some.integers(1, MAX_UNITS), max_size=MAX_HIDDEN_LAYERS).map(tuple),
    "learning_rate": POSITIVE,
    "batch_size": COUNTS,
    "optimizer": some.sampled_from(sorted(OPTIMIZERS)),
    "momentum": SHARES,
    "schedule": some.sampled_from(sorted(SCHEDULES)),
    "activation": some.sampled_from(sorted(ACTIVATIONS)),
    "initializer": some.sampled_from(sorted(INITIALIZERS)),
    "scale": POSITIVE,
    "l2": some.floats(min_value=0, allow_infinity=False),
    "dropout": SHARES,
    "shift": some.integers(0, 8),
    "rotation": some.floats(0, 90),
    "zoom": some.floats(0, 0.5),
    "distortion": some.floats(0, 4),
    "training_size": COUNTS,
    "seed": some.integers(0, 2**32 - 1),
    "convolutions": some.lists(some.sampled_from([(8,), (16, POOL), (4, 4, POOL)]), max_size=4).map(
        lambda parts: sum(parts, ())
    ),
    "batch_norm": some.booleans(),
}
NAMES = {parameter for parameter, _, _ in PARAMETERS.values()}


@some.composite
def recipes(draw):
    """Any recipe by name, with any settings changed."""
    base = RECIPES[draw(some.sampled_from(sorted(RECIPES)))]
    changes = {field: draw(VALUES[field]) for field in draw(some.sets(some.sampled_from(sorted(VALUES))))}
    try:
        return replace(base, **changes)
    except RecipeError:  # a batch that cannot be normalised as a whole
        return reject()


def through_the_address_bar(query):
    """What a browser makes of a query."""
    return {name: values[0] for name, values in parse_qs(urlencode(query), keep_blank_values=True).items()}


def test_every_setting_has_values_and_malformed_text_to_try():
    assert set(VALUES) == set(PARAMETERS) and set(MALFORMED) == NAMES


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_by_name_is_nothing_but_its_name(name):
    assert to_query(RECIPES[name]) == {"recipe": name}
    assert from_query({"recipe": name}) == (RECIPES[name], [])


@given(recipes())
def test_any_settings_come_back_exactly(recipe):
    assert from_query(through_the_address_bar(to_query(recipe))) == (recipe, [])


def test_an_address_reads_as_it_is_meant():
    recipe = replace(RECIPES[DEFAULT], hidden=(64, 32), learning_rate=0.03, batch_size=None, seed=7)
    assert to_query(recipe) == {"recipe": DEFAULT, "hidden": "64-32", "lr": "0.03", "batch": "all", "seed": "7"}
    assert to_query(replace(RECIPES[DEFAULT], hidden=())) == {"recipe": DEFAULT, "hidden": "none"}


MALFORMED = {
    "lr": ("nan", "-1", "0", "1e999", "-inf", "fast", "", "0,1", "1e-999", "0x1", "None"),
    "hidden": ("0", "1-2-3-4-5", "abc", "99999999", "-5", "", "3.5", "1--2", f"{MAX_UNITS + 1}"),
    "batch": ("0", "-1", "60001", "1.5", "nan", "many", "", "None"),
    "examples": ("0", "-1", "1.5", "nan", ""),
    "seed": ("-1", "4294967296", "1.5", "nan", "", "all"),
    "momentum": ("1", "-0.1", "nan", "inf", ""),
    "shift": ("-1", "9", "1.5", ""),
    "rotation": ("-1", "91", "nan", ""),
    "zoom": ("-0.1", "0.6", "inf", ""),
    "distortion": ("-0.1", "4.1", "nan", "much"),
    "dropout": ("1", "-0.1", "nan", "inf", ""),
    "l2": ("-1", "nan", "inf", ""),
    "scale": ("0", "-1", "nan", "inf", ""),
    "conv": ("0", "pool", "8-pool-pool", "8-Pool", "-8", "", "3.5", "1000", "64-64-64-64", "9-9-9-9-9-9-9-9-9"),
    "norm": ("1", "true", "ON", ""),
    **dict.fromkeys(("optimizer", "activation", "init", "schedule"), ("__class__", "Adam", "")),
}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_malformed_text_is_ignored_and_reported(name):
    other = "seed" if name != "seed" else "dropout"
    for text in (*MALFORMED[name], "9" * 100_000):
        recipe, problems = from_query({"recipe": "dense-128-64", name: text, other: "0"})
        assert recipe == RECIPES["dense-128-64"]
        [sentence] = problems
        assert sentence.split()[0] == name and "got " in sentence and len(sentence) < 200


@pytest.mark.parametrize(("name", "text"), [("hidden", "0"), ("hidden", "1-2-3-4-5"), ("lr", "-1"), ("batch", "0")])
def test_a_problem_names_its_setting_once(name, text):
    [sentence] = from_query({name: text})[1]
    assert sentence.count(":") == 1


def test_unknown_names_are_told_in_one_sentence():
    assert (
        unknown_in(to_query(replace(RECIPES[DEFAULT], seed=3)) | speed_to_query("max") | digit_to_query("test", 3))
        == []
    )
    [sentence] = unknown_in({"recipe": "x", "epochs": "3", "lr": "1", "y" * 1000: "1"})
    assert "epochs" in sentence and "lr" not in sentence and len(sentence) < 200
    [sentence] = unknown_in(dict.fromkeys(map(str, range(10, 1000)), ""))
    assert figures(sentence) == [10, 11, 12, 13, 14]


def test_what_other_sites_add_to_links_is_no_name_that_is_told():
    assert unknown_in(dict.fromkeys(["utm_source", "UTM_Campaign", "fbclid", "gclid", "mc_eid", "lr"], "x")) == []
    [sentence] = unknown_in({"utm_source": "x", "utmost": "x", "clid": "x"})
    assert "utmost" in sentence and "clid" in sentence and "utm_source" not in sentence


def test_what_was_expected_of_the_hidden_layers_is_told():
    _, [sentence] = from_query({"hidden": "abc"})
    assert "128-64" in sentence and "abc" in sentence


@given(some.fixed_dictionaries({name: some.text() for name in NAMES}))
@settings(max_examples=30)
def test_no_text_raises(query):
    for name, text in query.items():
        recipe, problems = from_query({name: text})
        assert problems or to_query(recipe).get(name, text) is not None
    recipe, problems = from_query(query)
    assert from_query(to_query(recipe)) == (recipe, [])


def test_an_unknown_recipe_is_the_default_with_the_other_settings_kept():
    recipe, [sentence] = from_query({"recipe": "resnet", "seed": "3"})
    assert recipe == replace(RECIPES[DEFAULT], seed=3)
    assert "resnet" in sentence and all(name in sentence for name in RECIPES)
    _, [sentence] = from_query({"recipe": "x" * 100_000})
    assert len(sentence) < 1_000


def test_two_wrong_settings_make_two_sentences():
    recipe, problems = from_query({"lr": "nan", "hidden": "64", "seed": "-1"})
    assert recipe == replace(RECIPES[DEFAULT], hidden=(64,))
    assert [sentence.split()[0] for sentence in problems] == ["lr", "seed"]


def test_what_is_no_setting_is_passed_over_and_an_empty_address_is_the_default():
    for query in ({}, {"utm_source": "mail", "name": "x", "epochs": "3", "loss": "x"}):
        assert from_query(query) == (RECIPES[DEFAULT], [])


# A digit

SIZES = {"train": 55_000, "validation": 5_000, "test": 10_000, "mine": 500}


@given(some.sampled_from(SPLITS).flatmap(lambda name: some.tuples(some.just(name), some.integers(1, SIZES[name]))))
def test_any_digit_comes_back(digit):
    assert digit_from_query(through_the_address_bar(digit_to_query(*digit)), SIZES) == (digit, "")


def test_an_address_without_a_digit_has_none():
    assert digit_from_query({"recipe": DEFAULT}, SIZES) == (None, "")
    assert digit_to_query("validation", 123) == {"digit": "validation-123"}


def test_a_digit_that_does_not_exist_is_ignored_and_reported():
    for text in (
        *("", "validation", "validation-", "validation-0", "validation-5001", "validation--1", "validation-1.5"),
        *("dev-3", "validation-²", "validation-١", "-3", "test-10001", "mine-501", "validation-1-2", "Validation-1"),
        "train-" + "9" * 100_000,
    ):
        digit, sentence = digit_from_query({"digit": text}, SIZES)
        assert digit is None
        assert sentence.split()[0] == "digit" and len(sentence) < 200


@given(some.text())
def test_no_text_for_a_digit_raises(text):
    digit, sentence = digit_from_query({"digit": text}, SIZES)
    assert (digit is None) == bool(sentence)


@pytest.mark.parametrize("speed", pace.SPEEDS)
def test_the_speed_is_in_the_address_if_it_is_not_the_usual_one(speed):
    query = speed_to_query(speed)
    assert speed_from_query(query) == (speed, [])
    assert bool(query) is (speed != pace.DEFAULT)


@pytest.mark.parametrize("text", ["", "2", "nan", "-1", "fast" * 1000])
def test_a_speed_there_is_not_is_reported(text):
    speed, [problem] = speed_from_query({"speed": text})
    assert speed == pace.DEFAULT and "speed" in problem and len(problem) < 200
