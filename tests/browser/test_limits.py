"""A real server: what it keeps for a visitor whose connection blinks, and gives back when the visit is over."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from urllib.request import urlopen

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

GIVEN_BACK = 20  # seconds at most, of which the server waits 2 for the connection to come back
PATIENCE = 60  # seconds


class Visitor:
    """A visitor without a browser, on one connection; `session` is its session."""

    def __init__(self, url, session="", browser=""):
        self.address = url.replace("http", "ws", 1) + "/_stcore/stream"
        self.protocols = ["streamlit", "token", session] if session else ["streamlit"]
        self.buttons, self.headers = {}, {"Cookie": f"_streamlit_xsrf={browser}"} if browser else {}

    async def __aenter__(self):
        self.socket = await connect(
            self.address, subprotocols=self.protocols, max_size=None, additional_headers=self.headers
        )
        return self

    async def __aexit__(self, *_):
        await self.socket.close()

    async def open(self, press=None):
        """The texts on the page, after a click on a button."""
        message, texts = BackMsg(), []
        message.rerun_script.query_string = "hidden=16&examples=640"
        if press:
            widget = message.rerun_script.widget_states.widgets.add()
            widget.id, widget.trigger_value = self.buttons[press], True
        await self.socket.send(message.SerializeToString())
        while True:
            got = ForwardMsg.FromString(await asyncio.wait_for(self.socket.recv(), PATIENCE))
            kind, element = got.WhichOneof("type"), got.delta.new_element
            if kind == "new_session":
                self.session = got.new_session.initialize.session_id
            elif kind == "delta" and element.WhichOneof("type") == "button":
                self.buttons[element.button.label] = element.button.id
            elif kind == "delta":
                texts += [element.markdown.body, element.heading.body, element.alert.body]
            elif kind == "script_finished" and got.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return " ".join(filter(None, texts))


@pytest.fixture
def url(monkeypatch, request):
    monkeypatch.setenv("STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL", "2")
    monkeypatch.setenv("DIGIT_LAB_VISITORS", "1")
    monkeypatch.setenv("DIGIT_LAB_METRICS", "1")
    return request.getfixturevalue("untouched_dashboard_url")


def visitors(url):
    with urlopen(f"{url}/_stcore/metrics") as answer:
        return int(re.search(r"^digit_lab_visitors (\d+)$", answer.read().decode(), re.MULTILINE)[1])


async def a_visit(url):
    async with Visitor(url, browser="mine") as reloaded:
        await reloaded.open()
    async with Visitor(url, browser="another") as second:
        assert "full" in await second.open()
    async with Visitor(url, browser="mine") as first:  # the place is one's own
        await first.open()
        await first.open(press="Batch")
        async with Visitor(url) as second:  # while the first is here
            assert "full" in await second.open()
    async with Visitor(url, first.session) as back:
        assert "(batch 1)" in await back.open() and back.session == first.session
    start = perf_counter()
    assert visitors(url) == 1
    while visitors(url) and perf_counter() - start < GIVEN_BACK:
        await asyncio.sleep(0.1)
    assert visitors(url) == 0
    async with Visitor(url, first.session) as late:
        text = await late.open()
        assert "new network" in text and "untrained" in text and late.session != first.session


def test_a_blink_loses_nothing_and_a_visit_that_is_over_gives_its_place_back(url):
    with ThreadPoolExecutor(1) as aside:  # the browser of other tests has an event loop in this thread
        aside.submit(asyncio.run, a_visit(url)).result()
