"""The rule with the numbers of one weight ends in the change that the optimizer made."""

import re
from dataclasses import replace

import numpy as np
import pytest

from dashboard.notation.optimizers import describe
from dashboard.step import optimizer_rules
from nnlib.optimizers import OPTIMIZERS
from nnlib.recipes import Recipe


def dry_run_of(few, optimizer, steps, **settings):
    trainer = Recipe(hidden=(8,), optimizer=optimizer, learning_rate=0.01, batch_size=50, **settings).trainer(few)
    for _ in range(steps):
        trainer.step()
    return trainer.dry_run(*trainer.sampler.next_batch())


@pytest.mark.parametrize("steps", [0, 1, 5])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_last_lines_are_the_change_and_the_new_weight(few, optimizer, steps):
    dry_run = dry_run_of(few, optimizer, steps, momentum=0.8, l2=0.01)
    busy = np.flatnonzero(np.abs(dry_run.gradient) > 1e-5)[::300]
    assert len(busy) > 5
    for place in busy:
        *_, change, after = optimizer_rules.lines(dry_run, place)
        assert change.value == pytest.approx(float(dry_run.change[place]), rel=2e-3, abs=1e-8)
        assert after.value == pytest.approx(float(dry_run.after[place]), rel=1e-5, abs=1e-8)
        start, end = after.numbers.split(" ")[0], after.numbers.split("= ")[1]
        assert start != end and "-0 " not in change.numbers + " "


def test_adam_is_not_the_rate_times_the_gradient_and_says_so(few):
    dry_run = dry_run_of(few, "adam", 0)
    place = int(np.abs(dry_run.gradient).argmax())
    change = optimizer_rules.lines(dry_run, place)[-2].value
    assert change == pytest.approx(-0.01 * np.sign(dry_run.gradient[place]), rel=1e-4)
    assert abs(change) > 2 * abs(0.01 * dry_run.gradient[place])
    assert describe(type(dry_run.optimizer)).name == "Adam"


def test_gradient_descent_by_hand(few):
    dry_run = dry_run_of(few, "sgd", 0)
    dry_run = replace(dry_run, gradient=np.full_like(dry_run.gradient, -0.5), learning_rate=0.1)
    dry_run.before[3] = 0.25
    change, after = optimizer_rules.lines(dry_run, 3)
    assert (change.value, after.value) == (0.05, pytest.approx(0.3))
    assert change.numbers == r"-0.1 \cdot (-0.5) = 0.05" and after.numbers == "0.25 + 0.05 = 0.3"


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_brackets_of_the_latex_match(few, optimizer):
    for line in optimizer_rules.lines(dry_run_of(few, optimizer, 2), 5):
        for text in (line.formula, line.numbers):
            assert text.count("{") == text.count("}") and text.count("(") == text.count(")")
            assert not re.search(r"\de[-+]?\d", text)
