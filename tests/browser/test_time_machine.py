"""The time machine as a person uses it: train, go back, look around, go on from there."""

import re
from contextlib import suppress

from playwright.sync_api import expect

from tests.browser.controls import NARROW, button, line, press, visit

FEW = "?hidden=16&examples=1000"  # sixteen mini-batches an epoch
SLIDER = '[class*="st-key-snapshot_"] input[type=range]'
BRANCH = '[class*="st-key-branch_"]'


def past(page):
    """What the line of the time machine says while it shows the past."""
    return page.locator(".st-key-seen_past p")


def test_train_go_back_look_around_and_continue_from_there(open_dashboard):
    page = open_dashboard(FEW)
    for epoch in (1, 2, 3):
        press(page, "step_epoch", f"paused · epoch {epoch}.00 (batch {16 * epoch})")
    page.locator(SLIDER).press("ArrowLeft")
    expect(past(page)).to_contain_text("epoch 2.00 (batch 32)")
    page.locator(SLIDER).press("ArrowLeft")
    expect(past(page)).to_contain_text("epoch 1.00 (batch 16)")
    expect(page.get_by_test_id("stMetric").filter(has_text=re.compile("^Epoch"))).to_contain_text("1.00")
    visit(page, "One step")
    expect(page.get_by_text("at epoch 1.00, on the next mini-batch")).to_be_visible()
    visit(page, "Mistakes")
    expect(past(page)).to_contain_text("epoch 1.00 (batch 16)")
    press(page, "cursor_continue", "paused · epoch 1.00")
    expect(past(page)).to_have_count(0)
    expect(page.locator(f"{BRANCH} input")).to_have_value("2: from epoch 1.00")
    visit(page, "Train")
    press(page, "step_epoch", "paused · epoch 2.00")
    expect(page.locator(".st-key-loss:not([data-retained])")).to_contain_text("validation, branch 1")
    page.locator(f"{BRANCH} input").click()
    page.get_by_role("option", name="1: from the start").click()
    expect(line(page)).to_contain_text("paused · epoch 3.00")


def test_an_animation_moves_all_pages_along_and_a_click_gets_through(open_dashboard):
    page = open_dashboard(FEW)
    press(page, "step_epoch", "paused · epoch 1.00")
    visit(page, "Weights")
    button(page, "cursor_play").click()
    expect(past(page)).to_contain_text("the start, untrained")
    visit(page, "Train")
    expect(past(page)).to_contain_text(re.compile("batch [1-9]"))
    button(page, "cursor_stop").click()
    expect(button(page, "cursor_play")).to_be_visible()
    stopped = past(page).inner_text()
    page.wait_for_timeout(1000)
    assert past(page).inner_text() == stopped
    button(page, "cursor_play").click()
    expect(past(page)).to_have_count(0)  # it has come to the present


def test_on_a_telephone_the_past_is_shown_while_the_training_goes_on(open_dashboard):
    page = open_dashboard("?hidden=16", **NARROW)
    button(page, "run").click()
    expect(line(page)).to_contain_text(re.compile(r"running · epoch ([1-9]|\d\d)\."))
    for _ in range(4):  # a new snapshot may make the slider anew just as the key is pressed
        page.locator(SLIDER).press("Home")
        with suppress(AssertionError):
            expect(past(page)).to_be_visible(timeout=5_000)
            break
    expect(past(page)).to_contain_text("the start, untrained")
    expect(past(page)).to_be_in_viewport()
    before = line(page).inner_text()
    expect(line(page)).not_to_have_text(before)
    expect(line(page)).to_contain_text("running")
    expect(past(page)).to_contain_text("the start, untrained")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    button(page, "cursor_now").click()
    expect(past(page)).to_have_count(0)
    expect(line(page)).to_contain_text("running")
