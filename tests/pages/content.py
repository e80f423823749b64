"""What stands on a page, and widgets whose keys go on to say for which network or data they are."""

import json
import re
from base64 import b64decode

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.notation.plain_text import JOINER

FEW = {"hidden": "16", "examples": "640"}  # ten mini-batches an epoch: a run takes milliseconds


def lab(at: AppTest):
    return at.session_state["lab"]


def tick(at: AppTest) -> AppTest:
    """Rerun until one more mini-batch is trained: a tick may be spent on an evaluation."""
    steps = lab(at).trainer.steps
    for _ in range(50):
        if lab(at.run()).trainer.steps > steps:
            return at
    pytest.fail("no mini-batch in 50 ticks")


def failures(at: AppTest) -> list[str]:
    return [f"{error.message}\n{''.join(error.stack_trace)}" for error in at.exception]


def as_seen(markdown: str) -> str:
    """A text as it is seen where its punctuation is escaped, so that it is not formatted."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown).replace(JOINER, "")


def texts(at: AppTest) -> str:
    """All that is written, but for labels and helps of widgets."""
    kinds = (at.title, at.subheader, at.markdown, at.caption, at.info, at.success, at.warning, at.error)
    return " ".join(each.value for kind in kinds for each in kind)


def widget(at: AppTest, start: str):
    """The only widget to choose a value with whose key begins so."""
    kinds = (at.selectbox, at.slider, at.select_slider, at.number_input, at.get("button_group"))
    [found] = [each for kind in kinds for each in kind if each.key and each.key.startswith(start)]
    return found


def choose(at: AppTest, start: str, value) -> AppTest:
    return widget(at, start).set_value(value).run()


def buttons(at: AppTest) -> set[str]:
    return {button.key for button in at.button}


def charts(at: AppTest) -> dict[str, dict]:
    """The Plotly charts by their keys."""
    return {each.proto.id.rpartition("-")[2]: json.loads(each.proto.spec) for each in at.get("plotly_chart")}


def unpacked(array: dict | list) -> np.ndarray:
    """The numbers of an array in Plotly's JSON, whether written out or as bytes."""
    if not isinstance(array, dict):
        return np.array(array)
    shape = [int(n) for n in array.get("shape", "-1").split(",")]
    return np.frombuffer(b64decode(array["bdata"]), array["dtype"]).reshape(shape)


def pictures(at: AppTest, key: str) -> tuple[dict, np.ndarray | None]:
    """Header and weights (None while it runs) of the pictures with this key, as the browser is sent them."""
    [found] = [each.proto for each in at.get("bidi_component") if each.proto.id.endswith(f"-{key}")]
    length = int.from_bytes(found.bytes[:4], "little")
    header = json.loads(found.bytes[4 : 4 + length])
    if not header["readable"]:
        return header, None
    count = len(header["units"]) * header["count"]
    return header, np.frombuffer(found.bytes, "<f4", count, 4 + length).reshape(-1, header["count"])
