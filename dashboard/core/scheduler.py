"""Who may train now, and for how long.

All visitors share one process, and two trainings at once get less done than one after the other: small array operations
keep passing Python's lock to and fro. So one trains at a time, in short slices, in order of arrival. Pages know nothing
of this; the gate could become a scheduler of its own behind the same `tick`.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from time import perf_counter
from typing import Any
from weakref import WeakKeyDictionary

THREADS = min(4, os.cpu_count() or 1)  # of the one who trains: only large mini-batches make use of more than one
SLICE = 0.03  # seconds of training before somebody else's turn; also how late a click is noticed
TICK = 0.15  # seconds one tick lasts, waiting included
INTERVAL = 0.25  # seconds from tick to tick, and from redraw to redraw, as long as few train
FEW = 8  # trainings; with more, everybody redraws less often, or redrawing takes all the time there is
PATIENCE = 0.05  # seconds between two looks for a click while waiting for a turn


class ClickWaits(Exception):
    """The visitor has clicked something: the tick ends here."""


class Turnstile:
    """Lets one through at a time, first come, first served."""

    def __init__(self):
        self._lock = threading.Lock()
        self._queue: deque[threading.Event] = deque()  # one event for each who waits; the first has the turn

    @contextmanager
    def turn(self, while_waiting: Callable[[], None]):
        """Wait for a turn and hold it. `while_waiting` is called now and then meanwhile, and may raise to give up."""
        mine = threading.Event()
        with self._lock:
            self._queue.append(mine)
            ahead = len(self._queue) - 1
            if not ahead:
                mine.set()
        try:
            while not mine.wait(max(PATIENCE, ahead * SLICE / 2)):
                while_waiting()
            yield
        finally:
            with self._lock:
                self._queue.remove(mine)
                if self._queue:
                    self._queue[0].set()


TURNSTILE = Turnstile()
_ASIDE = ThreadPoolExecutor(1, thread_name_prefix="aside")
_last_ticks: WeakKeyDictionary[Any, float] = WeakKeyDictionary()  # lab: when it last asked for a turn


def tick(lab, notice_click: Callable[[], None]):
    """Train for one tick, in slices. `notice_click` is called between slices, where weights and history agree, and may
    interrupt by raising: ClickWaits ends the tick, anything else goes on to the caller."""
    _last_ticks[lab] = start = perf_counter()
    with suppress(ClickWaits):
        while lab.running:
            with TURNSTILE.turn(notice_click):
                lab.train(SLICE)
            if perf_counter() >= start + TICK:
                break
            notice_click()


def in_turns(work: Iterator, notice_click: Callable[[], None]) -> Iterator:
    """Go through work that is not a training, in slices like one, and yield the last item of every slice. A click may
    end it, as it ends a tick."""
    with suppress(ClickWaits):
        while slice_ := _slice(work, notice_click):
            yield slice_[-1]
            notice_click()


def finish(work: Generator[Any, None, Any], notice_click: Callable[[], None]) -> Any:
    """Go through such work to its end and return what it returns; None if a click ended it before."""
    result: list[Any] = []

    def whole():
        result.append((yield from work))

    for _ in in_turns(whole(), notice_click):
        pass
    return result[0] if result else None


def _slice(work, notice_click):
    with TURNSTILE.turn(notice_click):
        end, items = perf_counter() + SLICE, []
        for item in work:
            items.append(item)
            if perf_counter() >= end:
                break
    return items


def aside(work: Callable[[], Any]) -> Future:
    """Begin work that cannot be cut into slices and hardly needs Python itself, such as waiting for another process:
    one at a time for all visitors, in order of arrival. Nobody waits for it: ask the Future."""
    return _ASIDE.submit(work)


def interval() -> float:
    """Seconds from redraw to redraw for everybody: doubled whenever twice as many train at once."""
    now, seconds = perf_counter(), INTERVAL
    training = sum(lab.running and now - seen < 20 * INTERVAL for lab, seen in list(_last_ticks.items()))
    while training > FEW:
        training, seconds = training / 2, 2 * seconds
    return seconds
