"""A button with an icon, a help text and perhaps a key."""

from collections.abc import Callable

import streamlit as st

_ARROWS = {"Left": "←", "Right": "→"}


def button(label: str, key: str, icon: str, help: str, on_click: Callable, *args, shortcut: str | None = None, **more):
    """A button whose click calls `on_click(*args)`. `icon` is the name of a Material symbol; the help names the key
    that presses it, `shortcut`; `more` goes to `st.button`."""
    if shortcut:
        help = f"{help} Key: {_ARROWS.get(shortcut, shortcut.upper())}"
    icon = f":material/{icon}:"
    st.button(label, key=key, icon=icon, help=help, on_click=on_click, args=args, shortcut=shortcut, **more)
