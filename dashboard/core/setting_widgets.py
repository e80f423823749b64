"""The widgets of the settings: the laboratory's recipe is the truth, they show it and change it."""

from dataclasses import asdict, replace
from pathlib import Path

import streamlit as st

from dashboard.core import query_params, session
from nnlib import storage
from nnlib.augmentation import Augmentation
from nnlib.optimizers import OPTIMIZERS
from nnlib.recipes import RECIPES, Recipe

_WIDGET = "setting_{}"  # one widget per field of the recipe
_UNITS = "setting_hidden_{}"  # and one per hidden layer


def setting_key(field: str) -> str:
    """The widget key of a field of the recipe."""
    return _WIDGET.format(field)


def units_key(layer: int) -> str:
    """The widget key of the size of a hidden layer, counted from 0."""
    return _UNITS.format(layer)


def show_settings():
    """Give every widget the value it stands for, before the widgets of this run are made."""
    recipe = _recipe()
    for field in ("name", *query_params.PARAMETERS):
        if field != "hidden":
            session.choose(setting_key(field), getattr(recipe, field))
    for layer, units in enumerate(recipe.hidden):
        session.choose(units_key(layer), units)


# After a change of one of them


def apply_setting(field: str):
    """After a change of one widget: take its value over into the recipe."""
    _change(replace(_recipe(), **{field: session.chosen(setting_key(field))}))


def apply_units(layer: int):
    """After a change of one hidden layer's size; nothing, if another click has removed that layer at the same time."""
    hidden = list(_recipe().hidden)
    if layer < len(hidden):
        hidden[layer] = session.chosen(units_key(layer))
        _change(replace(_recipe(), hidden=tuple(hidden)))


def add_layer(units: int, layers: int):
    """Make it `layers` hidden layers, the last with so many units."""
    _change(replace(_recipe(), hidden=(*_recipe().hidden[: layers - 1], units)))


def remove_layer(layers: int):
    """Keep only the first so many hidden layers."""
    _change(replace(_recipe(), hidden=_recipe().hidden[:layers]))


def choose_recipe():
    """After a choice of another recipe: all settings become that recipe's."""
    load_recipe(session.chosen(setting_key("name")))


def choose_optimizer():
    """After a choice of another optimizer: a rate that suited the old one rarely suits the new."""
    name = session.chosen(setting_key("optimizer"))
    _change(replace(_recipe(), optimizer=name, learning_rate=OPTIMIZERS[name].default_learning_rate))


# After a click elsewhere


def load_recipe(name: str):
    """All settings become those of the recipe with this name."""
    _change(RECIPES[name])


def load_trained(file: Path):
    """The network in a file of ours, as it was trained."""
    saved = storage.load(file)
    say_what_takes_time("Loading the network and reading digits with it …", saved.recipe)
    session.opened_lab().load(saved)


def augment(augmentation: Augmentation):
    """Move training digits so far from now on."""
    _change(replace(_recipe(), **asdict(augmentation)))


def say_what_takes_time(what: str, recipe: Recipe):
    """Before a network of convolutions reads 10,000 digits, most of a second. After a click nothing else is drawn until
    that is done, but what is said at the edge of the screen appears at once."""
    if recipe.convolutions:
        st.toast(what, icon=":material/hourglass_top:")


def _recipe():
    return session.opened_lab().recipe


def _change(recipe: Recipe):
    if not _recipe().same_network(recipe):
        say_what_takes_time("Making the network and reading digits with it …", recipe)
    session.opened_lab().change(recipe)
