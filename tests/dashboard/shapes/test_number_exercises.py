"""Exercises with numbers: only the axis that gives the network's gradient, or the sum of products, is right."""

from dataclasses import replace

import pytest

from dashboard.shapes.number_exercises import AXES, by_hand, sum_axis
from tests.dashboard.shapes.test_derivations import NETWORKS


@pytest.fixture(params=NETWORKS.values(), ids=NETWORKS)
def trainer(request, digits):
    return replace(request.param, training_size=100).trainer(digits)


def step(trainer, m):
    train = trainer.digits.train.take(m)
    return trainer.dry_run(train.images, train.labels)


@pytest.mark.parametrize("rows", [False, True])
def test_the_axis_of_the_examples_is_right_and_no_other(trainer, rows):
    for m in (10, 7):  # as many digits as classes: the wrong axis has the right length
        found = step(trainer, m)
        for seed in range(3):
            question = sum_axis(found, seed, rows)
            assert [answer for answer in AXES if question.judge(answer).right] == [f"axis {int(not rows)}"]


def test_a_number_by_hand_is_that_of_the_gradient(trainer):
    found = step(trainer, 3)
    last = max(each.symbol for each in found.matrices if each.symbol.startswith("dW"))
    weights = next(each.value for each in found.matrices if each.symbol == last)
    penalty = found.l2 * next(each.value for each in found.matrices if each.symbol == last[1:])
    for seed in (0, 1, 12):
        question = by_hand(found, seed)
        real = float((weights - penalty)[question.row, question.column])
        assert question.right == pytest.approx(real, rel=0.02) and question.judge(real).right
        assert not question.judge(-real).right and not question.judge(3 * real).right
