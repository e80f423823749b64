"""Derivations: what they claim holds for the numbers of real networks, and fails for wrong ones."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.shapes.derivations import DERIVATIONS, applies
from nnlib.recipes import RECIPES

NETWORKS = {
    "one hidden layer": replace(RECIPES["first-steps"], hidden=(12,)),
    "dropout, L2": replace(RECIPES["first-steps"], hidden=(8, 5), dropout=0.5, l2=0.01),
    "no hidden layer": replace(RECIPES["first-steps"], hidden=()),
    "binary": RECIPES["binary-400-25-15-1"],
    "convolution": replace(RECIPES["cnn-32-64-128"], convolutions=(3, 4), hidden=()),
}


@pytest.mark.parametrize("recipe", NETWORKS.values(), ids=NETWORKS)
def test_both_numbers_of_each_check_agree(digits, recipe):
    trainer = replace(recipe, training_size=100).trainer(digits)
    train = trainer.digits.train.take(20)
    step = trainer.dry_run(train.images, train.labels)
    assert applies(step)
    for derivation in DERIVATIONS.values():
        computed, real, where = derivation.check(step)
        assert abs(real) > 1e-6 and computed == pytest.approx(real, rel=1e-3), where
    last = max((each for each in step.matrices if each.symbol.startswith("dZ")), key=lambda each: each.symbol)
    last.value[...] *= 2  # 1/m forgotten by half
    computed, real, _ = DERIVATIONS["mean"].check(step)
    assert not np.isclose(computed, real, rtol=1e-3)


def test_another_loss_is_not_derived(digits):
    trainer = replace(NETWORKS["one hidden layer"], loss="mean-squared-error", training_size=100).trainer(digits)
    assert not applies(trainer.dry_run(trainer.digits.train.images[:5], trainer.digits.train.labels[:5]))
