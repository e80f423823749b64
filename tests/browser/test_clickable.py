"""What no test without a browser can press: pictures and cells that are chosen by a click or by the Enter key."""

import re

from playwright.sync_api import expect

FEW = "hidden=16&examples=2000&seed=3"  # mistakes enough


def chosen(page):
    return page.locator('.choosable [aria-pressed="true"]')


def test_a_cell_filters_the_gallery_a_digit_is_enlarged_and_training_redraws_both(open_dashboard):
    page = open_dashboard(f"mistakes?{FEW}")
    cell = page.locator(".choosable div[data-choice]").first
    truth, guess = re.search(r"of class (\d) read as (\d)", cell.get_attribute("title")).groups()
    cell.click()
    expect(chosen(page)).to_have_count(1)
    captions = page.locator(".choosable figcaption")
    expect(captions.first).to_contain_text(f"✗\u00a0{guess} → ✓\u00a0{truth}")
    assert all(f"✗\u00a0{guess} → ✓\u00a0{truth}" in text for text in captions.all_inner_texts())

    figure = page.locator(".choosable figure").first
    figure.focus()
    page.keyboard.press("Enter")
    expect(chosen(page)).to_have_count(2)
    expect(page.get_by_text(re.compile(rf"Validation digit no\. [\d,]+\. It says {guess}"))).to_be_visible()

    cell.click()  # once more: the filter is lifted
    expect(page.locator('.choosable div[aria-pressed="true"]')).to_have_count(0)

    # While it trains, matrix and gallery are redrawn without a gap.
    page.locator(".st-key-run button:visible").click()
    page.evaluate(
        """() => {
            window.seen = {frames: 0, gaps: 0, texts: new Set(), heights: new Set()};
            const look = () => {
              const grids = [...document.querySelectorAll(".choosable")];
              const pictures = [...document.querySelectorAll(".choosable img")];
              seen.frames += 1;
              seen.gaps += grids.length < 2 || pictures.some((each) => !each.naturalWidth);
              if (grids.length) { seen.texts.add(grids[0].innerText); seen.heights.add(grids[0].clientHeight); }
              requestAnimationFrame(look);
            };
            requestAnimationFrame(look);
        }"""
    )
    page.wait_for_function("seen.texts.size > 4")
    seen = page.evaluate("({...seen, texts: seen.texts.size, heights: seen.heights.size})")
    assert seen["frames"] > 10 and seen["gaps"] == 0 and seen["heights"] == 1


def test_a_digit_of_the_gallery_is_enlarged_and_stays_chosen_on_other_pages(open_dashboard):
    page = open_dashboard("data")
    page.locator(".choosable figure").nth(55).click()
    number = page.get_by_label("Training digit no.", exact=True)
    expect(number).not_to_have_value("1")
    expect(page.locator("strong", has_text="5").first).to_be_visible()
    value = number.input_value()
    page.get_by_role("link", name="Train", exact=True).click()
    expect(page.get_by_role("heading", name="Is it learning?")).to_be_visible()
    page.get_by_role("link", name="Data", exact=True).click()
    expect(page.get_by_label("Training digit no.", exact=True)).to_have_value(value)
    expect(chosen(page)).to_have_count(1)
