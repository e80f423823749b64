"""The first minute of a stranger: from the address to a network that reads, breaks, and is repaired."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.controls import button, line
from tests.browser.test_flows import pause, wait_for_accuracy

SIZES = {"laptop": (1280, 720), "phone": (390, 844)}
GRAPH = ".st-key-network_graph:not([data-retained]) .network-graph .picture"


@pytest.mark.parametrize(("size", "look"), [("laptop", "light"), ("phone", "dark")])
def test_the_first_minute(open_dashboard, size, look):
    width, height = SIZES[size]
    page = open_dashboard("?speed=start", viewport={"width": width, "height": height}, color_scheme=look)
    graph, bar = page.locator(GRAPH).bounding_box(), page.get_by_test_id("stBottom").bounding_box()
    assert graph["x"] >= 0 and graph["x"] + graph["width"] <= width
    assert graph["y"] >= 0 and graph["y"] + graph["height"] <= bar["y"] if size != "phone" else graph["y"] < bar["y"]
    if size != "phone":  # where the settings are behind a button
        for setting in ("setting_learning_rate", "setting_hidden_0"):
            box = page.locator(f".st-key-{setting}").bounding_box()
            assert box["y"] >= 0 and box["y"] + box["height"] <= height

    expect(page.locator("h1")).to_contain_text("Digit Lab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skips what comes before the controls
    expect(button(page, "run")).to_be_focused()
    page.keyboard.press("Enter")
    expect(line(page)).to_contain_text("running")
    wait_for_accuracy(page, 50)
    steps = float(re.search(r"epoch ([\d.]+)", line(page).inner_text())[1]) * 860
    assert steps < 300  # slow enough to be watched
    pause(page)
    expect(page.get_by_text(re.compile("Validation digit no."))).to_be_visible()
