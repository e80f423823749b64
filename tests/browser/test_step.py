"""One step: what only a browser can show, a walk by key and click, slow motion by itself, and how it fits a phone."""


def heading(page, text):
    page.get_by_role("heading", name=text).first.wait_for()


def test_walk_choose_a_cell_and_update(open_dashboard):
    page = open_dashboard("step?hidden=16", viewport={"width": 1280, "height": 720})
    heading(page, "X: the mini-batch")
    page.locator("h1").click()
    page.keyboard.press("ArrowRight")
    heading(page, "Z[1]: ")
    matrices = page.locator(".st-key-step_cells .matrix")
    matrices.nth(3).wait_for()
    tops = [matrix.bounding_box()["y"] for matrix in matrices.all()]
    assert len(tops) == 4 and max(tops) - min(tops) < 3  # side by side
    cell = page.locator(".st-key-step_cells td[data-choice]").nth(3)
    cell.click()
    page.locator(".st-key-step_cells td.now[data-choice]").first.wait_for()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.st-key-step_cells td[data-choice]')].findIndex"
        "(cell => cell.getAttribute('aria-pressed') === 'true') === 3"
    )
    for name in ("A[2]: the network's outputs", "dZ[2]: gradient", "W[1]: before | change | after"):
        page.keyboard.press("ArrowRight")
        heading(page, name)
    page.get_by_text("untrained · epoch 0").wait_for()
    page.get_by_role("button", name="Update the network").click()
    page.get_by_text("bit for bit").wait_for()
    page.get_by_text("epoch 0.00 (batch 1)").wait_for()
    assert page.locator(".katex-error").count() == 0


def test_slow_motion_moves_by_itself(open_dashboard):
    page = open_dashboard("step?hidden=16")
    page.get_by_role("button", name="Slow motion").click()
    heading(page, "Z[1]: ")
    heading(page, "A[1]: ")
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Slow motion").wait_for()


def test_a_link_leads_from_a_mistake_to_its_step(open_dashboard):
    page = open_dashboard("mistakes?hidden=16")
    page.get_by_role("link", name="Go through one training step").click()
    heading(page, "How does one update happen?")
    page.get_by_text("A dry run on a copy").wait_for()
    assert "digit=validation-" in page.url and "hidden=16" in page.url
    page.get_by_text("The next mini-batch").click()
    page.wait_for_url(lambda url: "digit" not in url)


def test_the_page_fits_a_phone(open_dashboard):
    page = open_dashboard("step?recipe=dense-128-64&digit=train-3", viewport={"width": 390, "height": 844})
    for name in (
        "Z[1]: weighted sums",
        "A[3]: the network's outputs",
        "dZ[3]: gradient",
        "W[1]: before | change | after",
    ):
        page.get_by_role("button", name="Next").click()
        heading(page, name)
        assert page.locator('[data-testid="stMain"]').evaluate("main => main.scrollWidth") <= 390
