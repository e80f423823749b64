import math

import pytest

from dashboard.core.training_trouble import RECENT
from dashboard.train.commentary import about_accuracy, about_loss
from nnlib.history import History
from tests.figures import figures

UNTRAINED = (0.0, 2.4, 0.1, 2.5, 0.1)


def history(losses=(), evaluations=(UNTRAINED,)):
    """Mini-batches with these losses, and evaluations (epoch, training loss and accuracy, validation loss and
    accuracy)."""
    made = History()
    for step, loss in enumerate(losses, 1):
        made.batches.append(step / 1000, loss, 0.1, 0.1)
    for row in evaluations:
        made.evaluations.append(*row)
    return made


def losses_of(training, validation):
    """Evaluations, an epoch apart, with these losses."""
    rows = zip(training, validation, strict=True)
    return history([1.0], [(epoch, a, 0.9, b, 0.9) for epoch, (a, b) in enumerate(rows)])


def accuracies(*shares):
    return history([1.0], [(0.5 * i, 0.3, share, 0.3, share) for i, share in enumerate(shares)])


LN10 = round(math.log(10), 3)
LOSSES = {
    "untrained": (history(), [2.5, 10, LN10]),
    "first epoch": (history([9.0] * 10 + [1.5] * RECENT), [1.5, 2.5]),
    "no better than guessing": (losses_of([2.4, 2.3], [2.5, 2.304]), [1, 2.304, 10, LN10]),
    "diverged": (losses_of([2.4, 0.1, 2.4], [2.5, 0.2, 2.47]), [2, 2.47, 0.2, 1, 10, LN10]),
    "harmed": (losses_of([2.4, 0.1, 0.5], [2.5, 0.1, 0.6]), [2, 0.6, 0.1, 1]),
    "worse on new digits": (losses_of([2.4, 0.1], [2.5, 0.2]), [1, 0.2, 0.1]),
    "overfitting": (losses_of([2.4, 0.2, 0.15, 0.1, 0.05], [2.5, 0.3, 0.31, 0.32, 0.33]), [4, 0.33, 3, 0.05]),
    "overfitted": (
        losses_of([2.4, 0.2, 0.15, 0.1, 0.05, 0.01], [2.5, 0.3, 0.31, 0.32, 0.33, 0.34]),
        [0.3, 1, 5, 0.34, 0.2, 0.01],
    ),
    "risen twice": (losses_of([2.4, 0.28, 0.27, 0.26], [2.5, 0.3, 0.31, 0.32]), [3, 0.32, 2.5, 0, 0.26, 0]),
    "both rise": (losses_of([2.4, 0.26, 0.27, 0.28, 0.29], [2.5, 0.3, 0.31, 0.32, 0.33]), [4, 0.33, 2.5, 0, 0.29]),
    "both fall": (losses_of([2.4, 1.0, 0.5], [2.5, 1.1, 0.6]), [2, 0.6, 2.5, 0, 0.5, 0]),
    "near zero": (losses_of([2.4, 1e-4, 1e-5], [2.5, 1e-4, 1.2e-5]), [2, 1.2e-5, 2.5, 0, 1e-5, 0]),
    "loaded": (history(evaluations=[(20, 0.11, 0.98, 0.12, 0.97)]), [20, 0.12, 0.11]),
    "loaded, trained since": (history([0.1], [(20, 0.11, 0.98, 0.12, 0.97)]), [20, 0.12, 0.11]),
    "not finite": (losses_of([2.4, 0.1], [2.5, math.inf]), []),
}


@pytest.mark.parametrize(("made", "told"), LOSSES.values(), ids=LOSSES)
def test_the_caption_of_the_loss_has_the_numbers_of_its_case(made, told):
    assert figures(about_loss(made, 10)) == told


def told_by(word):
    return [name for name, (made, _) in LOSSES.items() if word in about_loss(made, 10)]


def test_a_judgement_is_passed_only_where_the_curves_say_so():
    assert told_by("overfit") == ["overfitting", "overfitted"] and told_by("beginning") == ["overfitting"]
    assert told_by("Both have fallen") == ["risen twice", "both fall", "near zero"]  # since the first evaluation


def test_long_after_every_training_digit_is_read_nothing_begins():
    rows = zip([2.4, 0.2, 0.15, 0.1, 0.05], [2.5, 0.3, 0.31, 0.32, 0.33], strict=True)
    perfect = history([1.0], [(epoch, a, 1.0, b, 0.9) for epoch, (a, b) in enumerate(rows)])
    assert "beginning" not in about_loss(perfect, 10)


HALFWAY = [UNTRAINED, (0.5, 0.3, 0.5, 0.3, 0.5)]
ACCURACIES = {
    "untrained": (history(), 5000, [1, 10, 10.0]),
    "first epoch": (history([1.0] * 5), 5000, [4500, 5000]),
    "evaluated just now": (history([1.0] * 499, HALFWAY), 5000, [0.5, 2500, 5000]),
    "trained since": (history([1.0] * 501, HALFWAY), 5000, [0.5, 2500, 5000]),
    "most is learned early": (accuracies(0.1, 0.90, 0.93, 0.95), 5000, [1.5, 250, 5000, 0.5]),
    "learned at once": (accuracies(0.1, 0.95), 5000, [0.5, 250, 5000]),
    "lost again": (accuracies(0.1, 0.95, 0.85), 5000, [1, 750, 5000, 250, 0.5]),
    "not yet good": (accuracies(0.1, 0.3, 0.6), 5000, [1, 2000, 5000]),
    "perfect": (accuracies(0.5, 1.0, 1.0), 200, [1, 0, 200]),
    "loaded": (history(evaluations=[(20, 0.1, 0.98, 0.12, 0.97)]), 5000, [20, 150, 5000]),
}


@pytest.mark.parametrize(("made", "n_validation", "told"), ACCURACIES.values(), ids=ACCURACIES)
def test_the_caption_of_the_accuracy_counts_mistakes_in_digits(made, n_validation, told):
    assert figures(about_accuracy(made, n_validation, 10)) == told


def test_a_step_on_chosen_examples_before_the_first_mini_batch_is_evaluated_too():
    made = History()
    made.batches.append(0.0, 2.4, 0.1, 0.1)
    for row in (UNTRAINED, (0.0, 2.2, 0.2, 2.3, 0.2)):
        made.evaluations.append(*row)
    assert figures(about_accuracy(made, 5000, 10)) == [0, 4000, 5000]
    assert figures(about_loss(made, 10)) == [0, 2.3, 10, LN10]
