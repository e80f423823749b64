from dataclasses import replace

import pytest

from dashboard.core.query_params import PARAMETERS
from dashboard.shell.setting_text import NEW_NETWORK, SIMPLE, changed_elsewhere, label
from nnlib.recipes import DEFAULT, RECIPES
from tests.figures import figures

BASE = RECIPES[DEFAULT]


@pytest.mark.parametrize("field", ["name", *PARAMETERS])
def test_what_starts_a_new_network_is_marked_and_nothing_else_is(field):
    others = {"name": "dense-128-64", "hidden": (5,), "learning_rate": 0.02, "batch_size": 32, "optimizer": "adam"}
    others |= {"momentum": 0.5, "schedule": "cosine", "activation": "tanh", "initializer": "zero", "scale": 2.0}
    others |= {"l2": 0.1, "dropout": 0.1, "shift": 1, "rotation": 5.0, "zoom": 0.1, "distortion": 1.0}
    others |= {"training_size": 100, "seed": 3, "convolutions": (8,), "batch_norm": True}
    other = RECIPES[others["name"]] if field == "name" else replace(BASE, **{field: others[field]})
    assert (NEW_NETWORK in label(field)) == (not BASE.same_network(other))


def test_only_what_the_simple_view_leaves_out_and_differs_from_the_recipe_is_told():
    assert changed_elsewhere(BASE) == ""
    assert changed_elsewhere(replace(BASE, learning_rate=3.0, hidden=(5, 5), batch_size=None)) == ""
    told = changed_elsewhere(replace(BASE, dropout=0.25, seed=7, activation="tanh", batch_size=8))
    assert sorted(figures(told)) == [0.25, 7] and "tanh" in told and "dropout" in told
    assert "2,000" in changed_elsewhere(replace(BASE, training_size=2000))
    for field in PARAMETERS:
        assert (field in SIMPLE) == (field in ("learning_rate", "hidden", "batch_size"))
