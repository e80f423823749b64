"""Who may train now, and for how long.

All visitors share one process, and two trainings at once get less done than one after the other: small array operations
keep passing Python's lock to and fro. So one trains at a time, in short slices, in order of arrival. Pages know nothing
of this; the gate could become a scheduler of its own behind the same `tick`.
"""

import os
import threading
from collections import deque
from collections.abc import Callable
from contextlib import contextmanager
from time import perf_counter

THREADS = min(4, os.cpu_count() or 1)  # of the one who trains: only large mini-batches make use of more than one
SLICE = 0.03  # seconds of training before somebody else's turn; also how late a click is noticed
TICK = 0.15  # seconds one tick lasts, waiting included
INTERVAL = 0.25  # seconds from tick to tick, and from redraw to redraw
PATIENCE = 0.05  # seconds between two looks for a click while waiting for a turn


class Turnstile:
    """Lets one through at a time, first come, first served."""

    def __init__(self):
        self._queue = deque()
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, while_waiting: Callable[[], None]):
        """Wait for a turn and hold it. `while_waiting` is called now and then meanwhile, and may raise to give up."""
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
        try:
            while not self._is_first(ticket):
                while_waiting()
            yield
        finally:
            with self._changed:
                self._queue.remove(ticket)
                self._changed.notify_all()

    def _is_first(self, ticket):
        with self._changed:
            return self._changed.wait_for(lambda: self._queue[0] is ticket, timeout=PATIENCE)


TURNSTILE = Turnstile()


def tick(lab, noticing_clicks: Callable[[], None]):
    """Train for one tick, in slices. `noticing_clicks` is where a waiting click may interrupt, by raising: between
    slices, where weights and history agree."""
    deadline = perf_counter() + TICK
    while lab.running:
        with TURNSTILE.turn(noticing_clicks):
            lab.train(SLICE)
        if perf_counter() >= deadline:
            break
        noticing_clicks()
