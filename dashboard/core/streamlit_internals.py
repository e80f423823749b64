"""All private names of Streamlit that the dashboard uses. If another version lacks one, its purpose is not served, and
everything else works as before.
"""

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


def click_waits() -> bool:
    """Whether a click of this visitor is waiting for the running fragment to end. Streamlit interrupts a fragment only
    for clicks that redraw the whole page.

    Without this a click such as Pause waits until the tick has ended, up to 0.15 s.
    """
    context = _find("streamlit.runtime.scriptrunner", "get_script_run_ctx")
    requests = getattr(context and context(), "script_requests", None)
    state, data = getattr(requests, "_state", None), getattr(requests, "_rerun_data", None)
    return getattr(state, "name", "") == "RERUN" and not getattr(data, "is_auto_rerun", True)


def _find(module: str, name: str) -> Any:
    """The object of this name in a module of Streamlit, or None."""
    try:
        return getattr(import_module(module), name, None)
    except ImportError:
        return None
