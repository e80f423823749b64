"""Rows, sentences and the chart of results made up by hand."""

import json
import re

import pytest

from dashboard.results import recipe_results
from dashboard.results.misread_chart import misread
from dashboard.theme import LIGHT
from nnlib.recipes import RECIPES, SYSTEMS


def run(test, train=0.99, seconds=10.0):
    return {"seed": 0, "train": train, "validation": 0.9, "test": test, "seconds": seconds, "threads": 2}


@pytest.fixture
def found(tmp_path):
    file = tmp_path / "results.json"
    known = {
        "simple-784-10-10": [run(0.90, seconds=3.0), run(0.91, seconds=5.0), run(0.80, seconds=4.0)],
        "minibatch-784-128-10": [run(0.98, train=0.998), run(0.981, train=0.996), run(0.982, train=0.997)],
        "first-steps": [run(0.97)],
        "of an older version": [run(0.5)],
    }
    file.write_text(json.dumps(known))
    return recipe_results.load(file)


def test_rows_by_hand_in_the_order_of_the_recipes_and_only_known_ones(found):
    assert [result.name for result in found] == ["first-steps", "simple-784-10-10", "minibatch-784-128-10"]
    first, simple, _ = recipe_results.rows(found)
    assert (simple["min"], simple["median"], simple["max"], simple["seconds"]) == (0.80, 0.90, 0.91, 4.0)
    assert simple["published"] == 0.888 and simple["seeds"] == 3 and first["published"] is None


def test_the_sentences_have_their_numbers(found):
    said = recipe_results.about_results(found)
    best = SYSTEMS["minibatch-784-128-10"].title
    assert best in said and re.findall(r"\d[\d.]*", said.replace(best, "")) == ["1", "2", "1.9"]  # 1 of 2 matched
    assert re.findall(r"\d[\d.]*", recipe_results.about_doubtful(found)) == ["0.997", "128", "99.7", "98.1"]
    assert recipe_results.about_doubtful(found[:2]) == ""


def test_dots_are_the_misread_digits_in_per_cent(found):
    figure = misread(found, LIGHT)
    ours, theirs = figure.data
    simple, doubtful = (SYSTEMS[name].title for name in ("simple-784-10-10", "minibatch-784-128-10"))
    assert list(ours.y[1:4]) == 3 * [simple] and list(ours.x[1:4]) == pytest.approx([10, 9, 20])
    assert list(theirs.y) == [simple, doubtful]
    assert list(theirs.x) == pytest.approx([11.2, 0.3])
    assert figure.layout.xaxis.type == "log" and "%" in figure.layout.xaxis.title.text


def test_the_file_in_the_repository_is_whole_and_every_figure_is_possible(tmp_path):
    assert recipe_results.load(tmp_path / "nothing.json") == []
    known = {result.name: result for result in recipe_results.load()}
    assert set(known) == set(RECIPES)
    for result in known.values():
        assert SYSTEMS[result.name] is result.system
        for split in ("train", "validation", "test"):
            assert all(0.5 < value <= 1 for value in result.accuracies(split))
            # Of 10,000 test digits (or the zeros and ones among them) a whole number is read.
        size = 2115 if result.name.startswith("binary") else 10_000
        assert all(abs(value * size - round(value * size)) < 0.02 for value in result.accuracies())


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_says_what_it_reproduces_and_both_accuracies(name, found):
    system = SYSTEMS[name]
    said = recipe_results.about_system(system, found)
    assert system.title in said and f"`{name}`" in said and system.remark in said
    assert (system.source in said) == bool(system.section) == (system.source != "ours")
    assert system.published is None or f"{system.published:g}" in said
    ours = [sorted(result.accuracies())[len(result.runs) // 2] for result in found if result.name == name]
    assert all(f"{accuracy:.4f}" in said for accuracy in ours)
