"""The one owner of Streamlit's session state: the visitor's laboratory, other objects per visitor, and the values of
widgets.

Where state is kept:

- shared by all visitors, a pure function of its arguments: `functools.lru_cache`, or, if it needs a spinner,
  `st.cache_resource`;
- a mutable object per visitor, as long as the session: `own`;
- a result that becomes outdated when its inputs change: `dashboard.core.computed`.

State that belongs to one object is an attribute of that object.
"""

from typing import TypeVar

import streamlit as st

from dashboard.core import query_params, scheduler, streamlit_internals, visits
from dashboard.core.all_digits import all_digits
from dashboard.core.lab import Lab
from dashboard.theme import LIGHT, THEMES, Theme
from nnlib.datasets import DatasetError
from nnlib.recipes import RecipeError

T = TypeVar("T")

_LAB = "lab"
_ENTERED = "entered"  # whether the entry file is running, until the page does
_LEADS_TO = "leads_to"
_PROBLEMS = "address_problems"
_NUMBER = "number_of_{}"  # how often a widget has been recreated


def open_lab() -> Lab:
    """This visitor's laboratory, created at the first call from the settings in the address. For the entry file. Raises
    DatasetError if the data cannot be read."""
    _leave_pages_directory()
    st.session_state[_ENTERED] = True
    if _LAB not in st.session_state:
        query = st.query_params.to_dict()
        recipe, problems = query_params.from_query(query)
        speed, more = query_params.speed_from_query(query)
        problems += more + query_params.unknown_in(query)
        digits = all_digits()
        try:
            lab = Lab(digits, recipe, scheduler.THREADS)
        except (RecipeError, DatasetError) as error:  # of other data
            problems.append(f"The recipe in the address is ignored: {error}.")
            lab = Lab(digits, threads=scheduler.THREADS)
        lab.pace.speed = speed
        visits.enter(lab)
        anew = visits.why_anew()
        st.session_state[_PROBLEMS], st.session_state[_LAB] = [anew] * bool(anew) + problems, lab
    visits.seen(opened_lab())
    return opened_lab()


def why_full() -> str:
    """Why this visitor cannot enter now, in a sentence; empty if there is room, or the laboratory is open already."""
    visits.start()
    return "" if _LAB in st.session_state else visits.why_full()


def lab() -> Lab:
    """This visitor's laboratory, for a page's file, once per run. If that runs alone, the entry file is run instead."""
    _leave_pages_directory()
    if not st.session_state.pop(_ENTERED, False):
        st.switch_page("app.py", query_params=st.query_params.to_dict())
    return opened_lab()


def opened_lab() -> Lab:
    """This visitor's laboratory, once it is open: for callbacks, fragments and views."""
    return st.session_state[_LAB]


def go_to(page: str, query: dict[str, str] | None = None):
    """Go to a page by its file, with this query or the present one."""
    streamlit_internals.ask_for_page(page)
    st.switch_page(page, query_params=st.query_params.to_dict() if query is None else query)


def lead_to(page: str):
    """Go to a page by its file in the next run: for callbacks."""
    st.session_state[_LEADS_TO] = page


def go_to_page_asked_for():
    """Go to the page that a callback leads to, or that was last asked for, if this run is for another; for the entry
    file, after the navigation."""
    leads_to = st.session_state.pop(_LEADS_TO, None)
    if leads_to:
        go_to(leads_to)
    page = streamlit_internals.page_asked_for()
    if page:
        st.switch_page(page, query_params=st.query_params.to_dict())


def _leave_pages_directory():
    if streamlit_internals.leave_pages_directory():
        st.rerun()


def theme() -> Theme:
    """The theme this visitor has chosen."""
    return THEMES.get(st.context.theme.type or "", LIGHT)


def own(kind: type[T], name: str = "") -> T:
    """This visitor's object of a class, or the one with this name; created without arguments at the first call."""
    key = f"{kind.__name__} {name}".rstrip()
    if key not in st.session_state:
        st.session_state[key] = kind()
    return st.session_state[key]


def add_problems(problems: list[str]):
    """Add problems with the address."""
    st.session_state[_PROBLEMS] = st.session_state.get(_PROBLEMS, []) + problems


def problems() -> list[str]:
    """The problems with the address, until they are dismissed."""
    return st.session_state.get(_PROBLEMS, [])


def dismiss_problems():
    """Forget the problems with the address."""
    st.session_state.pop(_PROBLEMS, None)


# Widgets whose value may be set by other elements.


def choose(key: str, value):
    """Set the value of the widget with this key: in a callback, or before it is drawn in this run."""
    st.session_state[key] = value


def chosen(key: str, otherwise=None):
    """The value of the widget with this key, before it is drawn in this run; `otherwise` if it has none yet."""
    return st.session_state.get(key, otherwise)


def key_for(name: str, value) -> str:
    """A key for the widget that shows and changes this value: a new one whenever something else has changed it.

    While a page redraws itself, the browser may not know yet that a widget was given a new value, and would send the
    old one as if the visitor had chosen it. A widget with a new key avoids this; events from an older key are to be
    ignored (`is_latest`).
    """
    number = st.session_state.get(_NUMBER.format(name), 0)
    if st.session_state.get(f"{name}_{number}", value) != value:
        number += 1
        st.session_state[_NUMBER.format(name)] = number
    return f"{name}_{number}"


def is_latest(name: str, key: str) -> bool:
    """Whether this is the latest key returned by `key_for`."""
    return key == f"{name}_{st.session_state.get(_NUMBER.format(name), 0)}"


def adopt(key: str, source: str, event: str, choices: range):
    """After an event of the component `source`: set the widget with this key to its value, if it is a valid choice."""
    value = st.session_state[source].get(event)
    if isinstance(value, int) and value in choices:
        choose(key, value)
