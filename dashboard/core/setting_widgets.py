"""The widgets of the settings: they show and change the laboratory's recipe."""

from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import streamlit as st

from dashboard.core import address, query_params, session
from dashboard.core.pace import SPEEDS
from dashboard.core.streamlit_internals import uninterrupted
from dashboard.notation.plain_text import markdown
from nnlib import storage
from nnlib.augmentation import Augmentation
from nnlib.datasets import DatasetError, Digits
from nnlib.optimizers import OPTIMIZERS
from nnlib.recipes import RECIPES, Recipe, RecipeError

SPEED_KEY = "speed"
_WIDGET = "setting_{}"  # one widget per field of the recipe
_UNITS = "setting_hidden_{}"  # and one per hidden layer


def setting_key(field: str) -> str:
    """The widget key of a field of the recipe."""
    return _WIDGET.format(field)


def units_key(layer: int) -> str:
    """The widget key of the size of a hidden layer, counted from 0."""
    return _UNITS.format(layer)


def show_settings():
    """Set each widget to its field of the recipe, before the widgets of this run are drawn. One that shows it already
    is left alone: the browser would set it again, over what the visitor has chosen since."""
    recipe = _recipe()
    values = {setting_key(field): getattr(recipe, field) for field in ("name", *query_params.PARAMETERS)}
    del values[setting_key("hidden")]
    values[setting_key("convolutions")] = as_text(recipe)
    values |= {units_key(layer): units for layer, units in enumerate(recipe.hidden)}
    values[SPEED_KEY] = session.opened_lab().pace.speed
    for key, value in values.items():
        if session.chosen(key, values) != value:  # it may have none yet
            session.choose(key, value)


def as_text(recipe: Recipe) -> str:
    """The convolutions as written in their widget and in the address."""
    _, to_text, _ = query_params.PARAMETERS["convolutions"]
    return to_text(recipe.convolutions)


# After a change of one of them


@uninterrupted
def apply_setting(field: str):
    """After a change of a widget: put its value into the recipe."""
    _change(**{field: session.chosen(setting_key(field))})


@uninterrupted
def apply_convolutions():
    """After a change of their text."""
    with _refusals():
        _adopt(query_params.with_text(_recipe(), "convolutions", session.chosen(setting_key("convolutions")).strip()))


@uninterrupted
def apply_units(layer: int):
    """After a change of a hidden layer's size; does nothing if another click has removed the layer meanwhile."""
    hidden = list(_recipe().hidden)
    if layer < len(hidden):
        hidden[layer] = session.chosen(units_key(layer))
        _change(hidden=tuple(hidden))


@uninterrupted
def add_layer(units: int, layers: int):
    """Change to `layers` hidden layers, the last with `units` units."""
    _change(hidden=(*_recipe().hidden[: layers - 1], units))


@uninterrupted
def remove_layer(layers: int):
    """Keep only the first `layers` hidden layers."""
    _change(hidden=_recipe().hidden[:layers])


@uninterrupted
def choose_recipe():
    """After a choice of recipe: adopt all its settings."""
    load_recipe(session.chosen(setting_key("name")))


@uninterrupted
def choose_optimizer():
    """After a choice of optimizer: adopt its default learning rate, because the old rate rarely suits it."""
    name = session.chosen(setting_key("optimizer"))
    if name in OPTIMIZERS:  # a message may name any
        _change(optimizer=name, learning_rate=OPTIMIZERS[name].default_learning_rate)


@uninterrupted
def choose_speed():
    """After a choice of the speed of runs."""
    speed = session.chosen(SPEED_KEY)
    if speed in SPEEDS:
        session.opened_lab().pace.speed = speed
    address.write()  # the bar redraws itself alone


# After a click elsewhere


def load_recipe(name: str):
    """Adopt all settings of the recipe with this name, if there is one."""
    if name in RECIPES:
        _adopt(RECIPES[name])


def load_untrained(name: str):
    """The same, untrained, even if these are the settings already."""
    begin(RECIPES[name])


def begin(recipe: Recipe):
    """A new, untrained network with these settings."""
    lab = session.opened_lab()
    if _recipe() == recipe and not lab.trained_now:
        return
    say_what_takes_time("Initializing and evaluating the network …", recipe)
    with _refusals():
        lab.begin(recipe)


def load_trained(file: Path):
    """Load a trained network from a file."""
    saved = storage.load(file)
    say_what_takes_time("Loading and evaluating the network …", saved.recipe)
    with _refusals():
        session.opened_lab().load(saved)


def use_data(digits: Digits):
    """Learn from other data."""
    say_what_takes_time("Initializing and evaluating the network …", _recipe())
    with _refusals():
        session.opened_lab().use(digits)


def augment(augmentation: Augmentation):
    """Set the augmentation of the training digits."""
    _change(**asdict(augmentation))


def say_what_takes_time(what: str, recipe: Recipe):
    """Announce the evaluation of a convolutional network, which takes most of a second. Nothing else is drawn after a
    click until it is done, but a toast appears at once."""
    if recipe.convolutions:
        st.toast(what, icon=":material/hourglass_top:")


def _recipe():
    return session.opened_lab().settings


def _change(**settings):
    """Change some settings."""
    with _refusals():
        _adopt(replace(_recipe(), **settings))


def _adopt(recipe: Recipe):
    if not _recipe().same_network(recipe):
        say_what_takes_time("Initializing and evaluating the network …", recipe)
    with _refusals():
        session.opened_lab().change(recipe)


@contextmanager
def _refusals():
    """Say in a toast why a network does not fit the data; the present one stays."""
    try:
        yield
    except (RecipeError, DatasetError, storage.StorageError) as error:
        st.toast(f"Nothing has changed: {markdown(str(error))}.", icon=":material/block:")
    except MemoryError:
        st.toast("Nothing has changed: there is too little memory for this network.", icon=":material/block:")
