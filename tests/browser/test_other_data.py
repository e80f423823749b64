"""An uploaded data set in a real browser: its names are shown as they are, and nothing foreign is fetched."""

import io
import zipfile

import numpy as np
from playwright.sync_api import expect

from nnlib.dataset_files.idx import to_idx
from tests.browser.controls import button, press, visit

NAMES = ("![x](http://example.invalid/x.png)", '<img src="http://example.invalid/y.png">', "a*b $x$ and $y$", ":red[x]")
PAGES = ("Mistakes", "Results", "One step")


def letters() -> bytes:
    """A zip file of a small data set, as someone may upload it."""
    random, file = np.random.default_rng(1), io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for part, n in (("train", 240), ("t10k", 40)):
            archive.writestr(f"x/{part}-images-idx3-ubyte", to_idx(random.integers(0, 256, (n, 12, 10), np.uint8)))
            archive.writestr(f"x/{part}-labels-idx1-ubyte", to_idx(np.arange(n, dtype=np.uint8) % 4))
        archive.writestr("x/class_names.txt", "\n".join(NAMES))
    return file.getvalue()


def test_upload_use_and_go_back(open_dashboard):
    page, requested = open_dashboard("data?hidden=16&examples=1000"), []
    page.on("request", lambda request: requested.append(request.url))
    upload = {"name": "my *letters*.zip", "mimeType": "application/zip", "buffer": letters()}
    page.locator("input[type=file]").set_input_files(upload)
    expect(page.get_by_text("220 training, 20 validation and 40 test pictures")).to_be_visible()
    expect(page.locator("strong", has_text="my *letters*")).to_be_visible()
    button(page, "data_use").click()
    for name in NAMES:
        expect(page.locator("[data-testid=stMain]").get_by_text(name, exact=True).first).to_be_visible()
    press(page, "step_batch", "paused")
    for name in PAGES:
        visit(page, name)
    visit(page, "Data")
    button(page, "data_back").click()
    expect(page.get_by_text("1,000 training images")).to_be_visible()
    assert not [url for url in requested if "example.invalid" in url]
