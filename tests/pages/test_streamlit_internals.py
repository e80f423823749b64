"""Without any one of Streamlit's private names the dashboard still works; with them it does what they are for."""

from importlib import import_module
from types import SimpleNamespace

import pytest

from dashboard.core import streamlit_internals
from dashboard.core.streamlit_internals import click_waits

NAMES = [
    "streamlit.delta_generator_singletons.context_dg_stack",
    "streamlit.delta_generator_singletons.get_default_dg_stack_value",
    "streamlit.runtime.pages_manager.PagesManager",
    "streamlit.runtime.scriptrunner.get_script_run_ctx",
    "streamlit.runtime.Runtime",
    "streamlit.runtime.stats.GaugeStat",
    "streamlit.context",
    "streamlit.logger.get_logger",
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
    for page in ("pages/weights.py", "pages/mistakes.py"):
        at.switch_page(page).run()
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


RERUN, CONTINUE = SimpleNamespace(name="RERUN"), SimpleNamespace(name="CONTINUE")
CLICK, TIMER = SimpleNamespace(is_auto_rerun=False), SimpleNamespace(is_auto_rerun=True)


@pytest.mark.parametrize(
    ("context", "waits"),
    [
        (context(_state=RERUN, _rerun_data=CLICK), True),
        (context(_state=RERUN, _rerun_data=TIMER), False),
        (context(_state=CONTINUE, _rerun_data=CLICK), False),
        (None, False),
        (SimpleNamespace(script_requests=None), False),
        (context(_rerun_data=CLICK), False),
        (context(_state=RERUN), False),
    ],
)
def test_a_click_that_waits_is_noticed_and_nothing_else(monkeypatch, context, waits):
    monkeypatch.setattr("streamlit.runtime.scriptrunner.get_script_run_ctx", lambda: context)
    assert click_waits() is waits
