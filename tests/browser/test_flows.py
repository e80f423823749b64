"""What a person does with the dashboard, done in a real browser: every wait is for something that can be seen."""

import re

import pytest
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.browser.controls import BAR, MAIN_WIDTH, NARROW, button, expect_page, line, press, visit

FEW = "?hidden=16&examples=1000"  # sixteen mini-batches an epoch
POSITION = """() => {
    const line = document.querySelector('.st-key-state').innerText;
    return Number(line.match(/epoch ([\\d.]+)/)?.[1] ?? NaN);  // it is being drawn
}"""

SEEN_TWICE = """() => {
    window.seenTwice = new Set();
    new MutationObserver(() => {
        const seen = new Set();
        for (const element of document.querySelectorAll('[class*="st-key-"]')) {
            if (!element.offsetParent) continue;  // it is hidden
            const key = [...element.classList].find(name => name.startsWith('st-key-'));
            if (seen.has(key)) window.seenTwice.add(key);
            seen.add(key);
        }
    }).observe(document.body, {subtree: true, childList: true});
}"""


def position(page):
    """Epochs so far, as the line says."""
    return page.evaluate(POSITION)


def wait_for_progress(page, beyond):
    page.wait_for_function(f"before => ({POSITION})() > before", arg=beyond)


def run(page):
    """Press Run and see that it trains."""
    before = position(page)
    press(page, "run", "running")
    wait_for_progress(page, before)


def pause(page):
    press(page, "pause", "paused")
    expect(button(page, "run")).to_be_enabled()


def choose(slider, key, times=1):
    """Move a slider by the keyboard."""
    slider.focus()
    for _ in range(times):
        slider.press(key)


def slider(page, key):
    return page.locator(f".st-key-{key} input[type=range]")


def show_all_settings(page):
    page.locator(".st-key-settings_shown").get_by_text("All settings").click()


def chart(page, name):
    return page.locator(f".st-key-{name}:not([data-retained]) .livechart")


def drawn(page, name):
    """The epoch of the last point of a chart's curves, as its readout tells."""
    chart(page, name).get_by_role("img").press("End")
    return float(chart(page, name).locator(".readout div").first.text_content().removeprefix("epoch "))


def wait_until_drawn(page, name, beyond):
    for _ in range(200):
        if drawn(page, name) > beyond:
            return
        page.wait_for_timeout(100)
    pytest.fail(f"the curves of the {name} end at epoch {drawn(page, name)}")


def wait_for_accuracy(page, per_cent):
    page.wait_for_function(
        """goal => {
            const line = document.querySelector('.st-key-state').innerText.match(/validation ([\\d.]+) %/);
            return line && Number(line[1]) > goal;
        }""",
        arg=per_cent,
    )


# Training


def test_a_network_learns_while_one_watches(page):
    expect(line(page)).to_contain_text("untrained")
    expect(line(page)).to_contain_text(re.compile(r"validation [012]?\d\.\d %"))  # no better than guessing
    run(page)
    wait_until_drawn(page, "loss", 0)
    wait_until_drawn(page, "loss", drawn(page, "loss"))
    wait_for_accuracy(page, 80)
    pause(page)
    stopped = position(page)
    for name in ("loss", "accuracy"):
        wait_until_drawn(page, name, stopped - 0.01)
    visit(page, "Data")
    assert position(page) == stopped


def test_one_mini_batch_and_one_epoch(open_dashboard):
    page = open_dashboard(FEW)
    press(page, "step_batch", "paused · epoch 0.06 (batch 1)")
    press(page, "step_batch", "paused · epoch 0.13 (batch 2)")
    press(page, "step_epoch", "paused · epoch 1.00")
    press(page, "run_epochs", "paused · epoch 11.00")
    wait_until_drawn(page, "loss", 10.99)
    assert drawn(page, "loss") == 11
    press(page, "reset", "untrained · epoch 0")
    expect(page.get_by_test_id("stToast")).to_contain_text("same initial weights")


def test_the_learning_rate_takes_effect_while_it_runs_and_other_hidden_units_start_anew(page):
    run(page)
    choose(slider(page, "setting_learning_rate"), "ArrowRight")
    expect(line(page)).to_contain_text("running")
    expect(page).to_have_url(re.compile("lr=0.2"))
    wait_for_progress(page, position(page))
    expect(line(page)).to_contain_text("running")
    expect(chart(page, "loss").get_by_role("img")).to_have_attribute("aria-label", re.compile(r"lr 0\.1 → 0\.2"))
    expect(page.get_by_test_id("stToast")).to_have_count(0)
    choose(slider(page, "setting_hidden_0"), "ArrowLeft")
    expect(page.get_by_test_id("stToast")).to_contain_text("784-127-10")
    expect(line(page)).to_contain_text("untrained · epoch 0")
    expect(button(page, "pause")).to_be_disabled()
    expect(page).to_have_url(re.compile("hidden=127"))


def test_training_goes_on_while_one_visits_other_pages(open_dashboard):
    """And the browser tells the server of no message that it keeps: one that is gone when the server refers to it ends
    the connection for good, and while a network trains, messages go often."""
    page, sent = open_dashboard("data"), []
    page.on(
        "websocket", lambda socket: socket.on("framesent", lambda message: sent.append(BackMsg.FromString(message)))
    )
    page.reload()
    expect_page(page, "Data")
    run(page)
    for name in ("Mistakes", "Weights", "Train", "Data"):
        visit(page, name)
        expect(page).to_have_url(re.compile("/\\?" if name == "Train" else f"/{name.lower()}\\?"))
        wait_for_progress(page, position(page))
        expect(line(page)).to_contain_text("running")
    page.go_back()
    expect_page(page, "Train")
    pause(page)
    reruns = [message.rerun_script for message in sent if message.HasField("rerun_script")]
    assert len(reruns) >= 6
    assert not any(rerun.cached_message_hashes for rerun in reruns)


def test_an_explosion_is_told_and_mended_and_while_things_come_and_go_nothing_is_seen_twice(open_dashboard):
    page = open_dashboard("?activation=tanh&lr=10")
    page.evaluate(SEEN_TWICE)
    button(page, "run").click()
    warning = page.get_by_test_id("stMain").get_by_test_id("stAlert")
    expect(warning).to_contain_text("exploded")
    button(page, "repair").click()
    expect(warning).to_have_count(0)
    expect(page).not_to_have_url(re.compile(r"lr="))  # the usual one
    expect(button(page, "pause")).to_be_disabled()
    run(page)
    wait_for_accuracy(page, 70)
    pause(page)
    press(page, "step_epoch", re.compile(r"paused · epoch \d+\.00"))
    page.locator('[class*="st-key-snapshot_"] input[type=range]').press("ArrowLeft")
    button(page, "cursor_now").click()
    expect(page.locator(".st-key-seen_past")).to_have_count(0)
    button(page, "add_layer").click()
    expect(slider(page, "setting_hidden_1")).to_be_visible()
    button(page, "remove_layer").click()
    expect(slider(page, "setting_hidden_1")).to_have_count(0)
    assert page.evaluate("[...window.seenTwice]") == []


# The keyboard


def test_keys_press_the_buttons_but_not_while_one_types(open_dashboard):
    page = open_dashboard(FEW)
    rate = slider(page, "setting_learning_rate")
    rate.focus()
    page.keyboard.press("b")
    expect(line(page)).to_contain_text("(batch 1)")
    expect(rate).to_be_focused()
    show_all_settings(page)
    seed = page.locator(".st-key-setting_seed input")
    seed.click()
    seed.press_sequentially("bge")
    recipe = page.locator(".st-key-setting_name input")
    recipe.click()
    recipe.press_sequentially("bge")
    recipe.press("Escape")
    page.locator("h1").click()
    for key, state in (
        ("b", "paused · epoch 0.13 (batch 2)"),  # nothing has happened while one typed
        ("e", "paused · epoch 1.00"),
        ("g", "running"),
    ):
        page.keyboard.press(key)
        expect(line(page)).to_contain_text(state)
    wait_for_progress(page, position(page))
    page.keyboard.press("p")
    expect(line(page)).to_contain_text("paused")


# Addresses


def test_a_refresh_brings_the_same_settings_back(page):
    choose(slider(page, "setting_hidden_0"), "ArrowRight")
    expect(page).to_have_url(re.compile("hidden=129"))
    choose(slider(page, "setting_learning_rate"), "ArrowLeft")
    expect(page).to_have_url(re.compile("lr=0.07"))
    run(page)
    page.reload()
    expect(line(page)).to_contain_text("untrained · epoch 0")
    expect(slider(page, "setting_learning_rate")).to_have_attribute("aria-valuetext", "0.07")
    expect(page.get_by_text("784-129-10")).to_be_visible()
    assert "hidden=129" in page.url and "lr=0.07" in page.url


def test_the_first_of_all_visitors_may_come_by_a_link_to_any_page(untouched_dashboard_url, open_dashboard):
    page = open_dashboard("shapes?recipe=binary-400-25-15-1&seed=3", url=untouched_dashboard_url)
    expect_page(page, "Shapes")
    show_all_settings(page)
    expect(page.get_by_test_id("stSidebar").locator(".st-key-setting_seed input")).to_have_value("3")
    run(page)
    pause(page)


def test_an_address_that_makes_no_sense_is_told(open_dashboard):
    nonsense = "?lr=nan&hidden=![](http://example.org/picture.png)&epochs=3&seed=4"
    page = open_dashboard(nonsense, viewport={"width": 1280, "height": 720})
    place = button(page, "dismiss_problems").bounding_box()
    assert place["x"] + place["width"] <= 1280 and place["width"] > 60  # however long the list of problems
    told = page.locator(".st-key-address_problems p").first
    expect(told).to_contain_text("hidden in the address")
    expect(told).to_contain_text("lr in the address")
    show_all_settings(page)
    expect(page.get_by_test_id("stSidebar").locator(".st-key-setting_seed input")).to_have_value("4")
    run(page)
    button(page, "dismiss_problems").click()
    expect(told).to_have_count(0)


# Others, and other screens


def test_two_visitors_do_not_disturb_each_other(open_dashboard):
    one, other = open_dashboard("?seed=1"), open_dashboard(f"{FEW}&seed=2")
    run(one)
    button(other, "step_batch").click()
    expect(line(other)).to_contain_text("paused · epoch 0.06 (batch 1)")
    choose(slider(other, "setting_learning_rate"), "ArrowRight")
    expect(other).to_have_url(re.compile("lr=0.2"))
    assert "lr=" not in one.url
    run(other)
    for page in (one, other):
        wait_for_progress(page, position(page))
    pause(one)
    stopped = position(one)
    wait_for_progress(other, position(other))
    expect(line(other)).to_contain_text("running")
    assert position(one) == stopped


def test_a_narrow_screen_is_not_overflowed(open_dashboard):
    page = open_dashboard(**NARROW)
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar).to_have_attribute("data-collapsed", "true")
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(sidebar).to_have_attribute("data-collapsed", "false")
    visit(page, "Shapes")
    expect(sidebar).to_have_attribute("data-collapsed", "true")
    run(page)
    for key in ("run", "pause"):
        box = button(page, key).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["y"] + box["height"] <= 844
    assert page.locator(BAR).bounding_box()["height"] < 150
    pause(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390 and page.evaluate(MAIN_WIDTH) <= 390
    # Its name can be heard, though only its icon is seen.
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_visible()


LAPTOP = {"viewport": {"width": 1280, "height": 720}}


def test_on_a_laptop_the_frame_is_slim_and_the_first_settings_are_in_sight(open_dashboard):
    page = open_dashboard(FEW, **LAPTOP)
    height = page.locator(BAR).bounding_box()["height"]
    assert height < 100
    for key in ("setting_learning_rate", "setting_hidden_0", "setting_batch_size", "setting_name"):
        box = page.locator(f".st-key-{key}").bounding_box()
        assert box["y"] + box["height"] <= 720
    press(page, "step_epoch", "paused · epoch 1.00")
    page.locator('[class*="st-key-snapshot_"] input[type=range]').press("Home")
    expect(page.locator(".st-key-seen_past")).to_be_visible()
    assert page.locator(BAR).bounding_box()["height"] == height
    for name in ("controls", "time_machine"):
        middles = page.locator(f".st-key-{name} .stButton button:visible").evaluate_all(
            "all => all.map(each => { const box = each.getBoundingClientRect(); return box.y + box.height / 2 })"
        )
        assert max(middles) - min(middles) < 4  # all in one line
