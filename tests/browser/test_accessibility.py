"""What those need who use a keyboard or a screen reader, see little contrast, or hold a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import READY
from tests.browser.controls import MAIN_WIDTH, NARROW, button, line, link_to, press, visit

PAGES = ("Data", "Draw", "Shapes", "One step", "Weights", "Checks", "Mistakes", "Doctor", "Missions", "Results")
PAGES += ("Answers", "Bugs", "Glossary", "Train")
SETTINGS = "?hidden=16&examples=1000"
STREAMLITS = {("scrollable-region-focusable", ".katex-display")}  # every formula in lines of its own
SETTLED = """() => !document.querySelector('[data-stale="true"], [data-testid="stSkeleton"]')
    && document.getAnimations().every(each => each.playState === "finished")"""
NAMES = """() => [...document.querySelectorAll("button, [role=button], a[href]")].filter(each => each.checkVisibility())
    .map(each => each.ariaLabel?.trim() || each.innerText.trim() || each.querySelector("img")?.alt || "")"""
GENERAL = {"", "Help", "Help for", "Open", "Link to heading"}  # names that do not tell what of


def settle(page):
    page.wait_for_selector(READY)
    page.wait_for_function(SETTLED)
    page.wait_for_selector(".stToast", state="detached")  # has no name, and is gone soon


def violations(page, place, **options):
    """What axe finds serious or critical there, each as its rule, place and remedy."""
    found = Axe().run(page, place, options={"resultTypes": ["violations"], **options}).response["violations"]
    return [
        (rule["id"], node["target"][-1], node["failureSummary"])
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
        if (rule["id"], node["target"][-1]) not in STREAMLITS
    ]


@pytest.mark.parametrize("look", ["light", "dark"])
def test_weak_eyes_can_read_every_page_and_a_screen_reader_knows_every_control(open_dashboard, look):
    page, pages, options = open_dashboard(SETTINGS, color_scheme=look), PAGES, {}
    if look == "dark":  # where only the colours are others: on the pages that have colours of their own
        press(page, "step_epoch", "paused · epoch 1")
        pages, options = ("Draw", "One step", "Weights", "Mistakes", "Train"), {"runOnly": ["color-contrast"]}
    for name in pages:
        visit(page, name)
        settle(page)
        place = None if name == pages[0] else {"exclude": [["section.stSidebar"]]}  # which is the same on all pages
        assert violations(page, place, **options) == [], name
        assert not GENERAL & set(page.evaluate(NAMES)), name
        expect(page.locator("[aria-label*=':material/']")).to_have_count(0)


def test_the_first_tab_leads_to_run_and_pictures_are_buttons_only_where_they_can_be_clicked(open_dashboard):
    page = open_dashboard("weights" + SETTINGS)
    link = page.get_by_role("button", name="Skip to the controls")
    expect(link).to_be_attached()
    page.keyboard.press("Tab")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(button(page, "run")).to_be_focused()
    page.keyboard.press("Enter")
    expect(line(page)).to_contain_text("running")
    button(page, "pause").click()
    units, unit = page.locator(".st-key-units"), page.locator(".st-key-unit")
    expect(units.get_by_role("button", name="unit 16", exact=True)).to_be_enabled()
    expect(unit.get_by_role("img", name="unit 1:")).to_be_visible()
    expect(unit.get_by_role("button")).to_have_count(0)


def test_on_a_phone_no_page_is_wider_than_the_screen_and_a_unit_is_next_to_its_layer(open_dashboard):
    page = open_dashboard("weights" + SETTINGS + "&dropout=0.5&l2=0.01", **NARROW)
    places = [page.locator(f".st-key-{key}").bounding_box() for key in ("units", "unit", "distribution")]
    assert [place["y"] for place in places] == sorted(place["y"] for place in places)
    for name in PAGES:
        link = link_to(page, name)
        link.evaluate("link => link.click()")
        expect(link).to_have_attribute("aria-current", "page")
        settle(page)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 390, name
        assert page.evaluate(MAIN_WIDTH) <= 390, name
        for choice in page.get_by_test_id("stMain").get_by_role("radiogroup").all():
            assert choice.evaluate("each => each.scrollWidth <= each.clientWidth"), name
