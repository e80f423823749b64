from dataclasses import replace

import pytest

from dashboard.notation.dates import epoch, newest_evaluation
from nnlib.recipes import RECIPES


@pytest.mark.parametrize(
    ("position", "told"), [(0, "epoch 0"), (3.0, "epoch 3"), (0.494, "epoch 0.49"), (20, "epoch 20")]
)
def test_an_epoch_has_decimals_only_between_two(position, told):
    assert epoch(position) == told


def test_an_evaluation_has_a_date_once_the_weights_have_changed(few):
    trainer = replace(RECIPES["first-steps"], hidden=(4,)).trainer(few)
    assert newest_evaluation(trainer) == ""
    trainer.step()
    assert newest_evaluation(trainer) == "epoch 0"
    trainer.evaluate_now()
    assert newest_evaluation(trainer) == ""
    trainer.learn_from(few.train.images[:2], few.train.labels[:2])  # the same position, and other weights
    assert newest_evaluation(trainer) == epoch(trainer.position)
