"""What every page has: buttons, the line that tells where the training stands, links to the others, pictures."""

import re

from playwright.sync_api import expect

NARROW = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
BAR = '[data-testid="stBottom"]'
MAIN_WIDTH = "document.querySelector('[data-testid=\"stMain\"]').scrollWidth"


def button(page, key):
    return page.locator(f".st-key-{key} button:visible")


def line(page):
    """Where the training stands, on every page."""
    return page.locator(BAR).locator(".st-key-state p")


def press(page, key, state):
    """Press a button and wait until the line says so."""
    button(page, key).click()
    expect(line(page)).to_contain_text(state)


def link_to(page, name):
    """The link to a page at the top, or on a phone in the list."""
    links = page.locator('[data-testid="stTopNavLink"], [data-testid="stSidebarNavLink"]')
    return links.filter(has=page.get_by_text(name, exact=True))


def visit(page, name):
    """Follow the link to a page, which may stand in the menu."""
    link = link_to(page, name)
    if not link.count():
        page.get_by_test_id("stTopNavSection").click()
        link = page.get_by_role("menuitem", name=name, exact=True)
    link.click()
    expect_page(page, name)


ADDRESSES = {"Missions": "learn"}  # of the pages in the menu, where it is not the name


def expect_page(page, name):
    link = link_to(page, name)
    if link.count():
        expect(link).to_have_attribute("aria-current", "page")
    else:
        expect(page).to_have_url(re.compile(f"/{ADDRESSES.get(name, name.lower())}"))
    expect(page.locator("h1")).to_be_visible()


def painted(canvas):
    """The colours of a picture, row by row, as numbers 0 to 255 (red, green, blue, opacity)."""
    return canvas.evaluate("c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]")


def run_until_repainted(page, canvas):
    """Press Run and wait until the picture has changed, on the same canvas."""
    before = ",".join(map(str, painted(canvas)))
    canvas.evaluate("c => { c.mark = 'the same' }")
    button(page, "run").click()
    page.wait_for_function(
        "([c, before]) => String([...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]) !== before",
        arg=[canvas.element_handle(), before],
    )
    assert canvas.evaluate("c => c.mark") == "the same"
