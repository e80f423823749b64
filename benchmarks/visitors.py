"""Visitors without a browser: they speak Streamlit's front-end protocol and need hardly any resources.

Thirty of them can train on one machine, so that only the server is measured.
"""

import asyncio
import re
from contextlib import AsyncExitStack
from time import perf_counter

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

STATE = re.compile(r" · epoch ([\d.]+)")
BATCH = re.compile(r"batch ([\d,]+) of ([\d,]+)")  # in the tooltip
PATIENCE = 120  # seconds
WARM_UP = 2  # seconds until all are under way
PAUSE = 0.2  # seconds between two pages of the newcomer


class Visitor:
    """One session, open within `async with`.

    `position` is (position in epochs, batch, batches) in the line at the bottom of the page and its tooltip; `redraws`
    counts its updates.
    """

    def __init__(self, url):
        self.address = url.replace("http", "ws", 1) + "/_stcore/stream"
        self.buttons, self.timers = {}, {}
        self.position, self.redraws = None, 0
        self.finished = asyncio.Event()

    async def __aenter__(self):
        self.socket = await connect(self.address, subprotocols=["streamlit"], max_size=None, compression=None)
        self.reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_):
        self._stop_timers(self.timers)
        self.reader.cancel()
        await self.socket.close()

    async def open(self, press=None):
        """Request the page, or press a button with this label; returns the seconds until the page is complete."""
        start = perf_counter()
        self.finished.clear()
        self._stop_timers(self.timers)
        message = BackMsg()
        message.rerun_script.query_string = "speed=max"
        if press:
            widget = message.rerun_script.widget_states.widgets.add()
            widget.id, widget.trigger_value = self.buttons[press], True
        await self.socket.send(message.SerializeToString())
        await asyncio.wait_for(self.finished.wait(), PATIENCE)
        return perf_counter() - start

    async def _read(self):
        async for frame in self.socket:
            message = ForwardMsg.FromString(frame)
            kind = message.WhichOneof("type")
            if kind == "delta":
                self._see(message.delta.new_element)
            elif kind == "auto_rerun":
                self._start_timer(message.auto_rerun)
            elif kind == "stop_auto_rerun":
                self._stop_timers(message.stop_auto_rerun.fragment_ids)
            elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                self.finished.set()

    def _see(self, element):
        kind = element.WhichOneof("type")
        if kind == "button":
            self.buttons[element.button.label] = element.button.id
        elif kind == "markdown" and (found := STATE.search(element.markdown.body)):
            batches = BATCH.search(element.markdown.help).groups()
            self.position = (float(found[1]), *(int(number.replace(",", "")) for number in batches))
            self.redraws += 1

    def _start_timer(self, order):
        self._stop_timers([order.fragment_id])
        self.timers[order.fragment_id] = asyncio.create_task(self._tick(order.fragment_id, order.interval))

    def _stop_timers(self, fragments):
        for fragment in {*fragments} & {*self.timers}:
            self.timers.pop(fragment).cancel()

    async def _tick(self, fragment, interval):
        message = BackMsg()
        message.rerun_script.fragment_id = fragment
        message.rerun_script.is_auto_rerun = True
        while True:
            await asyncio.sleep(interval)
            await self.socket.send(message.SerializeToString())

    @property
    def steps(self):
        """Mini-batches so far."""
        epoch, batch, batches = self.position
        return round(epoch - batch / batches) * batches + batch


async def train_together(url, visitors, seconds):
    """Let `visitors` visitors train at once while one more repeatedly opens the page.

    Returns the steps per second of each, the redraws per second of each, and the seconds per page of the newcomer.
    """
    loads = []
    async with AsyncExitStack() as stack:
        everyone = [await stack.enter_async_context(Visitor(url)) for _ in range(visitors)]
        for visitor in everyone:
            await visitor.open()
        await asyncio.gather(*(visitor.open(press="Run") for visitor in everyone))
        await asyncio.sleep(WARM_UP)
        before, start = [(visitor.steps, visitor.redraws) for visitor in everyone], perf_counter()
        while perf_counter() - start < seconds:
            async with Visitor(url) as newcomer:
                loads.append(await newcomer.open())
            await asyncio.sleep(PAUSE)
        wall = perf_counter() - start
        after = [(visitor.steps, visitor.redraws) for visitor in everyone]
    steps, redraws = ([(now[i] - then[i]) / wall for now, then in zip(after, before, strict=True)] for i in range(2))
    return steps, redraws, loads
