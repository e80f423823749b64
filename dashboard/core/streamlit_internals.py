"""All private names of Streamlit that the dashboard uses. If another version lacks one, its purpose is not served, and
everything else works as before.
"""

from collections.abc import Callable, Collection
from functools import wraps
from importlib import import_module
from typing import Any
from weakref import WeakKeyDictionary


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
    requests = getattr(_context(), "script_requests", None)
    state, data = getattr(requests, "_state", None), getattr(requests, "_rerun_data", None)
    return getattr(state, "name", "") == "RERUN" and not getattr(data, "is_auto_rerun", True)


class Visit:
    """What one visitor's browser has asked for last: a page, and the query of its address.

    A click on the link to a page is a request that names this page. Until the new page arrives, all other requests of
    the browser still name the old one, and Streamlit takes the newest request to be for the page it names. Here, only
    a click on a link, Back and Forward ask for a page; all other requests are for the page last asked for.
    """

    def __init__(self):
        self.page = ""  # its hash; none until one is asked for
        self.known = False  # whether requests are read at all
        self._before: set[str] = set()  # pages that the browser may still show
        self._values: dict[str, bytes] = {}  # of the widgets, when they were last sent
        self._presses: list[str] = []  # of buttons and the like, in their order, not yet taken
        self._history: str | None = None
        self._link: str | None = None

    def read(self, request: Any, shown: str, known: Collection[str]):
        """Read a request of the browser, and correct the page it names. The server has last drawn the page `shown`;
        the `known` pages are those that can be asked for, none before the first is drawn."""
        self.known = True
        named, widgets = request.page_script_hash, request.widget_states.widgets
        values = {each.id: each.SerializeToString() for each in widgets}
        pressed = [each.id for each in widgets if (each.WhichOneof("value") or "").endswith("trigger_value")]
        self._presses += pressed
        changed = bool(pressed) or any(self._values.get(name, value) != value for name, value in values.items())
        if request.is_history_navigation:
            self._history = request.query_string
        elif request.fragment_id or request.is_auto_rerun or (changed and named in self._before | {shown}):
            if named == self.page:
                self._before = set()
            self._values = values
            request.page_script_hash = self.page or named
            return
        else:
            self._link = request.query_string
        self._values |= values  # for a page, only those of all pages are sent
        self._before |= {shown, named}
        self.page = named if named in known else ""

    def take_presses(self, keys: Collection[str]) -> list[str]:
        """The keys of these buttons in the order they were pressed, each press given once. Streamlit calls back once
        for all presses of a button, and in any order, where it has not got round to the first."""
        presses, self._presses = self._presses, []
        return [key for name in presses for key in keys if name.endswith(f"-{key}")]

    def take_history(self) -> str | None:
        """The query that Back or Forward led to, given once."""
        query, self._history = self._history, None
        return query

    def take_link(self) -> str | None:
        """The query of the link that was clicked, given once; not the present one unless the link says so."""
        query, self._link = self._link, None
        return query


_visits: WeakKeyDictionary[Any, Visit] = WeakKeyDictionary()  # by Streamlit's own list of the visitor's pages


def read_requests():
    """Read every request of every browser, from now on; see Visit. Without this, a page change is lost when a key or a
    button follows it at once, and Back does nothing but put the address right."""
    session = _find("streamlit.runtime.app_session", "AppSession")
    original: Callable | None = getattr(session, "request_rerun", None)
    if original is None or hasattr(original, "__wrapped__"):
        return

    @wraps(original)
    def request_rerun(self, client_state, *args, **more):
        pages = getattr(self, "_pages_manager", None)
        if client_state is not None and pages is not None:
            known = [name for name, page in pages.get_pages().items() if "url_pathname" in page]
            _visits.setdefault(pages, Visit()).read(client_state, pages.current_page_script_hash, known)
        return original(self, client_state, *args, **more)

    session.request_rerun = request_rerun


def visit() -> Visit:
    """The one of this visitor."""
    pages = getattr(_context(), "pages_manager", None)
    return Visit() if pages is None else _visits.setdefault(pages, Visit())


def page_asked_for() -> str | None:
    """The file of the page last asked for, if it is not the present one. It is when a whole page redrew itself just as
    the visitor asked for another."""
    context, asked = _context(), visit().page
    if context is None or asked in ("", context.page_script_hash):
        return None
    return context.pages_manager.get_pages().get(asked, {}).get("script_path")


def ask_for_page(file: str):
    """Ask for a page by its file, as a click on its link does."""
    pages = getattr(_context(), "pages_manager", None)
    for name, page in pages.get_pages().items() if pages else ():
        if str(page["script_path"]).replace("\\", "/").endswith(file):
            visit().page = name


def uninterrupted(callback: Callable) -> Callable:
    """The callback of a widget, called again if the visitor's next click interrupts it; so it must change nothing
    before it has read all it needs. Without this, what such a callback should have done is lost: Streamlit takes the
    interruption, at its first look into the session state, for its end."""

    @wraps(callback)
    def whole(*args):
        try:
            callback(*args)
        except BaseException as interruption:
            if type(interruption) is _find("streamlit.runtime.scriptrunner", "RerunException"):
                callback(*args)
            raise

    return whole


def _context() -> Any:
    """Streamlit's record of the running script, or None."""
    context = _find("streamlit.runtime.scriptrunner", "get_script_run_ctx")
    return context and context()


def _find(module: str, name: str) -> Any:
    """The object of this name in a module of Streamlit, or None."""
    try:
        return getattr(import_module(module), name, None)
    except ImportError:
        return None
