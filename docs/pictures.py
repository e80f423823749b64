"""The README's pictures, taken anew: `python docs/pictures.py`, with requirements-dev.txt installed and a Chromium."""

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent
ADDRESS = "http://127.0.0.1:8599"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
WATCHED = 7  # seconds of training, slowly, before a picture of the first minute
SIZES = {"laptop": (1280, 720), "desk": (1920, 1080), "page": (1400, 1150)}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
QUIET = """() => document.querySelector('[data-testid="stApp"]').dataset.testScriptState === "notRunning"
    && !document.querySelector('[data-stale="true"], [data-testid="stSkeleton"], [data-testid="stToast"]')"""


@contextmanager
def server():
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", "--server.port=8599"]
    process = subprocess.Popen(command, cwd=HERE.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{ADDRESS}/_stcore/health")
                break
            except OSError:
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


def open_page(browser, look, **options):
    page = browser.new_context(color_scheme=look, **options).new_page()
    page.goto(ADDRESS)
    page.wait_for_selector("h1")
    page.wait_for_function(QUIET)
    return page


def press(page, key):
    page.locator(f".st-key-{key} button:visible").first.click()


def take(page, name):
    page.mouse.move(5, 5)
    page.wait_for_timeout(700)  # for a tooltip to go, and for what is drawn late
    page.screenshot(path=HERE / f"{name}.png")


def first_minute(browser):
    """Train, seconds after Run was pressed for the first time."""
    for name, look, options in (
        ("train-light", "light", {"viewport": size("laptop")}),
        ("train-dark", "dark", {"viewport": size("desk")}),
        ("train-phone", "dark", PHONE),
    ):
        page = open_page(browser, look, **options)
        press(page, "run")
        page.wait_for_timeout(1000 * WATCHED)
        take(page, name)


def pages(browser):
    """The other pages, after two epochs."""
    for look, names in (("light", ("Shapes", "One step", "Mistakes", "Draw")), ("dark", ("Weights",))):
        page = open_page(browser, look, viewport=size("page"))
        for epoch in (1, 2):
            press(page, "step_epoch")
            page.wait_for_function(f"document.querySelector('.st-key-state').innerText.includes('epoch {epoch}.00')")
        for name in names:
            page.get_by_role("link", name=name, exact=True).click()
            page.wait_for_selector("h1:not(:has-text('Digit Lab'))")
            page.wait_for_timeout(1500)
            page.wait_for_function(QUIET)
            if name == "Draw":
                draw(page)
            if name == "One step":
                page.get_by_text("2 forward").first.click()
                page.wait_for_timeout(1500)
            take(page, f"{'step' if name == 'One step' else name.lower()}-{look}")
        if "Mistakes" in names:
            page.get_by_role("link", name="Mistakes", exact=True).click()
            page.wait_for_timeout(1500)
            page.get_by_text("Robustness").first.click()
            press(page, "measure_robustness")
            page.wait_for_timeout(3000)
            page.wait_for_function(QUIET, timeout=120_000)
            take(page, "robustness-light")


def draw(page):
    """A 7, as most people draw it."""
    box = page.locator("canvas:visible").first.bounding_box()
    for move, (x, y) in enumerate([(0.3, 0.25), (0.72, 0.24), (0.6, 0.5), (0.46, 0.82)]):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=8)
        page.mouse.down() if move == 0 else None
    page.mouse.up()
    page.wait_for_timeout(2000)
    page.wait_for_function(QUIET)


def size(name):
    width, height = SIZES[name]
    return {"width": width, "height": height}


def main():
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with server(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        first_minute(browser)
        pages(browser)
        browser.close()


if __name__ == "__main__":
    main()
