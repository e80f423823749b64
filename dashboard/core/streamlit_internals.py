"""The private names of Streamlit that the dashboard uses, all of them here. Another version may have them no more: what
they are for then does not happen, and everything else goes on.
"""

from importlib import import_module
from typing import Any


def start_at_the_top():
    """Write into the main part of the page from here on; first in every run of the whole script.

    Streamlit runs what a visitor asks for just as a fragment ends in the fragment's thread, and goes on writing where
    the fragment stood. Without this the whole page then appears in the bar at the bottom, until the next run.
    """
    stack = _find("streamlit.delta_generator_singletons", "context_dg_stack")
    start = _find("streamlit.delta_generator_singletons", "get_default_dg_stack_value")
    if stack and start:
        stack.set(start())


def leave_pages_directory() -> bool:
    """Whether Streamlit takes the folder named `pages` for a multipage app of its older kind, as it does until the
    first `st.navigation` of a process: it then runs a page's file alone. From the next run on it does not.

    Without this, who comes first of all, and by a link to a page, comes to the first page instead.
    """
    manager = _find("streamlit.runtime.pages_manager", "PagesManager")
    if getattr(manager, "uses_pages_directory", False):
        manager.uses_pages_directory = False
        return True
    return False


def click_waits() -> bool:
    """Whether a click of this visitor waits for the running fragment to end. Streamlit interrupts a fragment only for
    those that draw the whole page.

    Without this a click such as Pause waits until the tick has ended, up to 0.15 s.
    """
    context = _find("streamlit.runtime.scriptrunner", "get_script_run_ctx")
    requests = getattr(context and context(), "script_requests", None)
    state, data = getattr(requests, "_state", None), getattr(requests, "_rerun_data", None)
    return getattr(state, "name", "") == "RERUN" and not getattr(data, "is_auto_rerun", True)


def _find(module: str, name: str) -> Any:
    """What has this name in a module of Streamlit; None, if nothing has."""
    try:
        return getattr(import_module(module), name, None)
    except ImportError:
        return None
