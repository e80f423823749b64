"""Who is here: every open laboratory, when its visitor was last active, and how much memory all take together.

A thread of its own ends the sessions that are over. If memory runs short, it ends others too, in order of idleness.
"""

import ctypes
import gc
import os
import threading
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep
from weakref import WeakKeyDictionary

from dashboard.core import streamlit_internals
from dashboard.core.lab import Lab
from dashboard.core.limits import LIMITS, LOG, MB, MEMORY, METRICS, PARAMETERS, VISITORS

OVER = 20.0  # seconds after which a visit whose page was closed is over; it was not if the page was only reloaded
EVERY = 2.0  # seconds between two looks at the memory
WORTH_ENDING = 8 * MB  # a session with less is not ended for want of memory
UPLOADS = 50 * MB  # of uploaded files per session: one of the largest
QUIET = 60.0  # seconds between two lines of the same kind in the log
REMEMBERED = 1000  # sessions that were ended


@dataclass(eq=False)
class Visit:
    """The session a laboratory belongs to, when its visitor last did something, and the steps counted so far."""

    session_id: str
    seen: float
    steps: int = 0
    browser: str = ""


_lock = threading.Lock()
_visits: WeakKeyDictionary[Lab, Visit] = WeakKeyDictionary()
_ended: dict[str, None] = {}  # for want of memory, oldest first
_said: dict[str, float] = {}  # kind of line in the log: when
_steps_per_second = 0.0
_started = False


def enter(lab: Lab):
    """Note that the visitor of this laboratory is here, and active."""
    with _lock:
        _visits[lab] = Visit(streamlit_internals.session_id(), perf_counter(), browser=streamlit_internals.browser())


def seen(lab: Lab):
    """Note that the visitor of this laboratory has done something."""
    with _lock:
        if lab in _visits:
            _visits[lab].seen = perf_counter()


def everyone() -> list[tuple[Lab, Visit]]:
    """All who are here."""
    with _lock:
        return list(_visits.items())


def why_full() -> str:
    """Why nobody can enter now, in a sentence; empty if there is room."""
    full = _full()
    if full and _give_way(streamlit_internals.browser()):
        full = _full()
    if not full:
        return ""
    kind, line, sentence = full
    say(kind, f"A visitor was turned away: {line}.")
    return sentence


def _full():
    if (n := len(everyone())) >= LIMITS.visitors:
        return VISITORS, f"{n} are here ({VISITORS})", f"All {LIMITS.visitors} places on this server are taken."
    if (memory() or 0) > LIMITS.memory:
        return f"{MEMORY} full", f"{_mb(memory())} are in use ({MEMORY})", "This server's memory is full."
    return None


def _give_way(browser: str) -> bool:
    """End one visit that is away: the one this browser closed, as when it reloads the page, or the one away longest."""
    away = streamlit_internals.away_sessions()
    here = [(*away[visit.session_id], visit) for _, visit in everyone() if visit.session_id in away]
    own = [visit for _, closed, visit in here if closed and visit.browser == browser != ""]
    lost = [visit for seconds, _, visit in sorted(here, key=lambda one: -one[0]) if seconds > OVER]
    for visit in (own + lost)[:1]:
        streamlit_internals.end_session(visit.session_id, give_back)
        forget_those_gone()
        return True
    return False


def why_anew() -> str:
    """Why a visitor who was here before finds a new network, in a sentence; empty for somebody else."""
    earlier = streamlit_internals.earlier_session_id()
    if not earlier:
        return ""
    anew = "This is a new network with the same settings"
    with _lock:
        if earlier in _ended:
            return f"{anew}: this server ran short of memory, and yours had been idle longest, so it was given up."
    return f"{anew}: the connection was interrupted for too long, or the server was started anew."


def first_to_go(everyone: Collection[tuple[Lab, Visit]]) -> Visit | None:
    """Whose session is to end if memory runs short: the one idle longest, or, if all train, the one whose last click is
    longest ago; never one who takes little: less than half of what they take on average, or than WORTH_ENDING."""
    sizes, away = {lab: lab.nbytes for lab, _ in everyone}, streamlit_internals.away_sessions()
    least = max(sum(sizes.values()) / max(2 * len(sizes), 1), WORTH_ENDING)
    large = [(lab, visit) for lab, visit in everyone if sizes[lab] >= least]
    _, visit = min(
        large, key=lambda one: (one[0].running and one[1].session_id not in away, one[1].seen), default=(None, None)
    )
    return visit


def memory() -> int | None:
    """Bytes of memory this process takes, None where the system does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text().split()[1]
    except OSError:
        return None
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def say(kind: str, line: str):
    """Write a line into the server's log, at most one of a kind in a while."""
    now = perf_counter()
    if now - _said.get(kind, -QUIET) >= QUIET:
        _said[kind] = now
        LOG.warning(line)


def start():
    """Begin to watch the limits, once per process."""
    global _started
    with _lock:
        if _started:
            return
        _started = True
    streamlit_internals.log_with_time(LOG.name)
    LOG.info(
        "Limits: %s visitors (%s), %s of memory (%s), %s parameters of a network (%s).",
        *(LIMITS.visitors, VISITORS, _mb(LIMITS.memory), MEMORY, f"{LIMITS.parameters:,}", PARAMETERS),
    )
    streamlit_internals.limit_uploads(UPLOADS, _is_here, lambda line: say(line, line))
    streamlit_internals.note_closed_connections()
    if LIMITS.metrics:
        LOG.info("Visitors, steps a second and memory are at the address /_stcore/metrics (%s).", METRICS)
        streamlit_internals.offer_metrics(metrics)
    threading.Thread(target=_watch, name="visits", daemon=True).start()


def metrics() -> dict[str, tuple[int, str]]:
    """{name: (value, meaning)} for whoever runs the server."""
    here, away = everyone(), streamlit_internals.away_sessions()
    training = sum(lab.running and visit.session_id not in away for lab, visit in here)
    return {
        "digit_lab_visitors": (len(here), "Visitors with a network of their own."),
        "digit_lab_training": (training, "Visitors whose network is in training."),
        "digit_lab_steps_per_second": (round(_steps_per_second), "Mini-batches per second, of all together."),
        "digit_lab_memory_bytes": (memory() or 0, "Memory of the process."),
    }


def _is_here(session_id):
    return any(visit.session_id == session_id for _, visit in everyone())


def _watch():
    while True:
        sleep(EVERY)
        look()


def look():
    """End the sessions that are over, and one more if memory is short; count steps."""
    _count_steps()
    away = streamlit_internals.away_sessions()
    over = [name for name, (seconds, closed) in away.items() if closed and seconds > OVER]
    ended = [streamlit_internals.end_session(name, bool) for name in over]
    if streamlit_internals.end_expired_sessions() or any(ended):
        forget_those_gone()
        give_back()
    if (memory() or 0) <= LIMITS.memory:
        return
    give_back()
    now = memory() or 0
    if now <= LIMITS.memory:
        return
    visit = first_to_go(everyone())
    if visit is None:
        say(MEMORY, f"{_mb(now)} are in use, more than {_mb(LIMITS.memory)} ({MEMORY}), though no visitor takes much.")
        return
    with _lock:
        _ended[visit.session_id] = None
        for oldest in list(_ended)[:-REMEMBERED]:
            del _ended[oldest]
    if streamlit_internals.end_session(visit.session_id, give_back):
        idle = perf_counter() - visit.seen
        LOG.warning("%s were in use (%s): a session was ended, idle for %.0f s.", _mb(now), MEMORY, idle)


def forget_those_gone():
    """Let go of what is in the laboratories of sessions that are over. The server itself may keep hold of the last
    sessions for as long as nobody else comes."""
    here, sessions = everyone(), streamlit_internals.sessions()
    for lab, visit in here:
        if sessions is not None and visit.session_id not in sessions:
            with _lock:
                _visits.pop(lab, None)
            vars(lab).clear()


def give_back():
    """Return free memory to the system. What sessions held is scattered, and would stay with the process."""
    gc.collect()
    with suppress(OSError, AttributeError):  # only the C library of Linux has it
        ctypes.CDLL(None).malloc_trim(0)


def _count_steps():
    global _steps_per_second
    steps = 0
    for lab, visit in everyone():
        now = lab.trainer.steps
        steps += max(now - visit.steps, 0)
        visit.steps = now
    _steps_per_second = steps / EVERY


def _mb(n_bytes):
    return f"{n_bytes / MB:,.0f} MB"
