"""Who may train, compute or draw now, and for how long.

All visitors share one process, and two trainings at once are slower than one after the other, because small array
operations keep handing over Python's lock. So one visitor at a time has the turn: first what a click asks for, then
trainings and redraws by the clock, in short slices, each visitor getting the same time.
"""

import os
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from time import perf_counter, sleep
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from dashboard.core import streamlit_internals

THREADS = min(4, os.cpu_count() or 1)  # for one training: only large mini-batches use more than one
SLICE = 0.03  # seconds of training per turn, and the longest a click goes unnoticed
TICK = 0.15  # seconds one tick lasts, waiting included, while few train; as large a share of a longer interval
INTERVAL = 0.25  # seconds from tick to tick, and from redraw to redraw, while few train
FEW = 4  # trainings; with more, everybody redraws less often, or redrawing would take up all the time
GONE = 20  # seconds without a tick after which a training no longer counts
PATIENCE = 0.05  # seconds between two checks for a click while waiting for a turn
LONGEST = 0.25  # seconds that one visitor keeps all others waiting: what takes longer in one piece goes on beside them
AHEAD = 0.3  # seconds that clicks may take in advance of the trainings; then each gets half of the time

T = TypeVar("T")


class ClickWaits(Exception):
    """The visitor has clicked something: the tick ends here."""


@dataclass(eq=False)
class Account:
    """What one visitor has had of the time: `until`, on the clock that all visitors' turns advance together."""

    until: float = 0.0


@dataclass(eq=False)
class _Waiting:
    """One who waits for a turn, or has it: `start` is its place in the order, `urgent` whether a click waits for it."""

    start: float
    urgent: Callable[[], bool]
    may_go: threading.Event = field(default_factory=threading.Event)
    thread: int = field(default_factory=threading.get_ident)


class Turnstile:
    """A lock with one holder at a time, who is in this order: those a click waits for, as long as they take at most
    half the time; then those who have had the least time; among equals, first come, first served (start-time fair
    queueing: Goyal, Vin and Cheng, 1996).

    `watch` is called by whoever waits, and returns a function that tells any thread whether this visitor has clicked
    meanwhile: the turn then comes at once.
    """

    def __init__(self, watch: Callable[[], Callable[[], bool]] = lambda: lambda: False):
        self._watch = watch
        self._lock = threading.Lock()
        self._queue: list[_Waiting] = []  # in order of arrival, without the holder
        self._holder: _Waiting | None = None
        self._since = 0.0  # when the holder was let in
        self._now = 0.0  # the start of the latest turn in the order
        self._ahead = 0.0  # seconds that clicks have had and trainings have not

    @contextmanager
    def turn(self, while_waiting: Callable[[], object], account: Account | None = None, urgent: bool = False):
        """Wait for a turn and hold it. `while_waiting` is called now and then, and may raise to give up. The time is
        charged to the account, if there is one. Inside a turn this does nothing."""
        if self._held():
            yield
            return
        account, clicked = account or Account(self._now), self._watch()
        mine = self._enter(account, (lambda: True) if urgent else clicked, while_waiting)
        begun = perf_counter()
        try:
            yield
        finally:
            taken = perf_counter() - begun
            account.until = mine.start + taken
            self._ahead = max(0.0, self._ahead + (taken if urgent else -taken))
            self._end(mine)

    def leave(self):
        """Give the turn back before its end, if this thread has it."""
        if mine := self._held():
            self._end(mine)

    def _held(self):
        """What this thread has the turn by, or None."""
        holder = self._holder
        return holder if holder and holder.thread == threading.get_ident() else None

    def _end(self, turn):
        with self._lock:
            if turn is self._holder:
                self._admit()

    def _enter(self, account, urgent, while_waiting):
        with self._lock:
            mine = _Waiting(max(self._now, account.until), urgent)
            self._queue.append(mine)
            ahead = len(self._queue) - 1
            if self._holder is None:
                self._admit()
        try:
            while not mine.may_go.wait(PATIENCE * (1 + ahead / 8)):  # or looking up would take the time of many
                self._go_past()
                while_waiting()
        except BaseException:
            with self._lock:
                if mine in self._queue:
                    self._queue.remove(mine)
            self._end(mine)
            raise
        return mine

    def _go_past(self):
        with self._lock:
            if self._holder and perf_counter() - self._since > LONGEST:
                self._admit()

    def _admit(self):
        """Give the turn to the first of those who wait."""
        clicked = [each for each in self._queue if each.urgent()]
        if clicked and (self._ahead < AHEAD or len(clicked) == len(self._queue)):
            first = clicked[0]
        elif self._queue:
            first = min((each for each in self._queue if each not in clicked), key=lambda each: each.start)
            self._now = max(self._now, first.start)
        else:
            self._holder, self._ahead = None, 0.0
            return
        self._holder, self._since = first, perf_counter()
        self._queue.remove(first)
        first.may_go.set()

    @property
    def busy(self) -> bool:
        """Whether others wait for a turn."""
        return bool(self._queue)


TURNSTILE = Turnstile(streamlit_internals.watch_clicks)
_ASIDE = ThreadPoolExecutor(1, thread_name_prefix="aside")
_last_ticks: WeakKeyDictionary[Any, float] = WeakKeyDictionary()  # lab: when it last asked for a turn
_accounts: WeakKeyDictionary[Any, Account] = WeakKeyDictionary()  # of labs


def account(lab) -> Account:
    """That of the visitor with this lab."""
    return _accounts.setdefault(lab, Account())


def tick(lab, notice_click: Callable[[], None], clicked: bool = False):
    """Train for one tick, in slices, as soon as each is due. `notice_click` is called between slices, when weights and
    history agree, and may interrupt by raising: ClickWaits ends the tick, any other exception reaches the caller. A
    tick after which the visitor will see what was `clicked` trains at once, and among others one slice only."""
    _last_ticks[lab] = start = perf_counter()
    end = start + TICK * interval() / INTERVAL
    with suppress(ClickWaits):
        while lab.running:
            wait = lab.wait()
            if wait > 0 and perf_counter() + wait >= end:
                break  # nothing more is due in this tick
            if wait > 0:
                sleep(min(wait, SLICE))
            else:
                with TURNSTILE.turn(notice_click, account(lab), clicked):
                    notice_click()
                    lab.train(SLICE)
            if perf_counter() >= end or (clicked and TURNSTILE.busy):
                break
            notice_click()


def in_turns(work: Iterator, notice_click: Callable[[], None], urgent: bool = False) -> Iterator:
    """Do other work in slices, as training is done, and yield the last item of each slice. A click may end it, as it
    ends a tick. What a click asks for and takes little time may be `urgent`."""
    TURNSTILE.leave()  # for good: what is left of a page that has a turn is drawn without one
    mine = Account()
    with suppress(ClickWaits):
        while slice_ := _slice(work, notice_click, mine, urgent):
            yield slice_[-1]
            notice_click()


def finish(
    work: Generator[Any, None, T],
    notice_click: Callable[[], None],
    urgent: bool = False,
    tell: Callable[[Any], object] = lambda item: None,
) -> T | None:
    """Do such work to its end and return its result; None if a click ended it early. `tell` is called with the last
    item of each slice."""
    result: list[T] = []

    def whole():
        result.append((yield from work))

    for item in in_turns(whole(), notice_click, urgent):
        tell(item)
    return result[0] if result else None


def _slice(work, notice_click, account, urgent):
    with TURNSTILE.turn(notice_click, account, urgent):
        end, items = perf_counter() + SLICE, []
        for item in work:
            items.append(item)
            if perf_counter() >= end:
                break
    return items


@contextmanager
def sharing() -> Iterator[Callable[[], None]]:
    """Work in one piece that takes turns with the trainings: it calls what it is given between its parts, which waits
    for the next turn whenever half a slice is over; with its last part it then hardly takes more than a whole one."""
    mine = Account()
    with ExitStack() as held:
        end = 0.0

        def between():
            nonlocal end
            if perf_counter() >= end:
                held.close()
                held.enter_context(TURNSTILE.turn(lambda: None, mine))
                end = perf_counter() + SLICE / 2

        between()
        yield between


def result_of(future: Future[T]) -> T:
    """Wait for such work, or other work in the background, without a turn, which it may need."""
    TURNSTILE.leave()
    return future.result()


def aside(work: Callable[[], Any]) -> Future:
    """Start work that cannot be sliced and hardly needs Python's lock, such as waiting for another process. Such work
    is done one at a time for all visitors, in order of arrival, in the background: ask the Future."""
    return _ASIDE.submit(work)


def interval() -> float:
    """Seconds from redraw to redraw for everybody: doubled each time the number of trainings doubles beyond FEW."""
    now, seconds = perf_counter(), INTERVAL
    training = sum(lab.running and now - seen < GONE for lab, seen in list(_last_ticks.items()))
    while training > FEW:
        training, seconds = training / 2, 2 * seconds
    return seconds
