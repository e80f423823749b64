"""Robustness against separate evaluations, and its margin of error."""

from dataclasses import replace

import numpy as np
import pytest

from nnlib.analysis.corruptions import CORRUPTIONS
from nnlib.analysis.robustness import Robustness, margin, measure, readings
from nnlib.recipes import RECIPES
from tests.nnlib.training import steps


def measured(trainer, n):
    *_, found = measure(trainer.workers, trainer.digits, n)
    return found


@pytest.mark.parametrize("recipe", ["first-steps", "binary-400-25-15-1", "cnn-32-64-128"])
def test_every_result_is_an_evaluation_of_corrupted_digits(few, digits, recipe):
    trainer = RECIPES[recipe].trainer(few if recipe != "binary-400-25-15-1" else digits)
    steps(trainer, 3)
    found, sample = measured(trainer, 40), trainer.digits.validation.take(40)
    assert found.over
    for name, kind in CORRUPTIONS.items():
        for place, amount in enumerate(kind.amounts):
            images = kind.change(sample.images, trainer.digits.image_shape, amount)
            expected = trainer.evaluate(replace(sample, images=images))
            np.testing.assert_array_equal(found.predicted[name, amount], expected.predicted)
            assert found.accuracies(name)[place] == pytest.approx(expected.accuracy)


def test_measuring_leaves_no_trace_and_counts_its_readings(few, monkeypatch):
    import nnlib.analysis.robustness as module

    trainer, twin = (RECIPES["dense-128-64"].trainer(few) for _ in range(2))
    trainer.step(), twin.step()
    calls, evaluating = [], module.evaluating

    def counted(*arguments):
        calls.append(1)
        return evaluating(*arguments)

    monkeypatch.setattr(module, "evaluating", counted)
    measured(trainer, 30)
    assert len(calls) == readings()
    trainer.step(), twin.step()
    np.testing.assert_array_equal(trainer.network.parameters, twin.network.parameters)


def test_until_the_last_reading_it_is_not_over(few):
    trainer = RECIPES["first-steps"].trainer(few)
    steps = measure(trainer.workers, trainer.digits, 20)
    first = next(steps)
    assert not first.over
    *_, last = steps
    assert last is first and last.over


def test_the_margin_holds_95_of_100_samples():
    generator = np.random.default_rng(0)
    for truth, n in ((0.5, 200), (0.9, 1000)):
        samples = generator.binomial(n, truth, 20_000) / n
        held = np.mean([abs(sample - truth) <= margin(sample, n) for sample in samples])
        assert 0.93 < held < 0.97


def test_accuracies_by_hand():
    found = Robustness(np.array([1, 2, 3, 4]))
    for amount in CORRUPTIONS["shift"].amounts:
        found.predicted["shift", amount] = np.array([1, 2, 3, 4]) + (np.arange(4) < amount)
    assert found.accuracies("shift").tolist() == [1, 0.75, 0.5, 0.25, 0, 0, 0, 0, 0]
    assert found.right("shift", 1).tolist() == [False, True, True, True] and not found.over
