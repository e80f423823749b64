import math
from dataclasses import replace

import pytest

from dashboard.core.training_trouble import EXPLODED, RECENT, STUCK, ZERO, about_trouble, chance_loss, trouble
from nnlib.analysis.interventions import SwitchOff
from nnlib.history import History, Intervened
from nnlib.recipes import DEFAULT, RECIPES
from tests.figures import figures

RECIPE = RECIPES[DEFAULT]
ZEROS = replace(RECIPE, initializer="zero")
CHANCE = math.log(10)
FALLING = [2.5 - 0.003 * step for step in range(2 * RECENT)]
UNTRAINED = (0.0, 2.4, 0.1, 2.5, 0.1)
LEARNED = (UNTRAINED, (1.0, 0.3, 0.9, 0.4, 0.9), (1.1, 9.0, 0.1, math.nan, 0.1))


def history(losses=(), evaluations=(UNTRAINED,), rate=0.1):
    made = History()
    for step, loss in enumerate(losses, 1):
        made.batches.append(step / 1000, loss, 0.1, rate)
    for row in evaluations:
        made.evaluations.append(*row)
    return made


@pytest.mark.parametrize("n", [2, 10])
def test_guessing_costs_the_logarithm_of_the_number_of_classes(n):
    assert chance_loss(n) == pytest.approx(-math.log(1 / n))


@pytest.mark.parametrize(
    ("losses", "recipe", "n_classes", "kind"),
    [
        ([], RECIPE, 10, None),
        ([0.8 * CHANCE] * 200, RECIPE, 10, None),  # well below guessing
        ([50.0] * (RECENT - 1), RECIPE, 10, None),  # too few to tell
        ([CHANCE] * (2 * RECENT - 1), RECIPE, 10, None),
        (FALLING, RECIPE, 10, None),
        ([CHANCE] * 2 * RECENT, RECIPE, 10, STUCK),
        ([0.9 * math.log(2)] * 2 * RECENT, RECIPE, 2, STUCK),
        ([0.9 * math.log(2)] * 2 * RECENT, RECIPE, 10, None),
        ([0.1] * 100 + [CHANCE] * 2 * RECENT, RECIPE, 10, STUCK),  # a good start does not hide it
        ([CHANCE] * 2 * RECENT, ZEROS, 10, ZERO),
        ([CHANCE] * 2 * RECENT, replace(ZEROS, hidden=()), 10, STUCK),  # zero weights do no harm there
        ([0.1] * 100 + [8.0] * RECENT, RECIPE, 10, EXPLODED),
    ],
)
def test_the_kind_of_trouble(losses, recipe, n_classes, kind):
    assert FALLING[-1] > 0.9 * CHANCE
    assert trouble(history(losses), recipe, n_classes) == kind


def test_an_explosion_is_measured_against_the_best_evaluation():
    assert trouble(history([0.1] * 100 + [2.4] * RECENT, LEARNED), RECIPE, 10) == EXPLODED
    assert trouble(history([0.1] * 100 + [2.4] * RECENT), RECIPE, 10) == STUCK


@pytest.mark.parametrize(
    ("kind", "made", "told"),
    [
        (EXPLODED, history([9.0] * RECENT, rate=3.0), [2.5, 0, 9, 9, 3]),
        (EXPLODED, history([0.1] * 50 + [3000.0] + [2.4] * 50, LEARNED, rate=3.0), [0.1, 0.05, 3000, 2.4, 3]),
        (EXPLODED, history([2.4] * RECENT, [*LEARNED[:2], (1.0, *LEARNED[1][1:])], rate=3.0), [0.4, 1, 2.4, 2.4, 3]),
        (STUCK, history([0.5] * 50 + [2.3] * 100, rate=3.0), [2.3, 0.5, 0.05, 2.303, 3]),
        (STUCK, history([2.31] * 100, rate=0.001), [2.31, 2.303, 0.001, 0.1]),
        (ZERO, history([2.3] * 100), [2.3]),
    ],
)
def test_trouble_is_told_with_its_numbers(kind, made, told):
    text = about_trouble(kind, made, RECIPE, 10)
    assert figures(text) == told
    assert ("initialiser" in text) == (kind == ZERO) and ("learning rate" in text) == (kind != ZERO)


def test_a_change_by_hand_is_named_as_the_cause_and_not_the_learning_rate():
    made = history([0.1] * 50 + [9.0] * 50, LEARNED)
    made.interventions.append(Intervened(1.05, 2, SwitchOff(0, 0)))
    assert figures(about_trouble(EXPLODED, made, RECIPE, 10)) == [0.1, 0.05, 9, 9, 1.05]


@pytest.mark.parametrize(("rate", "says"), [(10.0, "large"), (0.001, "small"), (0.1, "usual")])
def test_a_rate_is_never_called_too_small_unless_it_is_smaller_than_usual(rate, says):
    text = about_trouble(STUCK, history([2.37] * 100, rate=rate), RECIPE, 10)
    assert {word for word in ("large", "small") if word in text} == {says} - {"usual"}
    assert figures(text)[2] == rate and "usual" in text
