"""Without any one of Streamlit's private names the dashboard still works; with them it does what they are for."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.scriptrunner import RerunException

from dashboard.core import streamlit_internals
from dashboard.core.streamlit_internals import BrowserRequests, by_click, click_waits, uninterrupted, watch_clicks
from tests.pages.conftest import ROOT

NAMES = [
    "streamlit.delta_generator_singletons.context_dg_stack",
    "streamlit.delta_generator_singletons.get_default_dg_stack_value",
    "streamlit.runtime.app_session.AppSession",
    "streamlit.runtime.pages_manager.PagesManager",
    "streamlit.runtime.scriptrunner.RerunException",
    "streamlit.runtime.scriptrunner.get_script_run_ctx",
    "streamlit.runtime.app_session._populate_theme_msg",
    "streamlit.runtime.Runtime",
    "streamlit.runtime.stats.GaugeStat",
    "streamlit.context",
    "streamlit.logger.get_logger",
    "starlette.websockets.WebSocket",
]
MODULES = sorted({name.rpartition(".")[0] for name in NAMES})


@pytest.fixture
def take_away(monkeypatch):
    """`take_away(name)`: as in a version of Streamlit without this name, or without this module."""

    def take_away(gone):
        def without(module):
            if module == gone:
                raise ModuleNotFoundError(module)
            return SimpleNamespace(**{k: v for k, v in vars(import_module(module)).items() if f"{module}.{k}" != gone})

        monkeypatch.setattr(streamlit_internals, "import_module", without)

    return take_away


@pytest.mark.parametrize("name", NAMES)
def test_this_version_has_the_name(name):
    module, _, name = name.rpartition(".")
    assert hasattr(import_module(module), name)


@pytest.mark.parametrize("gone", [*NAMES, *MODULES])
def test_without_a_name_pages_open_and_a_network_trains(open_app, click, take_away, gone):
    take_away(gone)
    at = click(open_app(hidden="16", examples="640"), "run")
    lab = at.session_state["lab"]
    assert not at.exception and lab.running
    click(at, "pause")
    assert not at.exception and lab.trainer.steps and not lab.running
    at.switch_page("pages/mistakes.py").run()
    assert not at.exception and len(at.title) == 1


@pytest.mark.parametrize(
    ("gone", "title"),
    [("", "What has it learned?"), ("streamlit.runtime.pages_manager.PagesManager", "Digit Lab: is it learning?")],
)
def test_the_first_visitor_who_comes_by_a_link_to_a_page_gets_the_whole_app(open_link, take_away, gone, title):
    take_away(gone)
    at = open_link("pages/weights.py", hidden="16", examples="640")
    assert not at.exception and [each.value for each in at.title] == [title]
    assert {"run", "pause"} <= {each.key for each in at.button}
    assert at.session_state["lab"].recipe.hidden == (16,) and at.query_params["hidden"] == "16"


def context(**requests):
    return SimpleNamespace(script_requests=SimpleNamespace(**requests))


def request(is_auto_rerun, **widget):
    return SimpleNamespace(
        is_auto_rerun=is_auto_rerun, widget_states=SimpleNamespace(widgets=[SimpleNamespace(**widget)])
    )


RERUN, CONTINUE = SimpleNamespace(name="RERUN"), SimpleNamespace(name="CONTINUE")
CLICK, TIMER = SimpleNamespace(is_auto_rerun=False), SimpleNamespace(is_auto_rerun=True)
BOTH = request(True, trigger_value=True)  # a timer joined the click before it was noticed


@pytest.mark.parametrize(
    ("context", "waits", "by"),
    [
        (context(_state=RERUN, _rerun_data=CLICK), True, True),
        (context(_state=RERUN, _rerun_data=TIMER), False, False),
        (context(_state=RERUN, _rerun_data=BOTH), True, True),
        (context(_state=RERUN, _rerun_data=request(True, json_trigger_value="{}")), True, True),
        (context(_state=RERUN, _rerun_data=request(True, trigger_value=False, json_trigger_value="")), False, False),
        (context(_state=CONTINUE, _rerun_data=CLICK), False, True),
        (context(_state=CONTINUE, _rerun_data=TIMER), False, False),
        (None, False, False),
        (SimpleNamespace(script_requests=None), False, False),
        (context(_rerun_data=CLICK), False, True),
        (context(_state=RERUN), False, False),
    ],
)
def test_a_click_that_waits_or_is_answered_is_noticed_and_nothing_else(monkeypatch, context, waits, by):
    monkeypatch.setattr("streamlit.runtime.scriptrunner.get_script_run_ctx", lambda **_: context)
    assert (click_waits(), by_click()) == (waits, by)


def test_a_click_is_noticed_by_any_thread_once_it_waits(monkeypatch):
    visitor = context(_state=CONTINUE, _rerun_data=TIMER)
    monkeypatch.setattr("streamlit.runtime.scriptrunner.get_script_run_ctx", lambda **_: visitor)
    waits = watch_clicks()
    # as another thread sees it
    monkeypatch.setattr("streamlit.runtime.scriptrunner.get_script_run_ctx", lambda **_: None)
    assert not waits()
    visitor.script_requests._state, visitor.script_requests._rerun_data = RERUN, CLICK
    assert waits()


def test_the_theme_that_is_kept_is_the_one_of_the_configuration(monkeypatch):
    read, asked = app_session._populate_theme_msg, []
    read = getattr(read, "read", read)  # another test may have kept it
    monkeypatch.setattr(app_session, "_populate_theme_msg", lambda *to: asked.append(to[1:]) or read(*to))
    streamlit_internals.keep_theme()
    streamlit_internals.keep_theme()  # as every run of the script does
    for section in ("theme", "theme.light", "theme.sidebar", "theme.dark.sidebar"):
        for _ in range(2):
            kept, expected = CustomThemeConfig(), CustomThemeConfig()
            app_session._populate_theme_msg(kept, section)
            read(expected, section)
            assert kept == expected
    assert len(asked) == 4


# Requests of the browser


class Browser:
    """As the browser sends requests: each names the page it shows, `page`, but a click on a link names its own."""

    def __init__(self, page):
        self.visit, self.page, self.drawn = BrowserRequests(), page, page  # drawn by the server
        self.slider = 1

    def send(self, page=None, query="", back=False, pressed=False, **more):
        request = ClientState(
            page_script_hash=page or self.page, query_string=query, is_history_navigation=back, **more
        )
        request.widget_states.widgets.add(id="slider", int_value=self.slider)
        if pressed:
            request.widget_states.widgets.add(id="$$ID-1-button", trigger_value=True)
        self.visit.read(request, self.drawn, "ABC")
        self.query = request.query_string  # as the server takes it
        return request.page_script_hash

    def press_in_bar(self):
        return self.send(fragment_id="bar", pressed=True)

    def press_in_page(self):
        return self.send(pressed=True)

    def move_slider(self):
        self.slider += 1
        return self.send()

    def tick(self):
        return self.send(fragment_id="bar", is_auto_rerun=True)


@pytest.fixture
def browser():
    return Browser("A")


ACTIONS = [Browser.press_in_bar, Browser.press_in_page, Browser.move_slider, Browser.tick]


def test_what_follows_a_link_at_once_brings_no_query_of_the_old_page(browser):
    """Or the new page's address, which has none, would be taken to be right."""
    for page, shown, kept in ((None, "A", "lr=1"), ("B", "A", ""), (None, "A", ""), (None, "B", "lr=1")):
        browser.page = shown
        browser.send(page, query="" if page else "lr=1", pressed=not page)
        assert browser.query == kept


@pytest.mark.parametrize("action", ACTIONS)
def test_what_follows_a_link_at_once_is_for_the_page_of_the_link(browser, action):
    assert action(browser) == "A"
    assert browser.send("B") == "B"
    assert action(browser) == action(browser) == "B"
    browser.drawn = "B"
    assert action(browser) == "B"
    browser.page = "B"  # it has arrived
    assert action(browser) == "B"
    assert browser.send("A") == "A" and action(browser) == "A"


@pytest.mark.parametrize("action", ACTIONS)
def test_of_two_links_the_last_counts_also_if_it_leads_back(browser, action):
    browser.send("B")
    assert browser.send("C") == "C" and action(browser) == "C"
    assert browser.send("A") == "A" and action(browser) == "A"
    browser.page = "B"  # which arrives meanwhile
    assert browser.press_in_bar() == browser.tick() == "A"


@pytest.mark.parametrize("action", ACTIONS)
def test_a_link_counts_though_a_widget_was_given_another_value_since(browser, action):
    browser.press_in_bar()
    browser.slider = 5
    assert browser.send("B") == "B" and action(browser) == "B"


def test_back_asks_for_its_page_and_its_settings(browser):
    browser.press_in_bar()
    assert browser.send("B", "lr=0.3", back=True) == "B"
    assert browser.press_in_bar() == "B"
    assert browser.visit.take_history() == "lr=0.3" and browser.visit.take_history() is None
    browser.send("A", "digit=test-1")
    assert browser.visit.take_history() is None and browser.visit.take_link() == "digit=test-1"


def test_every_press_counts_though_streamlit_may_call_back_once_for_several(browser):
    browser.press_in_bar()
    browser.tick()
    browser.press_in_bar()
    assert browser.visit.take_presses(["button", "other"]) == ["button", "button"]
    assert browser.visit.take_presses(["button"]) == []


def test_a_redraw_that_overtakes_a_link_goes_on_to_the_page_of_the_link(open_app, monkeypatch):
    at = open_app(hidden="16", examples="640")
    asked = iter([str(ROOT / "pages" / "weights.py")])
    monkeypatch.setattr(streamlit_internals, "page_asked_for", lambda: next(asked, None))
    assert [each.value for each in at.run().title] == ["What has it learned?"]
    assert at.query_params["hidden"] == "16"


def test_a_callback_that_the_next_click_interrupts_is_called_again_and_the_click_is_served():
    steps = iter([RerunException(None), None])
    done = []

    @uninterrupted
    def callback(value):
        if step := next(steps):
            raise step
        done.append(value)

    with pytest.raises(RerunException):
        callback(3)
    assert done == [3]
