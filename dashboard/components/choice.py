"""Choices that last for the session: one of several options, or how many digits are shown."""

from collections.abc import Iterable
from typing import TypeVar

import streamlit as st

T = TypeVar("T")


def choice(label: str, options: Iterable[T], key: str, help: str, *, default: T | None = None, **more) -> T:
    """One of the options, at first the first unless there is a `default`; `more` goes to `st.segmented_control`."""
    options = list(options)
    first = options[0] if default is None else default
    more |= {"default": first, "required": True, "persist_state": "session"}
    chosen = st.segmented_control(label, options, key=key, help=help, **more)
    return chosen if chosen in options else first  # a message past the page may choose anything, or nothing


def how_many(label: str, options: list[int], key: str, help: str, *, default: int) -> int:
    """One of a few numbers, on a short slider."""
    return st.select_slider(label, options, value=default, key=key, persist_state="session", width=150, help=help)
