"""Response times and memory of the dashboard: first page, clicks, page changes, and a class training at once.

    python -m benchmarks.dashboard [--starts N] [--clicks N] [--visitors N]

Starts the dashboard as in the README, on a free port, and uses it in the system's Chromium (with Playwright, see
requirements-dev.txt). A click is timed in the browser, until the page shows its effect. The class is simulated by
visitors without a browser, so that only the server is measured. Markdown goes to stdout.
"""

import argparse
import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

from playwright.sync_api import sync_playwright

from benchmarks.speed import machine, say
from benchmarks.visitors import Visitor, train_together

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
PAGES = ("Data", "Shapes", "Weights", "Mistakes", "Train")
TOGETHER = 10  # seconds of training by the class
GUESTS = 10  # sessions over which the memory of one is averaged

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
def server():
    """(address, process, time of the start command) of a newly started dashboard."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    command += [f"--server.address={HOST}", "--server.headless=true"]
    start = perf_counter()
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=ROOT, **quiet)
    try:
        while True:
            try:
                socket.create_connection((HOST, port), timeout=1).close()
                break
            except OSError:
                if process.poll() is not None:
                    raise RuntimeError(f"the dashboard ended with status {process.returncode}") from None
        yield f"http://{HOST}:{port}", process, start
    finally:
        process.terminate()
        process.wait()


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


def megabytes(process):
    """The resident memory of a process, on Linux."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS in /proc")


async def memory_of_a_session(url, process):
    """Megabytes per additional visitor."""
    async with AsyncExitStack() as stack:
        await (await stack.enter_async_context(Visitor(url))).open()
        before = megabytes(process)
        for _ in range(GUESTS):
            await (await stack.enter_async_context(Visitor(url))).open()
        return (megabytes(process) - before) / GUESTS


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
            page.close()
        browser.close()
    with server() as (url, process, _):
        say("memory")
        session = asyncio.run(memory_of_a_session(url, process))
        say(f"{options.visitors} visitors")
        steps, seen, loads = asyncio.run(train_together(url, options.visitors, TOGETHER))
    say("")
    print(file=sys.stderr)
    print(f"{where}\n")
    print("\n".join(lines))
    print(
        f"\nLive: {redraws:.1f} redraws per second (target 4). Memory: {memory:.0f} MB with the data and one visitor "
        f"(target 200 MB), {session:.1f} MB for each additional one (target 2 MB)."
    )
    print(
        f"\n{options.visitors} visitors training at once: {sum(steps):.0f} steps per second in total, "
        f"{min(steps):.1f} to {max(steps):.1f} each, {min(seen):.1f} to {max(seen):.1f} redraws per second; "
        f"the page of one more visitor takes {1e3 * median(loads):.0f} ms (median), {1e3 * max(loads):.0f} ms (max)."
    )


if __name__ == "__main__":
    main()
