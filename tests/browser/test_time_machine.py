"""The time machine as a person uses it: train, go back, look around, go on from there."""

import re

from playwright.sync_api import expect

from tests.browser.controls import NARROW, button, line, press, visit

FEW = "?hidden=16&examples=1000"  # sixteen mini-batches an epoch
SLIDER = '[class*="st-key-snapshot_"] input[type=range]'
BRANCH = '[class*="st-key-branch_"]'


def past(page):
    """The line on the page that says that the past is shown."""
    return page.get_by_text("You see")


def test_train_go_back_look_around_and_continue_from_there(open_dashboard):
    page = open_dashboard(FEW)
    for epoch in (1, 2, 3):
        press(page, "step_epoch", f"paused · epoch {epoch} · batch 0 of 16")
    page.locator(SLIDER).press("ArrowLeft")
    expect(past(page)).to_contain_text("epoch 2.00 (batch 32)")
    expect(past(page)).to_contain_text("is at epoch 3.00")
    page.locator(SLIDER).press("ArrowLeft")
    expect(past(page)).to_contain_text("epoch 1.00 (batch 16)")
    expect(page.get_by_test_id("stMetric").filter(has_text=re.compile("^Epoch"))).to_contain_text("1.00")
    visit(page, "One step")
    expect(page.get_by_text("at epoch 1.00, on the next mini-batch")).to_be_visible()
    visit(page, "Mistakes")
    expect(past(page)).to_contain_text("epoch 1.00 (batch 16)")
    press(page, "past_continue", "paused · epoch 1 · batch 0 of 16")
    expect(past(page)).to_have_count(0)
    expect(page.locator(f"{BRANCH} input")).to_have_value("2: from epoch 1.00")
    visit(page, "Train")
    press(page, "step_epoch", "paused · epoch 2 · batch 0 of 16")
    expect(page.locator(".st-key-loss:not([data-retained])")).to_contain_text("validation, branch 1")
    page.locator(f"{BRANCH} input").click()
    page.get_by_role("option", name="1: from the start").click()
    expect(line(page)).to_contain_text("paused · epoch 3 · batch 0 of 16")


def test_an_animation_moves_all_pages_along_and_a_click_gets_through(open_dashboard):
    page = open_dashboard(FEW)
    button(page, "run_epochs").click()
    expect(line(page)).to_contain_text("paused · epoch 10 · batch 0 of 16")
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


def test_on_a_telephone_the_page_itself_says_that_the_past_is_shown_while_the_training_goes_on(open_dashboard):
    page = open_dashboard("?hidden=16", **NARROW)
    button(page, "run").click()
    expect(line(page)).to_contain_text(re.compile(r"running · epoch ([2-9]|\d\d)"))
    page.get_by_test_id("stExpandSidebarButton").click()
    page.locator(SLIDER).focus()
    page.locator(SLIDER).press("Home")
    expect(past(page)).to_contain_text("the start, untrained")
    page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    expect(past(page)).to_be_in_viewport()
    expect(past(page)).to_contain_text("continues")
    before = past(page).inner_text().split("training")[-1]
    page.wait_for_function("before => !document.body.innerText.includes(before)", arg=before)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    button(page, "past_now").click()
    expect(past(page)).to_have_count(0)
    expect(line(page)).to_contain_text("running")
