"""The one owner of Streamlit's session state: the visitor's laboratory, the values of the widgets in the sidebar, and
what all visitors share.
"""

import gc
import threading
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import wraps
from pathlib import Path
from time import perf_counter
from typing import Any

import streamlit as st
from streamlit.delta_generator_singletons import context_dg_stack, get_default_dg_stack_value
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType
from threadpoolctl import threadpool_limits

from dashboard.core import query_params, scheduler
from dashboard.core.lab import Lab
from dashboard.shapes.exercise_score import Score
from dashboard.step.walkthrough import Walk
from dashboard.theme import LIGHT, THEMES, Theme
from nnlib import storage
from nnlib.analysis.interventions import Intervention
from nnlib.augmentation import Augmentation
from nnlib.datasets import Digits, load_mnist
from nnlib.optimizers import OPTIMIZERS
from nnlib.recipes import RECIPES, Recipe

READ_AHEAD_AFTER = 3.0  # seconds after the first visitor has come

_LAB = "lab"
_PROBLEMS = "address_problems"
_WIDGET = "setting_{}"  # one widget per field of the recipe
_UNITS = "setting_hidden_{}"  # and one per hidden layer
_SAMPLE = "sample"
_NUMBER = "number_of_{}"  # how often a widget has been made anew
_DRAWN = "drawn"
_DRAWN_AT = "drawn_at"
_SCORE = "score_{}"
_WANTED = "wanted"
_KEPT = "kept_{}"
_DIGIT = "digit"  # (split, number) of the one that a training step is shown for
_DIGIT_WRITTEN = "digit_written"  # as it stands in the address by our own hand
_WALK = "walk"
_DERIVED = "derived_{}"


@st.cache_resource(show_spinner="Reading 70,000 digits …")
def all_digits() -> Digits:
    """The data set, once per process. At the same time the process gets ready to train: one thread for matrix products
    (two are slower at these sizes), and nothing loaded so far is ever searched for garbage again."""
    threadpool_limits(1)
    digits = load_mnist()
    gc.freeze()
    reading_ahead = threading.Timer(READ_AHEAD_AFTER, _read_ahead)
    reading_ahead.daemon = True
    reading_ahead.start()
    return digits


def _read_ahead():
    """Load what the first page does without, while the visitor looks at it: the next page then need not wait."""
    import pandas as pd
    import plotly.graph_objects as go

    pd.DataFrame({"nothing": [0]})
    go.Figure().add_scatter(x=[0], y=[0]).add_heatmap(z=[[0]]).add_bar(x=[0]).to_json()


def lab() -> Lab:
    """This visitor's laboratory, made at the first call from the settings in the address."""
    _start_from_the_entry_file()
    if _LAB not in st.session_state:
        recipe, problems = query_params.from_query(st.query_params.to_dict())
        st.session_state[_PROBLEMS] = problems
        st.session_state[_LAB] = Lab(all_digits(), recipe, scheduler.THREADS)
    return _lab()


def _lab():
    return st.session_state[_LAB]


def _start_from_the_entry_file():
    """Until the first `st.navigation` of a process, Streamlit takes a folder named `pages` for a multipage app of its
    older kind, and a visitor who comes by a link to a page gets that page's file alone. Start again, the newer way."""
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()


def start_at_the_top():
    """Write into the main part of the page from here on; first in every run of the whole script. Streamlit runs what a
    visitor asks for just as a fragment ends in the fragment's thread, and would go on writing where the fragment stood:
    the whole page would appear in the bar at the bottom."""
    context_dg_stack.set(get_default_dg_stack_value())


def problems() -> list[str]:
    """What in the address could not be used, told once."""
    return st.session_state.pop(_PROBLEMS, [])


def notice_click():
    """A place where a click interrupts what runs. Streamlit raises here for those that draw the whole page; for those
    that draw a fragment it would wait until the running one has ended, which this ends."""
    st.session_state.get(_LAB)
    context = get_script_run_ctx()
    requests = context and context.script_requests
    if requests and requests._state is ScriptRequestType.RERUN and not requests._rerun_data.is_auto_rerun:
        raise scheduler.ClickWaits


def live(body: Callable[[], None]) -> Callable[[], None]:
    """A fragment that draws itself anew while what is shown moves on; nothing else of the page does."""
    return drawn_anew(body, redraw_interval() if lab().moving else None)


def live_with_training(body: Callable[[], None]) -> Callable[[], None]:
    """A fragment that draws itself anew while training runs, even where the past is shown."""
    return drawn_anew(body, redraw_interval())


def drawn_anew(body: Callable[[], None], interval: float | None) -> Callable[[], None]:
    """The body as a fragment that is run every so many seconds, or after a click in it.

    The body may hold what is gone by then, where a click in another fragment came first: the whole page is then drawn
    anew instead.

    While its visitor trains it waits for a turn like those who train: where Python draws for one and trains for another
    at the same time, passing its lock to and fro takes many times as long as either.
    """

    @wraps(body)
    def in_turn():
        if not is_as_drawn():
            st.rerun()
        if _lab().running:
            with scheduler.TURNSTILE.turn(_lab):  # touching the session's state lets Streamlit interrupt
                body()
        else:
            body()

    return st.fragment(run_every=interval)(in_turn)


def remember_drawn(appearance: Callable[[], tuple]):
    """Note what the whole page is about to be drawn for: what this function returns."""
    st.session_state[_DRAWN], st.session_state[_DRAWN_AT] = (appearance, appearance()), perf_counter()


def is_as_drawn() -> bool:
    """Whether all that the whole page was last drawn for is as it was."""
    appearance, drawn = st.session_state[_DRAWN]
    return appearance() == drawn


def frame_is_due(pace: float) -> bool:
    """Whether it is time for the next picture of an animation: the whole page was drawn so many seconds ago."""
    return perf_counter() - st.session_state[_DRAWN_AT] >= pace


def redraw_interval() -> float | None:
    """Seconds between redraws of what is live, or None while nothing moves; to be read in a full run of the script."""
    return scheduler.interval() if lab().running else None


def theme() -> Theme:
    """The look this visitor has chosen."""
    return THEMES.get(st.context.theme.type or "", LIGHT)


def write_address():
    """Bring the address up to date with the settings and the chosen digit."""
    _read_digit()
    wanted = query_params.to_query(lab().recipe)
    if shown := digit():
        wanted |= query_params.digit_to_query(*shown)
    st.session_state[_DIGIT_WRITTEN] = wanted.get(query_params.DIGIT)
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def _read_digit():
    """Take over a digit that somebody else has written into the address: a link; and let go of one that the present
    data do not have."""
    query = st.query_params.to_dict()
    splits = {name: len(getattr(lab().trainer.digits, name)) for name in query_params.SPLITS}
    if query.get(query_params.DIGIT) not in (None, st.session_state.get(_DIGIT_WRITTEN)):
        found, problem = query_params.digit_from_query(query, splits)
        st.session_state[_DIGIT] = found
        st.session_state[_PROBLEMS] = st.session_state.get(_PROBLEMS, []) + [problem] * bool(problem)
    elif (shown := digit()) and shown[1] > splits[shown[0]]:
        st.session_state[_DIGIT] = None


def digit() -> tuple[str, int] | None:
    """(split, number from 1) of the digit that a training step is shown for; None: for the next mini-batch."""
    return st.session_state.get(_DIGIT)


def look_at(chosen: tuple[str, int] | None):
    """Show a training step for this digit from now on, or, for None, for the next mini-batch."""
    st.session_state[_DIGIT] = chosen


def link_to(split: str, number: int) -> dict[str, str]:
    """The address, after the page, that leads there with a digit and with all settings as they are."""
    return query_params.to_query(_lab().recipe) | query_params.digit_to_query(split, number)


def rest_walk():
    """Let go of the training step that is shown on a page of its own, where the visitor is on another."""
    if _WALK in st.session_state:
        st.session_state[_WALK].rest()


def walk() -> Walk:
    """This visitor's way through a training step."""
    if _WALK not in st.session_state:
        st.session_state[_WALK] = Walk()
    return st.session_state[_WALK]


# The widgets of the sidebar: the laboratory's recipe is the truth, they show it and change it.


def setting_key(field: str) -> str:
    """The widget key of a field of the recipe."""
    return _WIDGET.format(field)


def units_key(layer: int) -> str:
    """The widget key of the size of a hidden layer, counted from 0."""
    return _UNITS.format(layer)


def apply_setting(field: str):
    """After a change of one widget: take its value over into the recipe."""
    _change(replace(_lab().recipe, **{field: st.session_state[setting_key(field)]}))


def apply_units(layer: int):
    """After a change of one hidden layer's size; nothing, if another click has removed that layer at the same time."""
    hidden = list(_lab().recipe.hidden)
    if layer < len(hidden):
        hidden[layer] = st.session_state[units_key(layer)]
        _change(replace(_lab().recipe, hidden=tuple(hidden)))


def add_layer(units: int, layers: int):
    """Make it `layers` hidden layers, the last with so many units."""
    _change(replace(_lab().recipe, hidden=(*_lab().recipe.hidden[: layers - 1], units)))


def remove_layer(layers: int):
    """Keep only the first so many hidden layers."""
    _change(replace(_lab().recipe, hidden=_lab().recipe.hidden[:layers]))


def choose_recipe():
    """After a choice of another recipe: all settings become that recipe's."""
    load_recipe(st.session_state[setting_key("name")])


def load_recipe(name: str):
    """All settings become those of the recipe with this name."""
    _change(RECIPES[name])


def load_trained(file: Path):
    """The network in a file of ours, as it was trained."""
    saved = storage.load(file)
    _say_what_takes_time("Loading the network and reading digits with it …", saved.recipe)
    _lab().load(saved)


def intervene(intervention: Intervention, version: tuple, key: str):
    """After a click: change the network in training by hand, and let go of the widget that chose how."""
    _say_what_takes_time("Changing the network and reading digits with it …", _lab().recipe)
    _lab().intervene(intervention, version)
    choose(key, None)


def _change(recipe: Recipe):
    if not _lab().recipe.same_network(recipe):
        _say_what_takes_time("Making the network and reading digits with it …", recipe)
    _lab().change(recipe)


def _say_what_takes_time(what: str, recipe: Recipe):
    """Before a network of convolutions reads 10,000 digits, most of a second. After a click nothing else is drawn until
    that is done, but what is said at the edge of the screen appears at once."""
    if recipe.convolutions:
        st.toast(what, icon=":material/hourglass_top:")


def augment(augmentation: Augmentation):
    """Move training digits so far from now on."""
    _change(replace(_lab().recipe, **asdict(augmentation)))


def choose_optimizer():
    """After a choice of another optimizer: a rate that suited the old one rarely suits the new."""
    name = st.session_state[setting_key("optimizer")]
    _change(replace(_lab().recipe, optimizer=name, learning_rate=OPTIMIZERS[name].default_learning_rate))


def show_settings():
    """Give every widget the value it stands for, before the widgets of this run are made."""
    recipe = _lab().recipe
    for field in ("name", *query_params.PARAMETERS):
        if field != "hidden":
            st.session_state[setting_key(field)] = getattr(recipe, field)
    for layer, units in enumerate(recipe.hidden):
        st.session_state[units_key(layer)] = units


# The widgets of the pages, where a click on one thing decides what another shows.


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


def score(exercise: str) -> Score:
    """How the visitor does at an exercise; kept as long as the session lasts."""
    return st.session_state.setdefault(_SCORE.format(exercise), Score())


def derived(name: str, depends_on: tuple, make: Callable):
    """What `make` returns, made anew only if what it depends on has changed; of each name the last one is kept."""
    key = _DERIVED.format(name)
    found = st.session_state.get(key)
    if found is None or found[0] != depends_on:
        found = st.session_state[key] = depends_on, make()
    return found[1]


def want(what: str):
    """After a click: something that takes a while is to be computed in this run of the script."""
    st.session_state[_WANTED] = what


def wanted(what: str) -> bool:
    """Whether this is to be computed; said once."""
    if st.session_state.get(_WANTED) != what:
        return False
    del st.session_state[_WANTED]
    return True


def keep(what: str, made: Any):
    """Keep what took a while to compute; what was kept under this name before is let go."""
    st.session_state[_KEPT.format(what)] = made


def kept(what: str) -> Any:
    """What was kept under this name; None, if nothing was."""
    return st.session_state.get(_KEPT.format(what))


def sample() -> int:
    """The number of the random sample of digits that the visitor looks at."""
    return st.session_state.get(_SAMPLE, 0)


def draw_sample(number: int):
    """Look at the sample with this number from now on."""
    st.session_state[_SAMPLE] = number


def adopt(key: str, source: str, event: str, choices: range):
    """After an event of the component `source`: give its value to the widget with this key, if it is a choice."""
    value = st.session_state[source].get(event)
    if isinstance(value, int) and value in choices:
        choose(key, value)
