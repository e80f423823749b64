import re
from dataclasses import replace

import numpy as np
import pytest

from dashboard.data import commentary
from dashboard.data.statistics import measure
from nnlib.augmentation import Augmentation, Moves
from nnlib.datasets import zeros_and_ones
from nnlib.scaling import STANDARD, UNIT
from tests.figures import figures

NAMES = ("cat", "dog", "cow")


def test_the_data_and_the_part_that_the_binary_recipe_uses(digits):
    assert figures(commentary.about_data(digits)) == [55_000, 28, 28, *range(10), 784]
    pair = zeros_and_ones(digits)
    assert figures(commentary.about_data(pair)) == [800, 20, 20, 0, 1, 400]
    assert figures(commentary.about_selection("b", pair, digits)) == [0, 1, 800, 200, 20, 20]


@pytest.mark.parametrize(
    ("counts", "names", "told"),
    [([20, 50, 30], ["dog", "cat", "dog"], [50, 50.0, 20, 20.0, 50.0]), ([7, 7, 7], [], [7, 1, 3])],
)
def test_the_baseline_is_the_most_frequent_class(few, counts, names, told):
    text = commentary.about_balance(replace(measure(few), class_counts={"training": np.array(counts)}), NAMES)
    assert re.findall("|".join(NAMES), text) == names and figures(text) == told


def test_means_name_the_most_and_the_least_varied_class(few):
    spread = np.array([[3.0, 1.0], [9.0, 9.0], [0.0, 1.0]])
    for counts, names in (([50, 60, 70], ["dog", "cow"]), ([50, 60, 1], [])):  # one digit does not vary
        found = replace(measure(few), class_counts={"training": np.array(counts)}, spread=spread)
        text = commentary.about_means(replace(found, nearest_mean_accuracy=0.789), NAMES)
        assert re.findall("|".join(NAMES), text) == names and figures(text) == [78.9]


@pytest.mark.parametrize(
    ("scaling", "scaled"),
    [(UNIT, [255, 0, 1, 0.25]), (STANDARD, [255, -0.1307, 0.3081, -0.424, 2.821, 0.387])],  # the formula, ends, mean
)
def test_pixels_before_and_after_scaling(few, scaling, scaled):
    counts = np.zeros(256, int)
    counts[[0, 255]] = 3, 1
    text = commentary.about_pixels(replace(measure(few), pixel_counts=counts), scaling).replace("− ", "−")
    assert figures(text) == [75.0, 0, 25.0, 255, 63.8, *scaled]


def test_what_the_crop_loses_and_saves():
    assert figures(commentary.about_crop(np.array([0, 0, 0.1, 0.3]), (28, 28), 20)) == [50, 10, 30, 400, 784, 49.0]
    assert figures(commentary.about_crop(np.zeros(4), (28, 28), 20)) == [20, 20]


def test_a_move_in_a_few_signs():
    moves = Moves(
        (28, 28), np.array([2, -1, 0]), np.array([-3, 0, 0]), np.radians([10.0, -5.2, -0.2]), np.array([1.1, 0.9, 1])
    )
    assert [commentary.move(moves, i) for i in range(3)] == ["↓2 ←3\n+10° 110 %", "↑1\n−5° 90 %", "+0° 100 %"]
    still = Moves((28, 28), np.zeros(1, int), np.zeros(1, int))
    assert "moved" in commentary.move(still, 0)


@pytest.mark.parametrize(
    ("augmentation", "on", "told"),
    [
        (Augmentation(1, 12.0), True, ["shifted", 1, "rotated", 12]),
        (Augmentation(2, 0.0, 0.1, 1.5), False, ["shifted", 2, "resized", 10, "bent", 1.5]),
    ],
)
def test_augmentation_tells_its_limits_and_whether_it_is_on(augmentation, on, told):
    text = commentary.about_augmentation(augmentation, 7, on=on)
    assert re.findall("shifted|rotated|resized|bent", text) == told[::2] and figures(text) == [7, *told[1::2]]
    assert ("off" in text) == (not on) and ("1 pixel," in text) == (augmentation.shift == 1)
