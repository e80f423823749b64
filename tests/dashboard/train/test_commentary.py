import math
from dataclasses import replace

import pytest

from dashboard.core.training_trouble import EXPLODED, RECENT, STUCK, ZERO, about_trouble, chance_loss, trouble
from dashboard.shell.timeline_text import about_the_past, about_timeline, place_in_time
from dashboard.train.commentary import about_accuracy, about_loss
from nnlib.history import History
from nnlib.recipes import DEFAULT, RECIPES
from nnlib.timeline import Timeline

RECIPE = RECIPES[DEFAULT]
ZEROS = replace(RECIPE, initializer="zero")
CHANCE = math.log(10)


def history(losses=(), evaluations=((0.0, 2.4, 0.1, 2.5, 0.1),), rate=0.1):
    """Mini-batches with these losses, and evaluations (epoch, training loss and accuracy, validation loss and
    accuracy)."""
    made = History()
    for step, loss in enumerate(losses, 1):
        made.batches.append(step / 1000, loss, 0.1, rate)
    for row in evaluations:
        made.evaluations.append(*row)
    return made


def losses_of(training, validation):
    """Evaluations, an epoch apart, with these losses."""
    rows = zip(training, validation, strict=True)
    return history([1.0], [(epoch, a, 0.9, b, 0.9) for epoch, (a, b) in enumerate(rows)])


def accuracies(*shares):
    return history([1.0], [(0.5 * i, 0.3, share, 0.3, share) for i, share in enumerate(shares)])


@pytest.mark.parametrize("n", [2, 10])
def test_guessing_costs_the_logarithm_of_the_number_of_classes(n):
    assert chance_loss(n) == pytest.approx(-math.log(1 / n))


# Trouble


def test_no_trouble_before_the_first_step():
    assert trouble(history(), RECIPE, 10) is None


def test_no_trouble_while_the_loss_is_well_below_guessing():
    assert trouble(history([0.8 * CHANCE] * 200), RECIPE, 10) is None


def test_no_trouble_is_seen_in_too_few_batches():
    assert trouble(history([50.0] * (RECENT - 1)), RECIPE, 10) is None
    assert trouble(history([CHANCE] * (2 * RECENT - 1)), RECIPE, 10) is None


def test_no_trouble_while_the_loss_still_falls():
    falling = [2.5 - 0.003 * step for step in range(2 * RECENT)]
    assert falling[-1] > 0.9 * CHANCE
    assert trouble(history(falling), RECIPE, 10) is None


def test_a_loss_at_that_of_guessing_is_stuck():
    assert trouble(history([CHANCE] * 2 * RECENT), RECIPE, 10) == STUCK
    assert trouble(history([0.9 * math.log(2)] * 2 * RECENT), RECIPE, 2) == STUCK
    assert trouble(history([0.9 * math.log(2)] * 2 * RECENT), RECIPE, 10) is None


def test_a_good_beginning_does_not_hide_that_it_is_stuck_now():
    assert trouble(history([0.1] * 100 + [CHANCE] * 2 * RECENT), RECIPE, 10) == STUCK


def test_with_weights_from_zero_the_reason_is_the_initialiser():
    assert trouble(history([CHANCE] * 2 * RECENT), ZEROS, 10) == ZERO
    assert trouble(history([CHANCE] * 2 * RECENT), replace(ZEROS, hidden=()), 10) == STUCK  # zero does no harm there


def test_a_loss_far_above_the_best_is_an_explosion():
    assert trouble(history([0.1] * 100 + [8.0] * RECENT), RECIPE, 10) == EXPLODED
    best = ((0.0, 2.4, 0.1, 2.5, 0.1), (1.0, 0.3, 0.9, 0.4, 0.9), (1.1, 9.0, 0.1, math.nan, 0.1))
    assert trouble(history([0.1] * 100 + [2.4] * RECENT, best), RECIPE, 10) == EXPLODED


def test_trouble_is_told_with_its_numbers():
    exploded = about_trouble(EXPLODED, history([9.0] * RECENT, rate=3.0), 10)
    assert "2.5 at its best" in exploded and "9 now" in exploded and "2.3" in exploded and "rate of 3 " in exploded
    stuck = about_trouble(STUCK, history([2.31] * 100, rate=1e-6), 10)
    assert "2.31" in stuck and "2.3." in stuck and "1e-06" in stuck and f"{RECENT} mini-batches" in stuck
    zero = about_trouble(ZERO, history([2.3] * 100), 10)
    assert "2.3" in zero and "initialiser" in zero


# Loss


def test_untrained_the_loss_is_compared_with_guessing():
    sentence = about_loss(history(), 10)
    assert "2.500" in sentence and "ln 10 = 2.303" in sentence and "Press Run" in sentence


def test_within_the_first_epoch_the_loss_is_that_of_the_mini_batches():
    sentence = about_loss(history([9.0] * 10 + [1.5] * RECENT), 10)
    assert "mini-batches cost 1.500" in sentence and "before the first step their loss was 2.500" in sentence


def test_loss_that_falls_on_both_splits():
    sentence = about_loss(losses_of([2.4, 1.0, 0.5], [2.5, 1.1, 0.6]), 10)
    assert "from 2.500 to 0.600" in sentence and "training loss is 0.500" in sentence


def test_loss_hardly_below_guessing():
    sentence = about_loss(losses_of([2.4, 2.1], [2.5, 2.2]), 10)
    assert "2.200" in sentence and "2.303" in sentence and "nothing" in sentence


def test_loss_lower_on_what_was_practised():
    sentence = about_loss(losses_of([2.4, 0.1], [2.5, 0.2]), 10)
    assert "0.200 lies above training loss 0.100" in sentence


def test_memorising_is_named_when_it_begins():
    memorising = losses_of([2.4, 0.20, 0.15, 0.10, 0.05], [2.5, 0.30, 0.31, 0.32, 0.33])
    assert "memorise" in about_loss(memorising, 10) and "0.330" in about_loss(memorising, 10)
    assert "memorise" not in about_loss(losses_of([2.4, 0.20, 0.15, 0.10], [2.5, 0.30, 0.31, 0.32]), 10)
    both_rise = losses_of([2.4, 0.20, 0.21, 0.22, 0.23], [2.5, 0.30, 0.31, 0.32, 0.33])
    assert "memorise" not in about_loss(both_rise, 10)


# Accuracy


def test_untrained_the_accuracy_is_compared_with_guessing():
    sentence = about_accuracy(history(), 5000, 10)
    assert "one in 10" in sentence and "10.0 %" in sentence


def test_within_the_first_epoch_nothing_is_said_of_now():
    sentence = about_accuracy(history([1.0] * 5), 5000, 10)
    assert "untrained, the network misread 4,500 of 5,000" in sentence and "now" not in sentence


def test_what_is_counted_belongs_to_the_last_evaluation():
    rows = [(0.0, 2.4, 0.1, 2.5, 0.1), (0.5, 0.3, 0.5, 0.3, 0.5)]
    sentence = about_accuracy(history([1.0] * 501, rows), 5000, 10)
    assert sentence == "At epoch 0.5 it misread 2,500 of 5,000 validation digits."
    assert about_accuracy(history([1.0] * 499, rows), 5000, 10).startswith("It now misreads 2,500")


def test_an_extra_step_before_the_first_mini_batch_is_evaluated_too():
    rows = [(0.0, 2.4, 0.1, 2.5, 0.1), (0.0, 2.2, 0.2, 2.3, 0.2)]
    both = History()
    both.batches.append(0.0, 2.4, 0.1, 0.1)
    for row in rows:
        both.evaluations.append(*row)
    assert about_accuracy(both, 5000, 10).startswith("It now misreads 4,000") and "2.300" in about_loss(both, 10)


def test_mistakes_are_counted_in_digits():
    assert about_accuracy(accuracies(0.1, 0.5), 5000, 10) == "It now misreads 2,500 of 5,000 validation digits."


def test_most_is_learned_early():
    sentence = about_accuracy(accuracies(0.1, 0.90, 0.93, 0.95), 5000, 10)
    assert "misreads 250 of 5,000" in sentence and "twice as many by epoch 0.5" in sentence


@pytest.mark.parametrize("shares", [(0.1, 0.95), (0.1, 0.3, 0.6)])
def test_nothing_is_said_of_early_learning_where_there_was_none(shares):
    assert "twice" not in about_accuracy(accuracies(*shares), 5000, 10)


def test_not_one_mistake():
    assert "misreads 0 of 200" in about_accuracy(accuracies(0.5, 1.0), 200, 2)


# The time machine


@pytest.fixture(scope="module")
def trainer(few):
    """Thirteen mini-batches of 150 of 300 digits: six and a half epochs."""
    trainer = replace(RECIPE, hidden=(4,), batch_size=150).trainer(few, timeline=Timeline())
    for _ in range(13):
        trainer.step()
    return trainer


def test_a_moment_is_named_by_its_epoch_and_by_its_batches_from_the_start(trainer):
    names = [place_in_time(moment) for moment in trainer.timeline.moments]
    assert names[:3] == ["the start, untrained", "epoch 0.50 (batch 1)", "epoch 1.00 (batch 2)"]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("running", "says"), [(True, "goes on, at"), (False, "stands at")])
def test_the_past_is_told_beside_the_present(trainer, running, says):
    said = about_the_past(trainer.timeline.moments[1], trainer, running)
    assert "You see **epoch 0.50 (batch 1)**" in said and f"The training {says} epoch 6.50." in said


def test_the_memory_of_all_branches_is_told(trainer):
    branch = trainer.timeline.branch(trainer.timeline.moments[2])
    count = len({id(moment) for moment in (*trainer.timeline.moments, *branch.moments)})
    said = about_timeline(branch, "Rule.")
    branch.forget()
    assert said.startswith(f"{count} moments in ") and said.endswith(" of 64 MB. Rule.")
