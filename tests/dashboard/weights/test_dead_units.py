"""Dead and saturated units: which they are, since which snapshot, and that their weights really do not learn."""

import numpy as np
import pytest

from dashboard.components.layer_units import layers_of_units
from dashboard.weights.dead_units import about_inactive_unit, finding_inactive
from nnlib.inactive_units import sample_size
from nnlib.recipes import Recipe
from nnlib.timeline import Timeline
from tests.figures import figures


def found_in(trainer, earlier=()):
    generator = finding_inactive(trainer, list(earlier))
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return end.value


def said(trainer, found, unit, number=1):
    layer = layers_of_units(trainer)[number - 1]
    return about_inactive_unit(found, layer, unit, trainer.network, trainer.l2)


@pytest.fixture
def trainer(few):
    return Recipe(hidden=(6, 5), batch_size=50).trainer(few, timeline=Timeline())


def test_a_unit_that_dies_is_dead_since_the_first_snapshot_after(trainer):
    for _ in range(2):
        trainer.step()
    trainer.network.weights()[0].b[3] = -1e3
    before = trainer.network.weights()[0].W[3].copy()
    while trainer.epochs < 2:
        trainer.step()
    assert np.array_equal(trainer.network.weights()[0].W[3], before)  # it does not learn
    found = found_in(trainer, trainer.timeline.snapshots)
    assert found.inactive[1][3] and found.read == sample_size(trainer.network)
    alive = [place.steps for place in trainer.timeline.snapshots if place.position < found.since[1][3]]
    assert alive and max(alive) == 2
    layer = layers_of_units(trainer)[0]
    assert found.order(layer)[0] == 3 and sorted(found.order(layer)) == list(range(6))
    text = said(trainer, found, 3)
    assert "dead" in text and {4, found.read} <= set(figures(text))
    assert figures(text)[2] == pytest.approx(found.since[1][3], abs=0.005)
    assert not any(said(trainer, found, unit) for unit in range(6) if not found.inactive[1][unit])
    assert np.isnan(found_in(trainer).since[1][3]) and "epoch" not in said(trainer, found_in(trainer), 3)


def test_weights_of_zero_leave_only_a_change_by_hand(few):
    trainer = Recipe(hidden=(6,), initializer="zero").trainer(few)
    found = found_in(trainer)
    assert found.inactive[1].all() and "digit can change it" in said(trainer, found, 0)
    assert said(trainer, found, 0, number=2) == ""  # the scores have no activation


def test_a_saturated_unit_is_not_called_dead(few):
    trainer = Recipe(hidden=(6,), activation="sigmoid").trainer(few)
    trainer.network.weights()[0].b[2] = 50
    text = said(trainer, found_in(trainer), 2)
    assert "saturated" in text and "dead" not in text


def test_nothing_is_said_of_a_network_that_is_not_finite(trainer):
    trainer.network.parameters[...] = np.nan
    assert not any(units.any() for units in found_in(trainer).inactive.values())
