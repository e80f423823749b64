"""All private names of Streamlit that the dashboard uses. If another version lacks one, its purpose is not served, and
everything else works as before.
"""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from contextlib import suppress
from functools import wraps
from importlib import import_module
from time import perf_counter
from typing import Any
from weakref import WeakKeyDictionary

from streamlit import get_option

PATIENCE = 10.0  # seconds for the server's own thread to answer
CLOSED = (1000, 1001)  # the codes of a connection that the browser closed
GOING_AWAY = 1012  # the code of a closed connection after which the browser connects again


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
    return getattr(_context(), "script_requests", None)


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


class BrowserRequests:
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
        elif (
            request.fragment_id
            or request.is_auto_rerun
            or named == (self.page or shown)  # whether a widget has changed cannot be told when it is sent first
            or (changed and named in self._before | {shown})
        ):
            if named == self.page:
                self._before = set()
            self._values = values
            if self.page not in ("", named):  # so the query is of another page too: the new address has none yet
                request.page_script_hash, request.query_string = self.page, ""
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


# By Streamlit's own list of the visitor's pages.
_browsers: WeakKeyDictionary[Any, BrowserRequests] = WeakKeyDictionary()


def read_requests():
    """Read every request of every browser, from now on; see BrowserRequests. Without this, a page change is lost when
    a key or a button follows it at once, and Back does nothing but put the address right."""
    session = _find("streamlit.runtime.app_session", "AppSession")
    original: Callable | None = getattr(session, "request_rerun", None)
    if original is None or hasattr(original, "__wrapped__"):
        return

    @wraps(original)
    def request_rerun(self, client_state, *args, **more):
        pages = getattr(self, "_pages_manager", None)
        if client_state is not None and pages is not None:
            known = [name for name, page in pages.get_pages().items() if "url_pathname" in page]
            _browsers.setdefault(pages, BrowserRequests()).read(client_state, pages.current_page_script_hash, known)
        return original(self, client_state, *args, **more)

    session.request_rerun = request_rerun


def browser_requests() -> BrowserRequests:
    """Those of this visitor."""
    pages = getattr(_context(), "pages_manager", None)
    return BrowserRequests() if pages is None else _browsers.setdefault(pages, BrowserRequests())


def page_asked_for() -> str | None:
    """The file of the page last asked for, if it is not the present one. It is when a whole page redrew itself just as
    the visitor asked for another."""
    context, asked = _context(), browser_requests().page
    if context is None or asked in ("", context.page_script_hash):
        return None
    return context.pages_manager.get_pages().get(asked, {}).get("script_path")


def ask_for_page(file: str):
    """Ask for a page by its file, as a click on its link does."""
    pages = getattr(_context(), "pages_manager", None)
    for name, page in pages.get_pages().items() if pages else ():
        if str(page["script_path"]).replace("\\", "/").endswith(file):
            browser_requests().page = name


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
    return context and context(suppress_warning=True)  # other threads have none, which is no reason to log anything


def session_id() -> str:
    """The name of this visitor's session."""
    return getattr(_context(), "session_id", "")


def earlier_session_id() -> str:
    """The session that this browser had before the connection was lost, if any: it asks for it when it connects."""
    headers = getattr(_find("streamlit", "context"), "headers", {})
    protocols = headers.get("Sec-WebSocket-Protocol", "").split(",")
    return protocols[2].strip() if len(protocols) > 2 else ""


_away: dict[str, tuple[float, bool]] = {}  # session without a connection: since when, and whether the visitor closed it


def note_closed_connections():
    """Note from now on when a session's connection ends, and whether its browser closed it: with the page, or to reload
    it. Without this, whoever loses a connection has no more time to come back than whoever has left."""
    socket, runtime = _find("starlette.websockets", "WebSocket"), _runtime()
    disconnect: Any = getattr(runtime, "disconnect_session", None)
    if socket is None or disconnect is None or hasattr(disconnect, "__wrapped__"):
        return
    receive = socket.receive

    @wraps(receive)
    async def receive_and_note(self):
        message = await receive(self)
        if message["type"] == "websocket.disconnect":
            self.code_of_end = message.get("code")
        return message

    @wraps(disconnect)
    def disconnect_session(session_id, *, client=None, **more):
        code = getattr(getattr(client, "_websocket", None), "code_of_end", None)
        disconnect(session_id, client=client, **more)
        _away[session_id] = perf_counter(), code in (None, *CLOSED)  # None: has sent nothing, and has nothing to lose

    socket.receive, runtime.disconnect_session = receive_and_note, disconnect_session


def away_sessions() -> dict[str, tuple[float, bool]]:
    """The sessions without a connection: for how many seconds, and whether their visitors closed it."""
    is_connected: Any = getattr(_find_manager(), "is_active_session", None)
    now, longest = perf_counter(), get_option("server.disconnectedSessionTTL")
    for name, (since, _) in [*_away.items()]:
        if is_connected is None or is_connected(name) or now - since > longest:
            _away.pop(name, None)
    return {name: (now - since, closed) for name, (since, closed) in [*_away.items()]}


def browser() -> str:
    """What the visitor's browser says in each of its sessions; nothing if it keeps no cookies."""
    return getattr(_find("streamlit", "context"), "cookies", {}).get("_streamlit_xsrf", "")


def end_expired_sessions() -> int:
    """End the sessions whose connection has been closed for longer than server.disconnectedSessionTTL, and say how
    many. Streamlit itself does so only when the next connection closes. For a thread of its own.

    Without this the last visits keep their memory until there is another.
    """

    async def end():
        sessions = getattr(_find_manager(), "_session_storage", None)
        expire = getattr(getattr(sessions, "_cache", None), "expire", list)
        ended: list = expire()
        for _, info in ended:
            info.session.shutdown()
            for kept in ("_session_state", "_fragment_storage"):
                getattr(getattr(info.session, kept, None), "clear", str)()
        return len(ended)

    return _on_server(end) or 0


def sessions() -> set[str] | None:
    """The sessions that are open, or whose connection may come back; None if the server does not tell."""
    listed: Any = getattr(_find_manager(), "list_sessions", None)

    async def ask():
        return {info.session.id for info in listed()}

    return _on_server(ask) if listed else None


def end_session(session_id: str, give_back: Callable[[], object]) -> bool:
    """End a session, let go of all it holds, and `give_back` the memory; say whether that was possible. Its browser
    then connects again, to a new session. For a thread of its own."""

    async def end():
        _away.pop(session_id, None)
        manager = _find_manager()
        info = manager and manager.get_session_info(session_id)
        if not info:
            return False
        socket = getattr(info.client, "_websocket", None)
        manager.close_session(session_id)
        await asyncio.to_thread(give_back)
        if socket is not None:
            with suppress(RuntimeError):  # closed meanwhile
                await socket.close(GOING_AWAY)
        return True

    return bool(_on_server(end))


def limit_uploads(most_bytes: int, may_upload: Callable[[str], bool], refused: Callable[[str], object]):
    """Keep at most so many bytes of uploaded files per session, and none of a session that may not upload; the oldest
    go first, and `refused` is called with a sentence.

    Without this whoever sends files past the page can fill the memory.
    """
    manager = getattr(_runtime(), "uploaded_file_mgr", None)
    add, stored = getattr(manager, "add_file", None), getattr(manager, "file_storage", None)
    if manager is None or add is None or stored is None:
        return

    def add_file(session_id, file):
        if not may_upload(session_id):
            refused("A file was refused that was sent without a page.")
            return
        files = stored.get(session_id, {})
        while files and sum(len(each.data) for each in files.values()) + len(file.data) > most_bytes:
            refused("A session sent more files than it may keep; its oldest was dropped.")
            manager.remove_file(session_id, next(iter(files)))
        add(session_id, file)

    manager.add_file = add_file


def log_with_time(name: str):
    """Write this log as Streamlit writes its own: to the terminal, with the time."""
    get_logger = _find("streamlit.logger", "get_logger")
    if get_logger:
        get_logger(name)


def offer_metrics(read: Callable[[], dict[str, tuple[int, str]]]):
    """Show {name: (value, meaning)} at the server's address /_stcore/metrics, besides Streamlit's own numbers."""
    gauge = _find("streamlit.runtime.stats", "GaugeStat")
    register = getattr(getattr(_runtime(), "stats_mgr", None), "register_provider", None)
    if gauge is None or register is None:
        return

    class Metrics:
        stats_families = tuple(read())

        def get_stats(self, names=None):
            shown = read().items()
            return {
                name: [gauge(name, value, help=help)] for name, (value, help) in shown if names is None or name in names
            }

    register(Metrics())


def _runtime() -> Any:
    """The server's state, None where there is no server, as in tests."""
    runtime = _find("streamlit.runtime", "Runtime")
    return getattr(runtime, "_instance", None)


def _find_manager() -> Any:
    return getattr(_runtime(), "_session_mgr", None)


def _on_server(action: Callable[[], Coroutine]) -> Any:
    """What an action returns that is done in the server's own thread; None if there is no server."""
    loop = getattr(getattr(_runtime(), "_async_objs", None), "eventloop", None)
    if loop is None or loop.is_closed():
        return None
    try:
        return asyncio.run_coroutine_threadsafe(action(), loop).result(PATIENCE)
    except TimeoutError:
        return None


def _find(module: str, name: str) -> Any:
    """The object of this name in a module of Streamlit, or None."""
    try:
        return getattr(import_module(module), name, None)
    except ImportError:
        return None
