"""Response times of the dashboard in a real browser: first page, clicks, page changes, alone and among many who train.

    python -m benchmarks.dashboard [--starts N] [--clicks N] [--visitors N]

Starts the dashboard as in the README, on a free port, and uses it in the system's Chromium (with Playwright, see
requirements-dev.txt). A click is timed in the browser, until the page shows its effect. The others have no browser
(benchmarks.visitors). Markdown goes to stdout.
"""

import argparse
import asyncio
import os
import re
import shutil
import sys
import threading
from contextlib import AsyncExitStack, contextmanager
from statistics import median
from time import perf_counter

from playwright.sync_api import sync_playwright

from benchmarks.server import megabytes, server
from benchmarks.speed import machine, say
from benchmarks.visitors import MLP, crowd

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
PAGES = ("Data", "Shapes", "Weights", "Mistakes", "Train")

# Resolves to the milliseconds from a click on `button` until the text of the page matches `pattern`.
CLICK = """([button, pattern]) => new Promise((resolve, reject) => {
    const fits = new RegExp(pattern), start = performance.now()
    const look = () => {
        if (fits.test(document.body.innerText)) resolve(performance.now() - start)
        else if (performance.now() - start > 30000) reject(new Error("waited in vain for " + pattern))
        else requestAnimationFrame(look)
    }
    for (const found of document.querySelectorAll(button)) if (found.checkVisibility()) { found.click(); break }
    requestAnimationFrame(look)
})"""
# Resolves to the milliseconds from a click on the link to a page until that page's script has ended and nothing on the
# screen is stale. Every change of the script's state is observed: while the network trains, the next run begins too
# soon for polling.
VISIT = """name => new Promise((resolve, reject) => {
    const app = document.querySelector('[data-testid="stApp"]'), title = () => document.querySelector("h1")?.innerText
    const before = title(), start = performance.now()
    let ended = false
    const check = () => {
        ended ||= ![before, undefined].includes(title()) && app.dataset.testScriptState === "notRunning"
    }
    const observer = new MutationObserver(check)
    const look = () => {
        check()  // the heading can be drawn after the script's end
        if (ended && !document.querySelector('[data-stale="true"]')) resolve(performance.now() - start)
        else if (performance.now() - start > 30000) reject(new Error("waited in vain for " + name))
        else return requestAnimationFrame(look)
        observer.disconnect()
    }
    observer.observe(app, {attributes: true, attributeFilter: ["data-test-script-state"]})
    const links = [...document.querySelectorAll('[data-testid="stTopNavLink"]')]
    links.find(link => link.innerText.includes(name)).click()
    requestAnimationFrame(look)
})"""
# Resolves to the number of changes of the line at the bottom within the given milliseconds.
REDRAWS = """milliseconds => new Promise(resolve => {
    const read = () => (document.body.innerText.match(/epoch [\\d.]+ · loss [\\d.]+/) || [""])[0]
    const end = performance.now() + milliseconds
    let last = read(), changes = 0
    const look = () => {
        const now = read()
        if (now !== last) { last = now; changes += 1 }
        if (performance.now() < end) requestAnimationFrame(look)
        else resolve(changes)
    }
    look()
})"""


@contextmanager
def others(url, visitors):
    """So many visitors who train."""
    under_way, over = threading.Event(), threading.Event()

    async def train():
        async with AsyncExitStack() as stack:
            await crowd(stack, url, visitors, MLP)
            under_way.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=asyncio.run, args=(train(),), daemon=True)
    thread.start()
    try:
        while not under_way.wait(1):
            if not thread.is_alive():
                raise RuntimeError("the visitors have gone")
        yield
    finally:
        over.set()
        thread.join()


def open_page(browser, url):
    """The first page, as soon as Run can be pressed."""
    page = browser.new_page()
    page.goto(f"{url}/?speed=max")
    page.wait_for_function("document.body.innerText.includes('untrained')")
    page.wait_for_selector(".livechart .legend span")
    page.wait_for_selector(".st-key-run button:visible:enabled")
    return page


def press(page, key, pattern):
    """Seconds from a click on the button with this key until the page's text matches the pattern."""
    return page.evaluate(CLICK, [f".st-key-{key} button", pattern]) / 1e3


def first_page(browser):
    """Seconds from the start command to the first usable page."""
    with server() as (url, _, start):
        page = open_page(browser, url)
        seconds = perf_counter() - start
        page.close()
    return seconds


def clicks(page, times):
    """{button: seconds of each click}, on an open page."""
    taken = {"Run": [], "Pause": [], "Batch": []}
    for _ in range(times):
        taken["Run"].append(press(page, "run", r"running\s*·"))
        page.wait_for_timeout(1500)
        taken["Pause"].append(press(page, "pause", r"paused\s*·"))
        page.wait_for_timeout(500)
        batch = int(re.search(r"batch ([\d,]+)", page.locator(".st-key-state").inner_text())[1].replace(",", ""))
        taken["Batch"].append(press(page, "step_batch", rf"batch {batch + 1:,}\) · loss"))
        page.wait_for_timeout(500)
    return taken


def page_changes(page):
    """Seconds from each click in the navigation until the new page is complete, in two rounds of the pages."""
    taken = []
    for name in 2 * PAGES:
        taken.append(page.evaluate(VISIT, name) / 1e3)
        page.wait_for_timeout(500)
    return taken


def row(what, seconds, target):
    """One line of the table, in milliseconds."""
    verdict = "reached" if median(seconds) <= target else "not reached"
    middle, most = 1e3 * median(seconds), 1e3 * max(seconds)
    return f"| {what} | {middle:.0f} ms | {most:.0f} ms | {1e3 * target:.0f} ms: {verdict} |"


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboard", description=__doc__.partition("\n")[0])
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--clicks", type=int, default=15)
    parser.add_argument("--visitors", type=int, default=30)
    options = parser.parse_args()
    where, lines = machine(), ["| what | median | max | target |", "|---|---|---|---|"]
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        starts = []
        for number in range(options.starts):
            say(f"start {number + 1} of {options.starts}")
            starts.append(first_page(browser))
        lines.append(row("start command to first usable page", starts, 4.0))
        with server() as (url, process, _):
            page = open_page(browser, url)
            page.wait_for_timeout(2000)
            memory = megabytes(process)
            say("clicks")
            for name, seconds in clicks(page, options.clicks).items():
                lines.append(row(name, seconds, 0.1))
            say("page changes")
            lines.append(row("page change, paused", page_changes(page), 0.5))
            press(page, "run", r"running\s*·")
            page.wait_for_timeout(1000)
            redraws = page.evaluate(REDRAWS, 5000) / 5
            lines.append(row("page change, training", page_changes(page), 0.5))
            say(f"{options.visitors} others")
            with others(url, options.visitors):
                among = f"among {options.visitors} others who train"
                lines.append(row(f"page change, training, {among}", page_changes(page), 0.5))
                press(page, "pause", r"paused\s*·")
                lines.append(row(f"page change, paused, {among}", page_changes(page), 0.5))
            page.close()
        browser.close()
    say("")
    print(file=sys.stderr)
    print(f"{where}\n")
    print("\n".join(lines))
    print(
        f"\nLive: {redraws:.1f} redraws per second (target 4). Memory: {memory:.0f} MB with the data and one visitor "
        "(target 200 MB)."
    )


if __name__ == "__main__":
    main()
