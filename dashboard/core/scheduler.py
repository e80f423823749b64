"""Who may train now, and for how long.

All visitors share one process, and two trainings at once are slower than one after the other, because small array
operations keep handing over Python's lock. So one visitor trains at a time, in short slices, in order of arrival.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from time import perf_counter, sleep
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

THREADS = min(4, os.cpu_count() or 1)  # for one training: only large mini-batches use more than one
SLICE = 0.03  # seconds of training per turn, and the longest a click goes unnoticed
TICK = 0.15  # seconds one tick lasts, waiting included
INTERVAL = 0.25  # seconds from tick to tick, and from redraw to redraw, while few train
FEW = 8  # trainings; with more, everybody redraws less often, or redrawing would take up all the time
PATIENCE = 0.05  # seconds between two checks for a click while waiting for a turn

T = TypeVar("T")


class ClickWaits(Exception):
    """The visitor has clicked something: the tick ends here."""


class Turnstile:
    """A fair lock: one holder at a time, first come, first served."""

    def __init__(self):
        self._lock = threading.Lock()
        self._queue: deque[threading.Event] = deque()  # one event per visitor; the first has the turn

    @contextmanager
    def turn(self, while_waiting: Callable[[], object]):
        """Wait for a turn and hold it. `while_waiting` is called now and then, and may raise to give up."""
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
    """Train for one tick, in slices, as soon as each is due. `notice_click` is called between slices, when weights and
    history agree, and may interrupt by raising: ClickWaits ends the tick, any other exception reaches the caller."""
    _last_ticks[lab] = start = perf_counter()
    with suppress(ClickWaits):
        while lab.running:
            wait = lab.wait()
            if wait > 0 and perf_counter() + wait >= start + TICK:
                break  # nothing more is due in this tick
            if wait > 0:
                sleep(min(wait, SLICE))
            else:
                with TURNSTILE.turn(notice_click):
                    lab.train(SLICE)
            if perf_counter() >= start + TICK:
                break
            notice_click()


def in_turns(work: Iterator, notice_click: Callable[[], None]) -> Iterator:
    """Do other work in slices, as training is done, and yield the last item of each slice. A click may end it, as it
    ends a tick."""
    with suppress(ClickWaits):
        while slice_ := _slice(work, notice_click):
            yield slice_[-1]
            notice_click()


def finish(work: Generator[Any, None, T], notice_click: Callable[[], None]) -> T | None:
    """Do such work to its end and return its result; None if a click ended it early."""
    result: list[T] = []

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
    """Start work that cannot be sliced and hardly needs Python's lock, such as waiting for another process. Such work
    is done one at a time for all visitors, in order of arrival, in the background: ask the Future."""
    return _ASIDE.submit(work)


def interval() -> float:
    """Seconds from redraw to redraw for everybody: doubled each time the number of trainings doubles beyond FEW."""
    now, seconds = perf_counter(), INTERVAL
    training = sum(lab.running and now - seen < 20 * INTERVAL for lab, seen in list(_last_ticks.items()))
    while training > FEW:
        training, seconds = training / 2, 2 * seconds
    return seconds
