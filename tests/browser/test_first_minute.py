"""The first minute of a stranger: from the address to a network that reads, breaks, and is repaired."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.controls import button, line, press
from tests.browser.test_flows import choose, pause, slider, wait_for_accuracy

SIZES = {"laptop": (1280, 720), "phone": (390, 844), "desk": (1920, 1080)}
GRAPH = ".st-key-network_graph:not([data-retained]) .network-graph .picture"


@pytest.mark.parametrize(("size", "look"), [("laptop", "light"), ("phone", "dark"), ("desk", "light")])
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


def test_what_breaks_is_repaired(open_dashboard):
    page = open_dashboard(viewport={"width": 1280, "height": 720})
    press(page, "step_epoch", "paused · epoch 1.00")
    choose(slider(page, "setting_learning_rate"), "End")
    button(page, "run").click()
    expect(button(page, "repair")).to_be_visible()
    expect(page).to_have_url(re.compile("lr=10"))
    button(page, "repair").click()
    expect(button(page, "repair")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("lr="))  # back at the recipe's own, which had worked
    wait_for_accuracy(page, 80)
    expect(line(page)).to_contain_text("paused")
