"""The one owner of Streamlit's session state: the visitor's laboratory, the objects of which each visitor has one, and
the values of widgets.

What is kept, and where:

- the same for all visitors, a function of its arguments alone: `functools.lru_cache`, or, where it takes long enough to
  say so, `st.cache_resource`;
- an object of this visitor's that goes on changing and lasts as long as the session: `own`;
- a result that is out of date when what it was made from has changed: `dashboard.core.computed`.

What belongs to one object, and goes when it goes, is an attribute of that object.
"""

from typing import TypeVar

import streamlit as st

from dashboard.core import query_params, scheduler, streamlit_internals
from dashboard.core.all_digits import all_digits
from dashboard.core.lab import Lab
from dashboard.theme import LIGHT, THEMES, Theme

T = TypeVar("T")

_LAB = "lab"
_ENTERED = "entered"  # whether the entry file is running, until the page does
_PROBLEMS = "address_problems"
_NUMBER = "number_of_{}"  # how often a widget has been made anew


def open_lab() -> Lab:
    """This visitor's laboratory, made at the first call from the settings in the address: for the entry file."""
    _leave_pages_directory()
    st.session_state[_ENTERED] = True
    if _LAB not in st.session_state:
        recipe, problems = query_params.from_query(st.query_params.to_dict())
        st.session_state[_PROBLEMS] = problems
        st.session_state[_LAB] = Lab(all_digits(), recipe, scheduler.THREADS)
    return opened_lab()


def lab() -> Lab:
    """This visitor's laboratory: once, for the file of a page. Where that runs alone, the entry file is run instead."""
    _leave_pages_directory()
    if not st.session_state.pop(_ENTERED, False):
        st.switch_page("app.py", query_params=st.query_params.to_dict())
    return opened_lab()


def opened_lab() -> Lab:
    """This visitor's laboratory, once it is open: for callbacks, fragments, and whatever a page calls."""
    return st.session_state[_LAB]


def _leave_pages_directory():
    if streamlit_internals.leave_pages_directory():
        st.rerun()


def theme() -> Theme:
    """The look this visitor has chosen."""
    return THEMES.get(st.context.theme.type or "", LIGHT)


def own(kind: type[T], name: str = "") -> T:
    """This visitor's one object of a class, or the one with this name; made without arguments at the first call."""
    key = f"{kind.__name__} {name}".rstrip()
    if key not in st.session_state:
        st.session_state[key] = kind()
    return st.session_state[key]


def add_problems(problems: list[str]):
    """Note what in the address could not be used."""
    st.session_state[_PROBLEMS] = st.session_state.get(_PROBLEMS, []) + problems


def problems() -> list[str]:
    """What in the address could not be used, told once."""
    return st.session_state.pop(_PROBLEMS, [])


# Widgets, where a click on one thing decides what another shows.


def choose(key: str, value):
    """Give the widget with this key a value: in a callback, or before it is drawn in this run."""
    st.session_state[key] = value


def chosen(key: str, otherwise=None):
    """The value of the widget with this key, before it is drawn in this run; `otherwise` if it has none yet."""
    return st.session_state.get(key, otherwise)


def key_for(name: str, value) -> str:
    """A key for the widget that shows and changes this value: another one whenever something else has changed it.

    While a page draws itself anew by itself, the browser may not have heard yet of a value that was given to a widget,
    and would send the old one, as if the visitor had chosen it. Of a widget with another key it knows nothing; what it
    says of the one before is to be ignored (`is_latest`).
    """
    number = st.session_state.get(_NUMBER.format(name), 0)
    if st.session_state.get(f"{name}_{number}", value) != value:
        number += 1
        st.session_state[_NUMBER.format(name)] = number
    return f"{name}_{number}"


def is_latest(name: str, key: str) -> bool:
    """Whether this is the key that `key_for` gave last."""
    return key == f"{name}_{st.session_state.get(_NUMBER.format(name), 0)}"


def adopt(key: str, source: str, event: str, choices: range):
    """After an event of the component `source`: give its value to the widget with this key, if it is a choice."""
    value = st.session_state[source].get(event)
    if isinstance(value, int) and value in choices:
        choose(key, value)
