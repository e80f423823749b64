"""Results: how well can it read?"""

import re

import pytest

from dashboard.results import recipe_results
from nnlib.recipes import RECIPES, SYSTEMS
from tests.pages.content import FEW, lab, texts

PAGE = "pages/results.py"


@pytest.fixture
def page(open_app):
    return open_app(PAGE, **FEW)


def test_one_row_and_one_dot_for_each(page):
    found = recipe_results.load()
    [table] = page.dataframe
    assert list(table.value["short name"]) == [result.name for result in found]
    assert list(table.value["recipe"]) == [result.system.title for result in found]
    assert len(page.get("plotly_chart")) == 1
    assert "0.997" in texts(page)


def test_the_button_loads_the_recipe_with_all_its_settings(page):
    button = page.button(key="load_recipe")
    assert SYSTEMS["first-steps"].title in button.label  # the present one, until a row is chosen; it has been changed
    page = button.click().run()
    assert page.session_state["lab"].recipe == RECIPES["first-steps"]
    assert page.button(key="load_recipe").disabled


def test_a_trained_network_can_be_loaded_again_untrained(page, click):
    click(page, "load_recipe", "step_batch")
    assert not page.button(key="load_recipe").disabled
    click(page, "load_recipe")
    assert lab(page).trainer.steps == 0 and page.button(key="load_recipe").disabled


def test_without_results_it_says_how_to_make_them(page, monkeypatch, tmp_path):
    monkeypatch.setattr(recipe_results.load, "__defaults__", (tmp_path / "nothing.json",))
    page.run()
    assert not page.exception and "benchmarks.accuracy" in page.info[0].value and not page.dataframe


def test_the_trained_network_can_be_loaded_and_every_page_knows_it_is_trained(page, monkeypatch):
    told = []
    monkeypatch.setattr("streamlit.toast", lambda text, **_: told.append(text))
    monkeypatch.setattr("dashboard.shell.controls_view.NOTICEABLE", 0.0)  # seconds: on any machine it takes longer
    page.button(key="load_trained").click().run()
    made = lab(page)
    assert made.recipe == RECIPES["record"] and not page.exception
    assert len(told) == 2 and SYSTEMS["record"].called in told[1] and "64" in told[1]
    assert re.search(r"about [\d.]+ s", page.button(key="reset").help)
    assert made.trainer.history.evaluations.last("validation_accuracy") > 0.99
    assert f"epoch {RECIPES['record'].epochs}.00 " in texts(page) and "untrained ·" not in texts(page)
    page.switch_page("pages/mistakes.py").run()
    assert not page.exception and "untrained" not in texts(page).lower()
