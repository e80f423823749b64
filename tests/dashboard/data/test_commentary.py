from dataclasses import replace

import numpy as np
import pytest

from dashboard.components import prediction_text
from dashboard.data import commentary
from dashboard.data.statistics import measure
from dashboard.mistakes import commentary as of_mistakes
from dashboard.mistakes.misclassified import Mistakes
from dashboard.notation import numbers
from nnlib.augmentation import Augmentation, Moves
from nnlib.datasets import zeros_and_ones
from nnlib.scaling import STANDARD, UNIT

NAMES = ("cat", "dog", "cow")
C = np.array([[8, 2, 0], [1, 9, 0], [1, 0, 9]])


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (1, "100 %"),
        (0.5, "50.0 %"),
        (0.0004, "< 0.1 %"),
        (0.0006, "0.1 %"),
        (0.9994, "99.9 %"),
        (0.9996, "> 99.9 %"),
        (float("nan"), "no number"),
    ],
)
def test_percent_never_rounds_to_certainty(share, text):
    assert numbers.percent(share) == text


# The data


def test_data_and_the_part_that_the_binary_recipe_uses(digits):
    assert commentary.about_data(digits).startswith("55,000 pictures of 28 × 28 pixels")
    assert "0, 1, 2, 3, 4, 5, 6, 7, 8 or 9" in commentary.about_data(digits)
    pair = zeros_and_ones(digits)
    assert "0 or 1. That is all it learns from: 400 numbers" in commentary.about_data(pair)
    sentence = commentary.about_selection("b", pair, digits)
    assert "the classes 0 and 1, 800 training and 200 validation" in sentence and "middle 20 × 20 pixels" in sentence


def with_counts(few, training):
    return replace(measure(few), class_counts={"training": np.array(training)})


def test_balance(few):
    sentence = commentary.about_balance(with_counts(few, [20, 50, 30]), NAMES)
    assert "Most frequent in training is dog (50, 50.0 %), rarest cat (20, 20.0 %)" in sentence
    assert "exactly 7 training digits" in commentary.about_balance(with_counts(few, [7, 7, 7]), NAMES)


def test_means_name_the_most_and_the_least_various(few):
    spread = np.array([[3.0, 1.0], [9.0, 9.0], [0.0, 1.0]])
    sentence = commentary.about_means(replace(measure(few), spread=spread, nearest_mean_accuracy=0.789), NAMES)
    assert "dog varies most from digit to digit, cow least" in sentence and "78.9 % right" in sentence


def test_pixels_before_and_after_scaling(few):
    counts = np.zeros(256, int)
    counts[[0, 255]] = 3, 1
    statistics = replace(measure(few), pixel_counts=counts)
    unit = commentary.about_pixels(statistics, UNIT)
    assert "75.0 % of all pixels are exactly 0" in unit and "25.0 % are 255" in unit and "mean is 63.8" in unit
    assert "brightness × 0.003922, numbers from 0 to 1 with mean 0.250" in unit and "255 times as large" in unit
    standard = commentary.about_pixels(statistics, STANDARD)
    assert "brightness × 0.01273 − 0.4242, numbers from -0.424 to 2.82 with mean 0.387" in standard


def test_crop():
    sentence = commentary.about_crop(np.array([0, 0, 0.1, 0.3]), (28, 28), 20)
    assert "50.0 % of the training digits lose some ink, on average 10.0 %, at the worst 30.0 %" in sentence
    assert "400 inputs instead of 784, so 49.0 % of" in sentence
    assert "loses nothing" in commentary.about_crop(np.zeros(4), (28, 28), 20)


def test_a_move_in_a_few_signs():
    moves = Moves(
        (28, 28), np.array([2, -1, 0]), np.array([-3, 0, 0]), np.radians([10.0, -5.2, 0]), np.array([1.1, 0.9, 1])
    )
    assert [commentary.move(moves, i) for i in range(3)] == ["↓2 ←3\n+10° 110 %", "↑1\n-5° 90 %", "+0° 100 %"]
    still = Moves((28, 28), np.zeros(1, int), np.zeros(1, int))
    assert commentary.move(still, 0) == "not moved"


def test_augmentation_says_how_far_and_whether_it_is_on():
    on = commentary.about_augmentation(Augmentation(1, 12.0), 7, on=True)
    assert on.startswith(
        "Training digit 7 as the network meets it: shifted by up to 1 pixel, turned by up to 12°, anew"
    )
    off = commentary.about_augmentation(Augmentation(2, 0.0, 0.1), 7, on=False)
    assert "is off" in off and "shifted by up to 2 pixels, resized by up to 10 %" in off and "turned" not in off


# The mistakes


@pytest.mark.parametrize(
    ("looks", "words"), [(0, "not been looked at in"), (1, "at once"), (2, "twice"), (5, "5 times")]
)
def test_looks(looks, words):
    assert words in prediction_text.about_looks(looks)


def test_accuracy():
    assert of_mistakes.about_accuracy(C, "test", False) == "It misreads **4 of 30** test digits (13.3 %)."
    untrained = of_mistakes.about_accuracy(C, "validation", True)
    assert "untrained: press **Run**" in untrained and "one class alone gets 36.7 % of its guesses" in untrained
    assert of_mistakes.about_accuracy(np.diag([2, 3]), "test", False) == "Not one of 5 test digits is misread."


def test_confusion_names_the_most_frequent_first():
    sentence = of_mistakes.about_confusion(C, NAMES)
    assert "cat is read as dog (twice), dog is read as cat (once) and cow is read as cat (once)" in sentence
    assert "Hardest is cat, of which 20.0 % are misread; easiest is dog, with 10.0 %" in sentence
    assert "diagonal" in of_mistakes.about_confusion(np.diag([1, 2]), ("a", "b"))
    one = of_mistakes.about_confusion(np.array([[3, 1], [0, 0]]), ("a", "b"))  # no examples of b: neither hard nor easy
    assert one.startswith("Most often a is read as b (once). Hardest is a") and "easiest is a" in one


def test_report_names_the_lowest_and_what_is_never_said():
    sentence = of_mistakes.about_report(C, NAMES)
    assert "Of what it calls cat, 20.0 % is something else" in sentence  # 2 of 10
    assert "Of what is cat, it misses 20.0 %" in sentence and "never says" not in sentence
    silent = of_mistakes.about_report(np.array([[5, 0], [5, 0]]), ("a", "b"))
    assert "Of what it calls a, 50.0 %" in silent and "It never says b" in silent
    assert "100 % for every class" in of_mistakes.about_report(np.diag([1, 2]), ("a", "b"))


def mistake(confidence, loss):
    return Mistakes(*(np.array([value]) for value in (4, 0, 2, confidence, loss)))


def test_caption():
    expected = "✗\u00a0cow → ✓\u00a0cat\n97.5 %\nloss 3.69"
    assert of_mistakes.misclassified_caption(mistake(0.975, 3.689), 0, NAMES, True) == expected
    assert of_mistakes.misclassified_caption(mistake(0.975, 3.689), 0, NAMES, False).split("\n")[1] == "score 0.97"
    assert of_mistakes.misclassified_caption(mistake(np.nan, np.nan), 0, NAMES, True).split("\n")[1:] == [
        "no number",
        "loss no number",
    ]


def test_guess_says_what_it_costs():
    wrong = prediction_text.about_guess(np.array([0.02, 0.9, 0.08]), 0, 1, 3.912, NAMES, True)
    assert "It says dog\u00a0✗ with 90.0 %; the truth, cat\u00a0✓, got 2.0 %" in wrong and "−ln 0.02 = 3.91" in wrong
    right = prediction_text.about_guess(np.array([0.999, 0.001, 0]), 0, 0, 0.0010005, NAMES, True)
    assert "that is right ✓" in right and "−ln 0.9990 = 0.001" in right
    scores = prediction_text.about_guess(np.array([0.2, 1.4, -0.3]), 0, 1, 0.8, NAMES, False)
    assert "score, 1.40, is that of dog ✗; the truth, cat\u00a0✓, got 0.20" in scores and "ln" not in scores
    broken = prediction_text.about_guess(np.array([np.nan, 1, 1]), 0, 1, np.nan, NAMES, True)
    assert "not finite" in broken and "nan" not in broken
