"""Missions, as one walks them with the keyboard alone."""

from playwright.sync_api import expect

from tests.browser.controls import ADDRESSES, MAIN_WIDTH, NARROW, button


def test_a_mission_is_walked_by_keyboard_on_a_phone_and_remembered_by_the_browser(open_dashboard):
    page = open_dashboard(ADDRESSES["Missions"], **NARROW)

    def press(key):
        expect(button(page, key)).to_be_enabled()
        button(page, key).focus()
        page.keyboard.press("Enter")

    press("begin_first-run")
    press("predict_0")
    press("mission_next")
    expect(button(page, "predict_2").get_by_text("90")).to_be_in_viewport()
    assert page.evaluate(MAIN_WIDTH) <= 390
    press("predict_2")
    page.keyboard.press("e")
    press("mission_next")
    press("predict_0")
    page.keyboard.press("e")
    press("mission_next")
    expect(page.locator(".st-key-mission")).to_have_count(0)
    expect(page.locator(".st-key-mission_first-run")).to_contain_text("done")
    page.reload()
    expect(page.locator(".st-key-mission_first-run")).to_contain_text("done")
