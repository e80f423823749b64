"""All private names of Streamlit that the dashboard uses. If another version lacks one, its purpose is not served, and
everything else works as before.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any


def start_at_the_top():
    """Write into the main part of the page from here on; called first in every run of the whole script.

    A click just as a fragment ends is run by Streamlit in the fragment's thread, and still writes into the fragment's
    container. Without this the whole page then appears in the bar at the bottom, until the next run.
    """
    stack = _find("streamlit.delta_generator_singletons", "context_dg_stack")
    start = _find("streamlit.delta_generator_singletons", "get_default_dg_stack_value")
    if stack and start:
        stack.set(start())


def leave_pages_directory() -> bool:
    """Whether Streamlit treats the folder `pages` as an old-style multipage app, as it does until the first
    `st.navigation` of a process: it then runs a page's file alone. This switches it off from the next run on.

    Without this, the first visitor of all who follows a link to a page gets the first page instead.
    """
    manager = _find("streamlit.runtime.pages_manager", "PagesManager")
    if getattr(manager, "uses_pages_directory", False):
        manager.uses_pages_directory = False
        return True
    return False


def watch_clicks() -> Callable[[], bool]:
    """A function that tells any thread whether a click of this visitor is waiting for what runs now to end. Streamlit
    interrupts a fragment only for clicks that redraw the whole page.

    Without this a click such as Pause waits until the tick has ended, up to 0.15 s, or much longer among many visitors.
    """
    requests = _requests()
    return lambda: getattr(getattr(requests, "_state", None), "name", "") == "RERUN" and _is_click(requests)


def click_waits() -> bool:
    """Whether a click of this visitor is waiting for the running fragment to end."""
    return watch_clicks()()


def by_click() -> bool:
    """Whether the latest request of this visitor, running or waiting, was a click, and not a timer.

    Without this what a click asks for waits its turn among the trainings of all visitors.
    """
    return _is_click(_requests())


def _requests():
    context = _find("streamlit.runtime.scriptrunner", "get_script_run_ctx")
    return getattr(context and context(), "script_requests", None)


def _is_click(requests):
    """A timer that comes after a click makes one request of both, which counts as the timer's; the button remains."""
    data = getattr(requests, "_rerun_data", None)
    if not getattr(data, "is_auto_rerun", True):
        return True
    return any(
        getattr(widget, "trigger_value", False) or getattr(widget, "json_trigger_value", "")
        for widget in getattr(getattr(data, "widget_states", None), "widgets", ())
    )


def keep_theme():
    """Read the theme from the configuration once. Streamlit reads it anew, option by option, at every redraw.

    Without this, a fourteenth of the time of thirty visitors who train goes there.
    """
    module, name = "streamlit.runtime.app_session", "_populate_theme_msg"
    read = _find(module, name)
    if read is None or hasattr(read, "read"):
        return
    kept: dict[str, Any] = {}

    def fill_in(message, section="theme"):
        if section not in kept:
            read(theme := type(message)(), section)
            kept[section] = theme
        if kept[section].ListFields():
            message.MergeFrom(kept[section])

    fill_in.read = read  # type: ignore[attr-defined]
    setattr(import_module(module), name, fill_in)


def _find(module: str, name: str) -> Any:
    """The object of this name in a module of Streamlit, or None."""
    try:
        return getattr(import_module(module), name, None)
    except ImportError:
        return None
