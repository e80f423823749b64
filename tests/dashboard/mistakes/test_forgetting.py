"""When digits are learned and forgotten, by hand and in a real training."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from dashboard.mistakes import forgetting
from dashboard.mistakes.forgetting import CHOICES, FORGOTTEN, LEARNED_LATE, NEVER, OFTEN, Predictions
from dashboard.mistakes.forgetting_chart import NONE, forgetting_curves
from dashboard.theme import LIGHT
from nnlib.recipes import RECIPES
from nnlib.timeline import Timeline
from tests.figures import figures

NAMES = tuple("0123456789")
BY_HAND = Predictions(  # six 4s: always right, never, since epoch 1, forgotten for good, twice, just learned
    ["epoch 0", "batch 2", "epoch 1", "epoch 2"],
    np.array([[4, 9, 9, 4, 4, 0], [4, 9, 0, 4, 9, 0], [4, 1, 4, 9, 4, 0], [4, 1, 4, 9, 9, 4]], np.uint8),
    np.full(6, 4, np.uint8),
)


def test_which_digits_are_of_which_kind():
    found = {name: choose(BY_HAND).tolist() for name, (choose, _) in CHOICES.items()}
    assert found == {LEARNED_LATE: [5, 2], FORGOTTEN: [3, 4], OFTEN: [4, 3], NEVER: [1]}


def test_captions_say_since_when_or_until_when():
    said = [forgetting.caption(BY_HAND, digit, NAMES) for digit in range(6)]
    assert said[:3] == ["4 ✓\nsince epoch 0", "✗ 1 → ✓ 4\nnever right", "4 ✓\nsince epoch 1"]
    assert said[3:] == ["✗ 9 → ✓ 4\nuntil batch 2", "✗ 9 → ✓ 4\nuntil epoch 1", "4 ✓\nsince epoch 2"]


def test_sentences_have_their_numbers():
    # 4 snapshots, epoch 0 to 2, of 6 digits 5 ever right, 3 (50 %) in the end, 2 forgotten, 1 of them repeatedly
    assert figures(forgetting.about(BY_HAND)) == [4, 0, 2, 6, 5, 3, 50, 2, 1]
    begun = Predictions(BY_HAND.names[:2], BY_HAND.predicted[:2], BY_HAND.labels)
    assert figures(forgetting.about(begun)) == [2, 0, 2, 6, 3, 2, 33.3, 1, 0]  # batch 2: one of three was forgotten
    assert figures(forgetting.about_curve(BY_HAND)) == [2, 1, 0, 1, 1]  # epoch 2: 1 new, 0 again, 1 lost since epoch 1
    assert "epoch 0: 4 ✓ → batch 2: 9 ✗ → epoch 1: 4 ✓ → epoch 2: 9 ✗" in forgetting.history(BY_HAND, 4, NAMES)
    assert forgetting.history(BY_HAND, 1, NAMES).count("→") == 1  # twice a 9, then twice a 1


def signs(svg):
    """t, x or b for each sign: tick, cross, both."""
    return "".join("t" if "l2 2.5" in part else "x" if "m0 -5.5" in part else "b" for part in svg.split("<path")[1:])


def test_a_strip_has_ticks_and_crosses_not_only_colours():
    assert signs(forgetting.strip(np.array([1, 0, 0, 1], bool), LIGHT)) == "txxt"
    many = np.ones(40, bool)
    many[[4, 6, 7]] = False
    assert signs(forgetting.strip(many, LIGHT)) == "ttbx" + 16 * "t"
    label = re.search('aria-label="(.*?)"', forgetting.strip(many, LIGHT)).group(1)
    assert re.findall(r"\d+|once|twice", label) == ["37", "40", "twice"]


def test_the_curve_has_a_place_for_zero():
    figure = forgetting_curves(BY_HAND.names, np.array([3, 0]), np.array([0, 0]), np.array([0, 200]), LIGHT)
    new, again, lost = figure.data
    assert new.y.tolist() == [3, NONE] and again.y.tolist() == [NONE, NONE] and lost.y.tolist() == [NONE, 200]
    assert lost.customdata.tolist() == [0, 200] and "0" in figure.layout.yaxis.ticktext
    assert len({series.marker.symbol for series in figure.data}) == 3


@pytest.fixture
def trainer(few):
    trainer = RECIPES["first-steps"].trainer(few, timeline=Timeline())
    for _ in range(3):
        trainer.epoch()
    return trainer


def test_every_epoch_of_a_training_is_evaluated(trainer, few):
    snapshots = trainer.timeline.snapshots
    seen = forgetting.of(snapshots, trainer.steps)
    assert seen.names == ["epoch 0", "epoch 1", "epoch 2", "epoch 3"]
    np.testing.assert_array_equal(seen.labels, few.validation.labels)
    np.testing.assert_array_equal(seen.predicted[-1], trainer.evaluate(few.validation).predicted)
    first = forgetting.of(snapshots, snapshots[-2].steps)
    assert len(first) == 3
    assert forgetting.of(snapshots, 0) is None and forgetting.of([], 100) is None


def test_snapshots_that_are_not_evaluated_can_be(trainer, few):
    snapshots, steps = trainer.timeline.snapshots, trainer.steps
    parameters = trainer.network.parameters.copy()
    pending = forgetting.unevaluated(snapshots, steps)
    assert [forgetting.name(each) for each in pending] == ["batch 1", "batch 2", "batch 4"]
    assert len([*forgetting.look(trainer, trainer.timeline, pending)]) >= 3
    assert forgetting.unevaluated(snapshots, steps) == []
    seen = forgetting.of(snapshots, steps)
    assert seen.names[:4] == ["epoch 0", "batch 1", "batch 2", "batch 4"]
    for snapshot in pending:
        expected = trainer.twin(snapshot.state).evaluate(few.validation).predicted
        np.testing.assert_array_equal(snapshot.evaluation.predicted, expected)
    np.testing.assert_array_equal(trainer.network.parameters, parameters)
    assert [*forgetting.look(trainer, trainer.timeline, [])] == []


def test_names():
    places = (0, 0), (0.3, 1024), (1, 9), (12, 99)
    names = [forgetting.name(SimpleNamespace(position=position, steps=steps)) for position, steps in places]
    assert names == ["epoch 0", "batch 1,024", "epoch 1", "epoch 12"]
