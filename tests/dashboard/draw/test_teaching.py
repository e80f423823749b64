"""Fine-tuning on own digits: the mixture, the branch, and what is counted before and after."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.core.lab import Lab
from dashboard.draw.teaching import BATCH, SHARES, Teaching, about, batches, table
from dashboard.draw.teaching_chart import teaching_curves
from dashboard.notation.phrases import MINE
from dashboard.theme import LIGHT
from nnlib.recipes import RECIPES


@pytest.fixture(params=[{"hidden": (16,)}, {"hidden": (), "convolutions": (2,)}], ids=["MLP", "CNN"])
def lab(few, request):
    """A trained network, and ten digits of one's own with wrong labels, so that they are hard to learn."""
    lab = Lab(few, replace(RECIPES["dense-128-64"], optimizer="momentum", learning_rate=0.05, **request.param))
    for _ in range(40):
        lab.step()
    lab.own_digits.keep(few.test.images[:10], np.full(10, 3, np.uint8))
    return lab


def weights(lab):
    return lab.shown.network.parameters.copy()


def taught(lab, share=50, steps=30, learning_rate=0.05):
    made = Teaching(lab, share, steps, learning_rate)
    for _ in made.work():
        pass
    return made


def right(lab, split):
    return len(split) - len(lab.trainer.evaluate(split).mistakes())


@pytest.mark.parametrize("share", SHARES)
def test_each_batch_is_mixed_as_chosen_and_none_is_left_out(few, share):
    own, n = few.test.take(7), BATCH * share // 100
    seen = list(batches(own, few.train, share, 40))
    assert len(seen) == 40 and n / BATCH == share / 100
    rows = np.concatenate([batch.images[: BATCH - n] for batch in seen])
    counts = [(rows == image).all(axis=1).sum() for image in own.images]
    assert sum(counts) == 40 * (BATCH - n) and max(counts) - min(counts) <= 1
    theirs = np.concatenate([batch.source_index[BATCH - n :] for batch in seen])
    assert set(theirs) <= set(few.train.source_index.tolist())
    labels = np.concatenate([batch.labels[BATCH - n :] for batch in seen])
    known = dict(zip(few.train.source_index.tolist(), few.train.labels.tolist(), strict=True))
    assert labels.tolist() == [known[k] for k in theirs.tolist()]


def test_it_learns_on_a_branch_and_the_network_before_comes_back(lab, few):
    before, steps, validation = weights(lab), lab.trainer.steps, right(lab, few.validation)
    own = right(lab, lab.split(MINE))
    made = taught(lab, 0, 60)
    assert (made.done, made.before) == (60, (validation, own))
    assert made.after == (right(lab, few.validation), right(lab, lab.split(MINE))) and made.after.own > own
    assert lab.trainer.steps == steps + 60 and len(lab.branches) == 2 and lab.branch.taught
    assert lab.trainer.history.evaluations.last("validation_accuracy") == pytest.approx(made.after.validation / 100)
    assert [step for step, *_ in made.curve] == list(range(0, 61, 6))
    assert made.curve[-1][1:] == (made.after.validation / 100, made.after.own / 10)
    chart = teaching_curves(made.curve, LIGHT)
    assert (chart.x.low, chart.x.high) == (0, 60) and chart.series[1].y[-1] == 10 * made.after.own
    assert f"{made.after.validation:,} (" in table(made) and "forgetting" in about(made)
    lab.choose_branch(1)
    assert (weights(lab) == before).all() and lab.trainer.steps == steps and "only new ones" not in about(made)


def test_the_steps_are_those_of_the_batches(lab):
    other = lab.trainer.twin(lab.trainer.state())
    examples = list(batches(lab.split(MINE), lab.digits.train, 50, 5))
    for _ in other.learn_from_each(examples, 0.01):
        pass
    taught(lab, 50, 5, 0.01)
    assert (weights(lab) == other.network.parameters).all()
    assert lab.trainer.history.batches["learning_rate"][-5:] == pytest.approx([0.01] * 5)
    assert lab.trainer.learning_rate == 0.05


def test_with_training_digits_mixed_in_less_is_forgotten(lab):
    alone = taught(lab, 0, 60).after.validation
    lab.choose_branch(1)
    assert taught(lab, 75, 60).after.validation > alone


def test_taught_again_it_stays_on_its_branch(lab):
    taught(lab, steps=3)
    once = weights(lab)
    taught(lab, steps=3)
    assert len(lab.branches) == 2
    lab.look_at(lab.timeline.snapshots[-2])
    assert (weights(lab) == once).all()
    taught(lab, steps=3)  # from the past
    assert len(lab.branches) == 3


def test_left_in_the_middle_it_keeps_what_it_has_learned_and_can_be_counted_later(lab, few):
    steps, made = lab.trainer.steps, Teaching(lab, 50, 30, 0.05)
    work = made.work()
    while made.done < 7:
        next(work)
    work.close()
    assert lab.trainer.steps == steps + 7 and made.unfinished and not table(made) and "7 of 30" in about(made)
    for _ in made.finish():
        pass
    assert made.after == (right(lab, few.validation), right(lab, lab.split(MINE))) and not made.unfinished
    lab.step()
    assert lab.trainer.steps == steps + 8


def test_a_loss_that_is_not_finite_ends_it(lab):
    before = weights(lab)
    made = taught(lab, 0, 300, 1e38)
    assert lab.diverged and made.done < 300
    lab.choose_branch(1)
    assert (weights(lab) == before).all() and not lab.diverged


def test_an_untrained_network_and_a_single_digit(few):
    lab = Lab(few, replace(RECIPES["dense-128-64"], hidden=(8,)))
    lab.own_digits.keep(few.test.images[:1], few.test.labels[:1])
    made = taught(lab, 0, 20)
    assert made.after.own == 1 and "forgetting" not in about(made)
