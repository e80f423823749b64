"""What only a browser can show of the mistakes: a rejected digit, clicked and taken apart, and the report
as a file.
"""

import csv
import re
from pathlib import Path

from playwright.sync_api import expect


def test_from_a_rejected_digit_to_its_attribution_and_to_a_file(open_dashboard):
    page = open_dashboard("mistakes?hidden=16&examples=2000&seed=3")
    page.locator(".st-key-mistakes_view button", has_text="Calibration").click()
    figures = page.locator(".choosable figure")
    expect(figures).to_have_count(30)
    expect(page.locator(".st-key-reliability .main-svg").first).to_be_visible()
    figures.nth(2).click()
    expect(page.get_by_text(re.compile(r"Validation digit no\. [\d,]+\."))).to_be_visible()

    pictures = page.locator(".st-key-origin .tile")
    expect(pictures).to_have_count(3)
    canvas, border = pictures.nth(2).locator("canvas"), pictures.nth(2).locator("path")
    assert border.get_attribute("d").count("M") > 20
    assert border.evaluate("p => { const b = p.getBBox(); return b.x >= 0 && b.x + b.width <= 28 && b.height <= 28 }")
    colours = canvas.evaluate(
        "c => new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, 28, 28).data.buffer)).size"
    )
    assert colours > 20
    shapes = [each.bounding_box() for each in (canvas, pictures.nth(2).locator("svg"))]
    assert all(abs(shapes[0][side] - shapes[1][side]) < 1 for side in ("x", "y", "width", "height"))  # one on the other
    side = shapes[0]["width"] / 28
    canvas.hover(position={"x": 10.5 * side, "y": 14.5 * side})
    expect(page.locator(".st-key-origin .readout")).to_have_text(re.compile(r"rather than \d · row 14, column 10: \S+"))

    page.locator(".st-key-mistakes_view button", has_text="Report").click()
    with page.expect_download() as download:
        page.locator(".st-key-download_report button:visible").click()
    rows = list(csv.DictReader(Path(download.value.path()).read_text(encoding="utf-8").splitlines()))
    assert [row["class"] for row in rows[:10]] == list("0123456789") and len(rows) == 12
    assert download.value.suggested_filename == "report-first-steps-validation-epoch-0.00.csv"
