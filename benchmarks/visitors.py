"""Many visitors at once: how long their clicks take, how much each trains, and the memory they need.

    python -m benchmarks.visitors [--only NAME] [--clicks N]

The visitors have no browser: they speak Streamlit's front-end protocol. The processor time that they take themselves,
beside the server, is in the last column. A page change ends when the new page is complete, Pause when the page says so.
Markdown goes to stdout.
"""

import argparse
import asyncio
import os
import re
from contextlib import AsyncExitStack
from random import Random
from statistics import median, quantiles
from time import perf_counter, process_time

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from benchmarks.server import megabytes, processor_seconds, server

STATE = re.compile(r"\*\*(\w+)\*\* · epoch ([\d.]+)")
BATCH = re.compile(r"batch ([\d,]+) of ([\d,]+)")  # in the tooltip
PATIENCE = 120  # seconds
WARM_UP = 4  # seconds until all are under way
BETWEEN = 0.3  # seconds between two clicks
TOGETHER = 10  # seconds of training without clicks
GUESTS = 10  # sessions over which the memory of one is averaged
PAGES = ("weights", "data", "shapes", "")

MLP, CNN = "speed=max", "speed=max&recipe=cnn-32-64-128"
CROWDS = {"8": (8, MLP), "30": (30, MLP), "64": (64, MLP), "8 CNN": (8, CNN)}  # name: visitors and their address
HEAVY = {  # the page of a heavy view, the choices that show it, and the button that computes it
    "Overfit one mini-batch": ("checks", {}, "Try it"),
    "Robustness": ("mistakes", {"View": "Robustness"}, "Measure"),
    "t-SNE": (
        "mistakes",
        {"View": "Embedding", "Layer": "scores", "Projection to two dimensions": "t-SNE"},
        "Compute t-SNE",
    ),
}


class Visitor:
    """One session, open within `async with`.

    `state`, such as "running", and `position`, (position in epochs, batch, batches), are what the line at the bottom of
    the page and its tooltip say; `redraws` counts its updates.
    """

    def __init__(self, url, query=MLP):
        self.address, self.query = url.replace("http", "ws", 1) + "/_stcore/stream", query
        self.buttons, self.choices, self.timers, self.pages = {}, {}, {}, {}
        self.page = self.state = ""
        self.position, self.redraws, self.complete = None, 0, False
        self.news = asyncio.Event()

    async def __aenter__(self):
        self.socket = await connect(self.address, subprotocols=["streamlit"], max_size=None, compression=None)
        self.reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_):
        self._stop_timers(self.timers)
        self.reader.cancel()
        await self.socket.close()

    async def open(self, page=""):
        """Request a page, as a link to it does; returns the seconds until it is complete."""
        start, message = perf_counter(), self._message()
        message.rerun_script.page_script_hash = self.pages.get(page, "")
        await self._redraw(message)
        return perf_counter() - start

    async def choose(self, label, option):
        """Choose one of several options."""
        message = self._message()
        widget = message.rerun_script.widget_states.widgets.add()
        widget.id = self.choices[label]
        widget.string_array_value.data.append(option)
        await self._redraw(message)

    async def press(self, label):
        """Press the button with this label."""
        message = self._message()
        widget = message.rerun_script.widget_states.widgets.add()
        widget.id, message.rerun_script.fragment_id = self.buttons[label]
        widget.trigger_value = True
        await self.socket.send(message.SerializeToString())

    async def pause(self):
        """Press Pause; returns the seconds until the page says so."""
        start = perf_counter()
        await self.press("Pause")
        await self.until(lambda: self.state == "paused")
        return perf_counter() - start

    async def run(self):
        """Press Run, and wait until the page says so."""
        await self.press("Run")
        await self.until(lambda: self.state == "running")

    async def until(self, condition):
        """Wait until this holds, and raise if it never does."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self.news.clear()
                await self.news.wait()

    async def _redraw(self, message):
        self.complete, hash_ = False, message.rerun_script.page_script_hash
        self._stop_timers(self.timers)
        await self.socket.send(message.SerializeToString())
        await self.until(lambda: self.complete and hash_ in ("", self.page))

    def _message(self):
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self.page
        return message

    async def _read(self):
        async for frame in self.socket:
            message = ForwardMsg.FromString(frame)
            kind = message.WhichOneof("type")
            if kind == "delta":
                self._see(message.delta)
            elif kind == "new_session":
                self.page = message.new_session.page_script_hash
            elif kind == "navigation":
                self.pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
            elif kind == "auto_rerun":
                self._start_timer(message.auto_rerun)
            elif kind == "stop_auto_rerun":
                self._stop_timers(message.stop_auto_rerun.fragment_ids)
            elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                self.complete = True
            self.news.set()

    def _see(self, delta):
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "button":
            self.buttons[element.button.label] = element.button.id, delta.fragment_id
        elif kind == "button_group":
            self.choices[element.button_group.label] = element.button_group.id
        elif kind == "markdown" and (found := STATE.search(element.markdown.body)):
            batches = BATCH.search(element.markdown.help).groups()
            self.state = found[1]
            self.position = (float(found[2]), *(int(number.replace(",", "")) for number in batches))
            self.redraws += 1

    def _start_timer(self, order):
        self._stop_timers([order.fragment_id])
        self.timers[order.fragment_id] = asyncio.create_task(self._tick(order.fragment_id, order.interval))

    def _stop_timers(self, fragments):
        for fragment in {*fragments} & {*self.timers}:
            self.timers.pop(fragment).cancel()

    async def _tick(self, fragment, interval):
        while True:
            await asyncio.sleep(interval)
            message = self._message()
            message.rerun_script.fragment_id = fragment
            message.rerun_script.is_auto_rerun = True
            await self.socket.send(message.SerializeToString())

    @property
    def steps(self):
        """Mini-batches so far."""
        if not self.position:
            return 0
        epoch, batch, batches = self.position
        return round(epoch - batch / batches) * batches + batch


async def rates(visitors, seconds):
    """The steps per second and the redraws per second of each, in so much time."""
    before, start = [(each.steps, each.redraws) for each in visitors], perf_counter()
    await asyncio.sleep(seconds)
    wall, after = perf_counter() - start, [(each.steps, each.redraws) for each in visitors]
    return tuple([(now[i] - was[i]) / wall for now, was in zip(after, before, strict=True)] for i in range(2))


async def crowd(stack, url, visitors, query):
    """So many visitors, all training."""
    everyone = [await stack.enter_async_context(Visitor(url, query)) for _ in range(visitors)]
    for each in everyone:
        await each.open()
    await asyncio.gather(*(each.run() for each in everyone))
    await asyncio.sleep(WARM_UP)
    return everyone


async def together(url, visitors, query, clicks):
    """What so many visitors see who train at once: {what: seconds or rates of each}."""
    async with AsyncExitStack() as stack:
        everyone = await crowd(stack, url, visitors, query)
        seen = dict(zip(("steps", "redraws"), await rates(everyone, TOGETHER), strict=True))
        seen |= {"pause": [], "change": [], "newcomer": []}
        random = Random(0)
        for _ in range(clicks):
            one = random.choice(everyone)
            seen["pause"].append(await one.pause())
            await asyncio.sleep(BETWEEN)
            await one.run()
            await asyncio.sleep(BETWEEN)
        for number in range(clicks):
            one = everyone[number // len(PAGES) % visitors]
            seen["change"].append(await one.open(PAGES[number % len(PAGES)]))
            await asyncio.sleep(BETWEEN)
        for _ in range(clicks // 3):
            async with Visitor(url, query) as newcomer:
                seen["newcomer"].append(await newcomer.open())
            await asyncio.sleep(BETWEEN)
    return seen


async def beside_a_heavy_view(url, name, visitors=10):
    """For each visitor who trains, the speed while another computes that view with a CNN, as a share of the speed
    before; and the seconds until the view is shown."""
    page, choices, button = HEAVY[name]
    async with AsyncExitStack() as stack:
        everyone = await crowd(stack, url, visitors, MLP)
        other = await stack.enter_async_context(Visitor(url, CNN))
        await other.open()
        await other.open(page)
        for label, option in choices.items():
            await other.choose(label, option)
        await asyncio.sleep(WARM_UP)
        before, _ = await rates(everyone, TOGETHER)
        other.complete = False
        start = perf_counter()
        await other.press(button)
        during, _ = await rates(everyone, TOGETHER / 2)
        await other.until(lambda: other.complete)
        seconds = perf_counter() - start
    return [now / was for now, was in zip(during, before, strict=True)], seconds


async def memory_of_a_session(url, process):
    """Megabytes per additional visitor."""
    async with AsyncExitStack() as stack:
        await (await stack.enter_async_context(Visitor(url))).open()
        before = megabytes(process)
        for _ in range(GUESTS):
            await (await stack.enter_async_context(Visitor(url))).open()
        return (megabytes(process) - before) / GUESTS


def spread(seconds):
    """Median, 95th percentile and most, in milliseconds."""
    p95 = quantiles(seconds, n=20, method="inclusive")[-1]
    return " / ".join(f"{1e3 * each:.0f}" for each in (median(seconds), p95, max(seconds)))


def row(name, seen, memory, processors):
    """One line of the table of crowds."""
    steps, redraws = seen["steps"], seen["redraws"]
    clicks = " | ".join(spread(seen[what]) for what in ("pause", "change", "newcomer"))
    each = f"{min(steps):.1f} to {max(steps):.1f}"
    return (
        f"| {name} | {clicks} | {sum(steps):.0f} | {each} | {min(redraws):.1f} to {max(redraws):.1f} | {memory:.0f} "
        f"| {processors[0]:.2f} + {processors[1]:.2f} |"
    )


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.visitors", description=__doc__.partition("\n")[0])
    parser.add_argument("--clicks", type=int, default=40)
    parser.add_argument("--only", choices=[*CROWDS, "heavy", "memory"], action="append")
    options = parser.parse_args()
    asked = options.only or [*CROWDS, "heavy", "memory"]
    print(f"Load {os.getloadavg()[0]:.1f} at the start. Milliseconds: median / 95th percentile / most.\n")
    names = ["visitors", "Pause", "page change", "first page of another", "steps a second in all", "each"]
    print(f"| {' | '.join([*names, 'redraws a second each', 'memory, MB', 'processors busy: server + visitors'])} |")
    print(9 * "|---" + "|", flush=True)
    for name in (name for name in CROWDS if name in asked):
        with server() as (url, process, _):
            start, before = perf_counter(), (processor_seconds(process), process_time())
            seen = asyncio.run(together(url, *CROWDS[name], options.clicks))
            now, wall = (processor_seconds(process), process_time()), perf_counter() - start
            busy = [(after - was) / wall for after, was in zip(now, before, strict=True)]
            print(row(name, seen, megabytes(process), busy), flush=True)
    if "heavy" in asked:
        print("\nTen train, while another starts with a CNN:\n")
        print("| view | their speed as a share of before: least / median | seconds until shown |\n|---|---|---|")
        for name in HEAVY:
            with server() as (url, *_):
                shares, seconds = asyncio.run(beside_a_heavy_view(url, name))
                print(f"| {name} | {min(shares):.2f} / {median(shares):.2f} | {seconds:.1f} |", flush=True)
    if "memory" in asked:
        with server() as (url, process, _):
            print(f"\nMemory of a further visitor: {asyncio.run(memory_of_a_session(url, process)):.1f} MB.")


if __name__ == "__main__":
    main()
