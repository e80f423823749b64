"""What only a browser can show of the weights: painted pixels, the weight under the pointer, a click on a picture."""

import re
from dataclasses import replace

import pytest

from dashboard.theme import LIGHT, signed_limit, signed_rgb
from nnlib.recipes import RECIPES

SEED = "weights?seed=5"


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


def painted(canvas):
    """The colours of a picture, row by row, as numbers 0 to 255 (red, green, blue, opacity)."""
    return canvas.evaluate("c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]")


def test_the_weight_under_the_pointer_is_told(open_dashboard, first_layer):
    page = open_dashboard(SEED)
    for unit, row, column in ((0, 0, 0), (17, 13, 9), (40, 27, 27)):
        assert told(point_at(page, tile(page, unit), row, column)) == (
            unit,
            row,
            column,
            pytest.approx(first_layer[unit, 28 * row + column], rel=0.005),
        )


def test_every_weight_is_painted_on_the_signed_map(open_dashboard, first_layer):
    page = open_dashboard(SEED)
    colours = signed_rgb(first_layer[3], signed_limit(first_layer), LIGHT)
    seen = painted(tile(page, 3))
    assert [seen[4 * i : 4 * i + 3] for i in range(784)] == colours.tolist()


def test_a_click_enlarges_a_unit(open_dashboard, first_layer):
    page = open_dashboard(SEED)
    tile(page, 22).click()
    page.get_by_role("heading", name="Unit 23", exact=True).wait_for()
    enlarged = page.locator(".st-key-unit .tile canvas")
    assert painted(enlarged) == painted(tile(page, 22))
    unit, _, _, weight = told(point_at(page, enlarged, 5, 6))
    assert unit == 22 and weight == pytest.approx(first_layer[22, 28 * 5 + 6], rel=0.005)
    page.get_by_role("heading", name="Weights out of unit 23").wait_for()


def test_the_pictures_change_while_it_trains_and_are_never_made_anew(open_dashboard, console_errors):
    page = open_dashboard(SEED)
    canvas = tile(page, 0)
    before = painted(canvas)
    canvas.evaluate("c => { c.mark = 'the same' }")
    page.locator(".st-key-run button:visible").click()
    page.wait_for_function(
        "([c, before]) => String([...c.getContext('2d').getImageData(0, 0, 28, 28).data]) !== before",
        arg=[canvas.element_handle(), ",".join(map(str, before))],
    )
    assert canvas.evaluate("c => c.mark") == "the same"
    assert "pause to read" in point_at(page, canvas, 3, 3)
    page.locator(".st-key-pause button:visible").click()
    page.get_by_text("paused").wait_for()
    # Streamlit looks for its own server under the address of the page first.
    assert [error for error in console_errors if "404" not in error] == []


def test_a_unit_chosen_by_a_click_is_switched_off_and_the_change_kept(open_dashboard, console_errors):
    page = open_dashboard(SEED)
    page.locator(".st-key-step_batch button:visible").click()
    page.get_by_text("paused").wait_for()
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
    page.get_by_text("over time", exact=True).click()
    page.get_by_role("heading", name="Inactive units").wait_for()
    assert [error for error in console_errors if "404" not in error] == []
