"""A real browser on a real server: one server and one Chromium for all tests of a process, a new visitor for each test.

What is missing makes the tests skip and says what to install; where the environment variable CI is set, they fail.
Nothing is ever downloaded: the browser is the system's own, and it reaches no other host than this one.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

try:
    from playwright.sync_api import Browser, ConsoleMessage, Error, Page, expect, sync_playwright
except ImportError:
    sync_playwright = None

ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
CHROMIUMS = (
    "chromium-headless-shell",  # opens pages a sixth faster than those with a window
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--js-flags=--always-sparkplug",  # compiles at once; most of what runs here runs only a few times
    # As on a laptop without a network: a page that asks any other host for something gets an error on its console.
    f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HOST}",
)
VIEWPORT = {"width": 1400, "height": 1000}
WAIT_SECONDS = 60  # at most: for the server to answer, and for a page to show what is waited for
READY = '[data-testid="stApp"][data-test-connection-state="CONNECTED"][data-test-script-state="notRunning"]'


def missing(what: str):
    """Skip, saying what to install; in CI, fail."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no browser tests: {what}")


class WithoutPlaywright(pytest.Module):
    """A module of browser tests, which cannot even be imported."""

    def collect(self):
        missing("Playwright is not installed; `pip install -r requirements-dev.txt`")


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    return None if sync_playwright else WithoutPlaywright.from_parent(parent, path=module_path)


def pytest_collection_modifyitems(items: list[pytest.Item]):
    here = [item for item in items if item.path.is_relative_to(Path(__file__).parent)]
    for item in here:
        item.add_marker("browser")
        item.add_marker(pytest.mark.flaky(reruns=1))  # where two browsers share two cores, one may miss a moment
    # Last: from its first page on, Playwright keeps an event loop running in this thread; others may stumble over it.
    # With `-n`, each process gets its tests in this order too.
    items[:] = [item for item in items if item not in here] + here


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    names = (os.environ.get("CHROMIUM", ""), *CHROMIUMS)
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        missing(
            "no Chromium found; `apt install chromium`, or install Chrome from https://www.google.com/chrome, "
            "or set CHROMIUM to the path of one"
        )
    expect.set_options(timeout=20_000)  # for a slow machine; where all is well nothing waits so long
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A dashboard that runs as the README starts it, at the address given; its home and its log are in `folder`."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    options = {"server.address": HOST, "server.port": port, "server.headless": "true"}
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    command += [f"--{name}={value}" for name, value in options.items()]
    settings = {**os.environ, "HOME": str(folder)}  # the project's own, not those of whoever runs the tests
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            command, cwd=ROOT, env=settings, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        trouble = wait_until_healthy(server, port)
        if trouble:
            pytest.fail(f"the dashboard {trouble}; it said:\n{(folder / 'log').read_text()}")
        yield f"http://{HOST}:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture(scope="session")
def dashboard_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard that runs for all these tests."""
    with serving(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture
def untouched_dashboard_url(tmp_path: Path) -> Iterator[str]:
    """The address of a dashboard that nobody has visited yet."""
    with serving(tmp_path) as url:
        yield url


def wait_until_healthy(server: subprocess.Popen, port: int) -> str | None:
    """Wait until the server answers; what went wrong if it never does."""
    for _ in range(20 * WAIT_SECONDS):
        if is_healthy(port):
            return None
        with suppress(subprocess.TimeoutExpired):
            return f"ended with status {server.wait(timeout=0.05)} before it answered"
    return f"did not answer within {WAIT_SECONDS} s"


def is_healthy(port: int) -> bool:
    connection = HTTPConnection(HOST, port, timeout=WAIT_SECONDS)
    try:
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


@pytest.fixture(autouse=True)
def console_errors() -> Iterator[list[str]]:
    """Every error on the browser's console and every uncaught error of a script, on all pages opened by this test:
    there must be none. The browser reaches no other host: to ask one is an error too."""
    errors = []
    yield errors
    assert errors == []


def is_error(message: ConsoleMessage) -> bool:
    """Whether a message on the console tells of something wrong. Opened by a link to a page, Streamlit asks for its own
    services below that page first, is told that there are none, and asks again where they are."""
    asks_in_vain = re.search(r":\d+/[^/]+/_stcore/(health|host-config)$", message.location["url"])
    return message.type == "error" and not asks_in_vain


@pytest.fixture(scope="session")
def free_tabs() -> dict[str, list[Page]]:
    """Empty tabs by the options of their contexts, without size and look, which any tab can take. A new tab compiles
    all of Streamlit's scripts, which makes it three times as slow to open the dashboard as one that has done so before.
    """
    return defaultdict(list)


@pytest.fixture
def open_dashboard(
    browser: Browser, dashboard_url: str, console_errors: list[str], free_tabs: dict[str, list[Page]]
) -> Iterator[Callable[..., Page]]:
    """A function that opens the dashboard as one more visitor: `open_dashboard("weights?seed=3", color_scheme="dark")`.
    The options are those of Playwright's `Browser.new_context`; visitors of the same test share no context. Runs are as
    fast as they can be, unless the address says otherwise."""
    visitors = []

    def note_message(message: ConsoleMessage):
        if is_error(message):
            console_errors.append(message.text)

    def note_error(error: Error):
        console_errors.append(str(error))

    def open_one(address: str = "", url: str = dashboard_url, color_scheme: str = "light", **options) -> Page:
        viewport = options.pop("viewport", VIEWPORT)
        free = free_tabs[repr(options)]
        page = free.pop() if free else browser.new_context(**options).new_page()
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=color_scheme)
        page.set_default_timeout(1000 * WAIT_SECONDS)
        visitors.append((page, free))
        page.on("console", note_message)
        page.on("pageerror", note_error)
        if "speed=" not in address:
            address += ("&" if "?" in address else "?") + "speed=max"
        page.goto(f"{url}/{address}")
        page.wait_for_selector("h1, h2")
        page.wait_for_selector(READY)
        page.wait_for_selector('[data-testid="stSkeleton"]', state="detached")  # widgets whose script is still to come
        return page

    yield open_one
    for page, free in visitors:
        page.remove_listener("console", note_message)
        page.remove_listener("pageerror", note_error)
        page.mouse.move(0, 0)
        page.evaluate("localStorage.clear(), sessionStorage.clear()")
        page.context.clear_cookies()
        page.goto("about:blank")
        free.append(page)


@pytest.fixture
def page(open_dashboard: Callable[..., Page]) -> Page:
    """The dashboard as a new visitor sees it, in a window of 1400 by 1000."""
    return open_dashboard()
