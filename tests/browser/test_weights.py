"""What only a browser can show of the weights: painted pixels, the weight under the pointer, a click on a picture."""

import re
from dataclasses import replace

import pytest

from dashboard.theme import LIGHT, signed_limit, signed_rgb
from nnlib.recipes import RECIPES
from tests.browser.controls import painted, press, run_until_repainted


@pytest.fixture(scope="module")
def first_layer():
    """The weights a visitor of this address starts with."""
    return replace(RECIPES["first-steps"], seed=5).network(784, 10).weights()[0].W


def tile(page, unit):
    """The picture of one unit of the layer, counted from 0."""
    return page.locator(".st-key-units .tile canvas").nth(unit)


def point_at(page, canvas, row, column, shape=(28, 28)):
    """Put the pointer on the middle of one pixel; what is told there."""
    box = canvas.bounding_box()
    x, y = (column + 0.5) / shape[1] * box["width"], (row + 0.5) / shape[0] * box["height"]
    canvas.hover(position={"x": x, "y": y})
    return canvas.locator("xpath=ancestor::div[contains(@class,'heatmap-grid')]").locator(".readout").inner_text()


def told(text):
    """Unit, row and column, counted from 0, and the weight."""
    unit, row, column, weight = re.fullmatch(r"unit (\d+) · row (\d+), column (\d+): (\S+)", text).groups()
    return int(unit) - 1, int(row) - 1, int(column) - 1, float(weight.replace("−", "-"))


def test_every_weight_is_painted_told_under_the_pointer_and_enlarged_by_a_click(open_dashboard, first_layer):
    page = open_dashboard("weights?seed=5")
    for unit, row, column in ((0, 0, 0), (17, 13, 9), (40, 27, 27)):
        weight = pytest.approx(first_layer[unit, 28 * row + column], rel=0.005)
        assert told(point_at(page, tile(page, unit), row, column)) == (unit, row, column, weight)
    colours = signed_rgb(first_layer[3], signed_limit(first_layer), LIGHT)
    seen = painted(tile(page, 3))
    assert [seen[4 * i : 4 * i + 3] for i in range(784)] == colours.tolist()
    tile(page, 22).click()
    page.get_by_role("heading", name="Unit 23", exact=True).wait_for()
    enlarged = page.locator(".st-key-unit .tile canvas")
    assert painted(enlarged) == painted(tile(page, 22))
    unit, _, _, weight = told(point_at(page, enlarged, 5, 6))
    assert unit == 22 and weight == pytest.approx(first_layer[22, 28 * 5 + 6], rel=0.005)
    page.get_by_role("heading", name="Weights out of unit 23").wait_for()
    canvas = tile(page, 0)
    run_until_repainted(page, canvas)
    assert "pause to read" in point_at(page, canvas, 3, 3)
    press(page, "pause", "paused")


def test_a_unit_chosen_by_a_click_is_switched_off_and_the_change_kept(open_dashboard):
    page = open_dashboard("weights?seed=5&hidden=24")
    tile(page, 22).click()
    page.get_by_role("heading", name="Unit 23", exact=True).wait_for()
    page.get_by_text("one unit", exact=True).click()
    page.get_by_role("heading", name="Responses of unit 23").wait_for()
    page.locator(".st-key-exciting_most figure").first.click()
    page.get_by_role("link", name="Go through one training step with this digit").wait_for()
    page.get_by_text("what if", exact=True).click()
    page.get_by_text("switch it off", exact=True).click()
    page.get_by_role("columnheader", name="After").wait_for()
    page.get_by_role("button", name="Keep").click()
    page.get_by_text("unit 23 of layer 1 switched off").wait_for()
