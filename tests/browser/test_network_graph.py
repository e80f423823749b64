"""What only a browser can show of the network graph: what the pointer meets, what a click opens, what a key changes."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from dashboard.train.network_graph import first_digit, graph
from nnlib.recipes import RECIPES
from tests.browser.controls import button, expect_page

ADDRESS = "?hidden=16&examples=1000&seed=5"
GRAPH = ".st-key-network_graph:not([data-retained]) .network-graph"


@pytest.fixture(scope="module")
def trainer(digits):
    return replace(RECIPES["first-steps"], hidden=(16,), training_size=1000, seed=5).trainer(digits)


def readout(page):
    return page.locator(f"{GRAPH} .readout")


SEARCH = """(canvas, start) => {
  const box = canvas.getBoundingClientRect();
  const readout = canvas.parentElement.querySelector(".readout");
  for (let y = 40; y < box.height; y += 9) {
    for (let x = 120; x < box.width; x += 9) {
      const place = { pointerType: "mouse", clientX: box.left + x, clientY: box.top + y };
      canvas.dispatchEvent(new PointerEvent("pointermove", place));
      if (!readout.hidden && readout.textContent.startsWith(start)) return [place.clientX, place.clientY];
    }
  }
}"""


def point_at(page, start):
    """Put the pointer where what is told begins so; what is told."""
    page.mouse.move(*page.locator(f"{GRAPH} .picture").evaluate(SEARCH, start))
    return readout(page).text_content()


def numbers(text):
    return [float(each.replace("−", "-")) for each in re.findall(r"[=×] ([+−]?[\d.]+(?:e−\d+)?)", text)]


def test_the_numbers_under_the_pointer_are_those_of_the_network(open_dashboard, trainer):
    page, position = open_dashboard(ADDRESS), first_digit(trainer)
    _, hidden, _ = graph(trainer, position).columns
    expect(page.get_by_text(f"Validation digit no. {position + 1},")).to_be_visible()
    for k in (0, 1):
        unit = hidden.shown[k]
        told = point_at(page, f"unit {unit + 1} of layer 1:")
        assert numbers(told)[0] == pytest.approx(hidden.z[k], rel=0.006)
        expect(page.locator(f"{GRAPH} .title")).to_have_text(f"Unit {unit + 1} of layer 1")
    before = readout(page).text_content()
    button(page, "run").press("Enter")
    expect(readout(page)).not_to_have_text(before)  # the pointer has not moved
    assert readout(page).text_content().startswith(f"unit {unit + 1} of layer 1:")
    button(page, "pause").press("Enter")


def test_a_key_changes_the_digit_and_the_arrow_keys_go_from_unit_to_unit(open_dashboard, trainer):
    page, position = open_dashboard(ADDRESS), first_digit(trainer)
    page.keyboard.press("n")
    expect(page.get_by_text(f"Validation digit no. {position + 2},")).to_be_visible()
    picture = page.locator(f"{GRAPH} .picture")
    expect(picture).to_have_attribute("aria-label", re.compile(f"no. {position + 2},"))
    picture.focus()
    page.keyboard.press("ArrowRight")
    expect(readout(page)).to_contain_text("class")
    page.keyboard.press("ArrowLeft")
    expect(readout(page)).to_contain_text("of layer 1")


def test_a_click_opens_the_unit_or_the_sum_behind_an_output(open_dashboard, trainer):
    page, position = open_dashboard(ADDRESS), first_digit(trainer)
    told = point_at(page, "unit")
    page.mouse.down()
    page.mouse.up()
    expect_page(page, "Weights")
    number = re.match(r"unit (\d+) of layer 1", told)[1]
    page.get_by_role("heading", name=f"Unit {number}", exact=True).wait_for()
    page.get_by_role("link", name="Train", exact=True).click()
    expect_page(page, "Train")
    expect(page.locator(f"{GRAPH} .title")).not_to_be_empty()
    box = page.locator(f"{GRAPH} .picture").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 120, box["y"] + box["height"] - 14)  # the last bar
    expect_page(page, "One step")
    expect(page).to_have_url(re.compile(f"digit=validation-{position + 1}"))
    page.get_by_role("heading", name=re.compile(r"^Z.2.")).wait_for()


def test_the_activation_of_a_normalised_unit_is_told_with_both_of_its_layers(open_dashboard):
    page = open_dashboard(ADDRESS + "&norm=on")
    button(page, "run").wait_for()
    point_at(page, "unit")
    expect(page.locator(GRAPH)).to_contain_text("batch norm, ReLU: activation")
