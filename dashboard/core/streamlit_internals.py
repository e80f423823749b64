"""All private names of Streamlit that the dashboard uses. If another version lacks one, its purpose is not served, and
everything else works as before.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from importlib import import_module
from typing import Any

PATIENCE = 10.0  # seconds for the server's own thread to answer
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


def click_waits() -> bool:
    """Whether a click of this visitor is waiting for the running fragment to end. Streamlit interrupts a fragment only
    for clicks that redraw the whole page.

    Without this a click such as Pause waits until the tick has ended, up to 0.15 s.
    """
    context = _find("streamlit.runtime.scriptrunner", "get_script_run_ctx")
    requests = getattr(context and context(), "script_requests", None)
    state, data = getattr(requests, "_state", None), getattr(requests, "_rerun_data", None)
    return getattr(state, "name", "") == "RERUN" and not getattr(data, "is_auto_rerun", True)


def session_id() -> str:
    """The name of this visitor's session."""
    context = _find("streamlit.runtime.scriptrunner", "get_script_run_ctx")
    return getattr(context and context(), "session_id", "")


def earlier_session_id() -> str:
    """The session that this browser had before the connection was lost, if any: it asks for it when it connects."""
    headers = getattr(_find("streamlit", "context"), "headers", {})
    protocols = headers.get("Sec-WebSocket-Protocol", "").split(",")
    return protocols[2].strip() if len(protocols) > 2 else ""


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
