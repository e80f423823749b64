"""What the tests of the pages share: the whole app without a browser, in all the states a visitor may bring it to."""

from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from dashboard.components import accessibility, clickable
from dashboard.core import pace, scheduler
from dashboard.shell.settings_view import ALL_SETTINGS
from nnlib import storage
from nnlib.analysis.interventions import Scale
from tests.pages.content import FEW, lab

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True, scope="module")
def short_ticks() -> Iterator[None]:
    """A tick trains one slice, at least one mini-batch, as fast as it can unless the address says otherwise; whatever
    NNLIB_DATA says outside, the data are MNIST."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scheduler, "TICK", 0)
        patch.setattr(pace, "DEFAULT", pace.FASTEST)
        patch.delenv("NNLIB_DATA", raising=False)
        yield


@pytest.fixture(autouse=True, scope="session")
def pages_alone() -> Iterator[None]:
    """Without the component that every page has: all others are of the page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accessibility, "improve", lambda theme: None)
        yield


@pytest.fixture(autouse=True, scope="session")
def installed_components() -> Iterator[None]:
    """Streamlit looks through every installed package for components, for each new app; once is enough."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


def open_app(page: str = "", /, all_settings: bool = False, **settings: str) -> AppTest:
    """The app as a visitor sees it who comes by an address with these settings, by a link to that page if one is named;
    the settings are the few, unless all are asked for."""
    at = _at_address(settings)
    if all_settings:
        at.session_state["settings_shown"] = ALL_SETTINGS
    return (at.switch_page(page) if page else at).run()


def _at_address(settings):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    for name, value in settings.items():
        at.query_params[name] = value
    return at


def click(at: AppTest, *keys: str) -> AppTest:
    """Press the buttons with these keys, one after the other."""
    for key in keys:
        at.button(key=key).click().run()
    return at


def running(**settings) -> AppTest:
    """In the middle of a run: each further `at.run()` is one tick."""
    return click(open_app(**settings), "run").run()


def exploded() -> AppTest:
    return running(lr="1e30", **FEW)


# Kinds of networks and settings, some of them while they train; what may have happened to a network is in PHASES.
STATES: dict[str, Callable[[], AppTest]] = {
    "running": lambda: running(all_settings=True),
    "binary, running": lambda: running(recipe="binary-400-25-15-1"),
    "no hidden layer": lambda: click(running(hidden="none", examples="640"), "pause"),
    "four layers, dropout, L2": lambda: running(hidden="8-8-8-8", dropout="0.5", l2="0.01", examples="640"),
    "rows": lambda: click(open_app(recipe="hidden-128", examples="640"), "step_batch"),
    "reset": lambda: click(running(**FEW), "pause", "reset"),
    "one example": lambda: click(open_app(examples="1", hidden="1"), "step_batch"),
    "malformed address": lambda: open_app(lr="nan", hidden="abc", recipe="nothing", seed="-1"),
}


def trained(epochs: int = 1, batches: int = 0, *, slowly: bool = False, **settings: str) -> AppTest:
    """After so many epochs and mini-batches; `slowly`: as where evaluating takes so long that it is seldom done."""
    at = open_app(**(settings or FEW))
    laboratory = lab(at)
    if epochs:
        laboratory.run(epochs)
    while laboratory.running:
        laboratory.train(0.1)
    laboratory._evaluation_seconds = 60.0 if slowly else laboratory.evaluation_seconds
    for _ in range(batches):
        laboratory.step()
    if laboratory.settle():
        list(laboratory.trainer.finishing_evaluation())
    return at.run()


def looking_back(snapshot: int, **more) -> AppTest:
    at = trained(2, **more)
    lab(at).look_at(lab(at).timeline.snapshots[snapshot])
    return at.run()


def running_on(snapshot: int | None = None, epochs: int = 2) -> AppTest:
    """A run of which no mini-batch is due, so that the laboratory stays as it is."""
    at = trained(epochs)
    lab(at).run()
    lab(at).wait = lambda: 60.0
    if snapshot is not None:
        lab(at).look_at(lab(at).timeline.snapshots[snapshot])
    return at.run()


def extra_step() -> AppTest:
    at = trained(1, slowly=True)
    digits = lab(at).digits.train
    lab(at).learn_from(digits.images[:1], digits.labels[:1])
    return at.run()


def changed_by_hand(epochs: int = 2) -> AppTest:
    at = trained(epochs)
    for unit in range(10):
        lab(at).intervene(Scale(1, unit, 5.0), lab(at).version)
    return at.run()


def came_trained(batches: int = 0) -> AppTest:
    at, file = trained(2), BytesIO()
    storage.save(file, lab(at).trainer)
    file.seek(0)
    lab(at).load(storage.load(file))
    for _ in range(batches):
        lab(at).step()
    return at.run()


# What has happened to the network so far: what a page says about it must be true in each.
PHASES: dict[str, Callable[[], AppTest]] = {
    "untrained": lambda: open_app(**FEW),
    "one mini-batch": lambda: trained(0, 1),
    "one mini-batch, not evaluated since": lambda: trained(0, 1, slowly=True),
    "mid-epoch": lambda: trained(1, 3),
    "mid-epoch, not evaluated since": lambda: trained(1, 3, slowly=True),
    "evaluated": lambda: trained(3),
    "the start shown": lambda: looking_back(0, lr="10", **FEW),
    "a mini-batch of the past shown": lambda: looking_back(2),
    "the past shown, trained since": lambda: looking_back(-2, batches=3, slowly=True),
    "exploded": exploded,
    "repaired": lambda: click(exploded(), "repair"),
    "much too fast": lambda: trained(10, lr="10", **FEW),
    "changed by hand": changed_by_hand,
    "changed by hand, untrained": lambda: changed_by_hand(0),
    "an extra step": extra_step,
    "running, no mini-batch yet": lambda: running_on(epochs=0),
    "running": running_on,
    "running, the start shown": lambda: running_on(0),
    "came trained": came_trained,
    "came trained, trained since": lambda: came_trained(3),
    "binary": lambda: trained(3, recipe="binary-400-25-15-1"),
    "convolutions": lambda: trained(0, 2, recipe="cnn-32-64-128", examples="100"),
    "all weights zero": lambda: trained(11, init="zero", **FEW),
    "100 digits": lambda: trained(40, hidden="16", examples="100"),
    "weights without bound": lambda: open_app(scale="1e300", **FEW),
}


@pytest.fixture(scope="module", params=PHASES)
def in_every_phase(request: pytest.FixtureRequest) -> AppTest:
    """One app for each of the phases, shared by a module's tests, which may go from page to page."""
    return PHASES[request.param]()


@pytest.fixture(name="open_app", scope="session")
def _open_app() -> Callable[..., AppTest]:
    """`open_app("pages/data.py", recipe="dense-128-64", seed="3")`: by this address, then on to that page."""
    return open_app


@pytest.fixture
def open_link() -> Callable[..., AppTest]:
    """`open_link("pages/weights.py", seed="3")`: the same by a link to a page, as the first visitor of a process."""
    return lambda page, **settings: _at_address(settings).switch_page(page).run()


@pytest.fixture(name="click", scope="session")
def _click() -> Callable[..., AppTest]:
    """`click(at, "run", "pause")`: press buttons by their keys, one after the other."""
    return click


@pytest.fixture(scope="module", params=STATES)
def in_every_state(request: pytest.FixtureRequest) -> AppTest:
    """One app for each of the states, shared by a module's tests, which may go from page to page."""
    return STATES[request.param]()


class Shown(dict):
    """What can be chosen by a click: {key: (html, choices, chosen)}, see `choosable.show`. `shown.click[key] = choice`
    makes the next run find it clicked, as a browser would."""

    def __init__(self):
        self.click = {}

    def show(self, html, choices, on_choose, key, chosen=None):
        self[key] = html, list(choices), chosen
        if key in self.click:
            on_choose(self.click.pop(key))
        return False


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    """The pictures and cells of the page that can be chosen, and a way to click them without a browser."""
    shown = Shown()
    monkeypatch.setattr(clickable, "show", shown.show)
    return shown
