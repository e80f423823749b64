"""Which measurements are kept, and the numbers said about them."""

import re
from dataclasses import replace

import numpy as np
import pytest

from dashboard.mistakes import robustness_runs
from dashboard.mistakes.robustness_chart import robustness_figure
from dashboard.mistakes.robustness_runs import Trial
from dashboard.theme import LIGHT
from nnlib.analysis.corruptions import CORRUPTIONS
from nnlib.analysis.robustness import Robustness
from nnlib.augmentation import Augmentation
from nnlib.datasets import Split
from tests.figures import figures

N = 100


def trial(fingerprint="a", wrong=lambda name, amount: 0, n=N):
    """A network that misreads the last so many digits at each corruption."""
    found = Robustness(np.arange(n) % 10)
    for name, kind in CORRUPTIONS.items():
        for amount in kind.amounts:
            found.predicted[name, amount] = (np.arange(n) % 10 + (np.arange(n) >= n - wrong(name, amount))) % 10
    return Trial(fingerprint, "digits", "784-9-10", 2.0, Augmentation(), found)


def falling(name, amount):
    return 20 * abs(amount) if name == "shift" and abs(amount) < 5 else 0


def test_the_newest_and_one_of_another_network_are_kept():
    first, second, again, third = trial("a"), trial("b"), trial("b"), trial("c")
    kept = robustness_runs.add(robustness_runs.add(robustness_runs.add([], first), second), again)
    assert kept == [again, first]
    assert robustness_runs.add(kept, third) == [third, again]


def test_the_numbers_of_a_curve():
    assert figures(robustness_runs.about("shift", trial(wrong=falling))) == [100, 3, 40, 3]  # half is left until 3
    assert figures(robustness_runs.about("noise", trial(wrong=falling))) == [100, 30, 100]
    assert figures(robustness_runs.about("rotation", trial())) == [100, 30, 100, 100]
    # The sampling error, 1.96 √(p (1 - p) / 100) for p = 0.5 and 0.9, as 95 % intervals; for p = 1 that is no estimate.
    assert figures(robustness_runs.about_error(trial())) == [100, 95, 9.8, 50]
    assert figures(robustness_runs.about_error(trial(wrong=lambda name, amount: 10))) == [100, 95, 9.8, 50, 5.9, 90]


@pytest.mark.parametrize(
    ("name", "amount", "told"),
    [("rotation", -45, "−45°"), ("noise", 30, "30 %"), ("shift", 1, "1 pixel"), ("thickness", -0.5, "−0.5 pixels")],
)
def test_an_amount_has_its_unit(name, amount, told):
    assert robustness_runs.amount_in_words(name, amount) == told


def test_two_networks_are_compared_where_they_differ_most():
    better, worse = trial("a", lambda name, amount: 5 * (name == "noise")), trial("b", falling)
    worse = replace(worse, network="784-5-10")

    def difference(now, before):
        said = robustness_runs.about_comparison(now, before)
        assert before.name in said
        return re.findall(r"higher|lower|shift|noise|\b\d+\b", said.replace(before.name, "").replace(now.name, ""))

    assert difference(better, worse) == ["4", "shift", "80", "higher"]
    assert difference(worse, better) == ["4", "shift", "80", "lower"]
    assert difference(better, replace(better, fingerprint="c")) == []


def test_the_digits_shown_differ_and_are_read_right():
    labels = np.array([1, 1, 2, 2, 3, 3, 1, 2], np.uint8)
    split = Split(np.zeros((8, 4), np.uint8), labels, np.arange(8, dtype=np.int32))
    assert robustness_runs.shown_digits(split, 8, None).tolist() == [0, 2, 4]
    found = Robustness(labels, {("shift", 0): np.array([0, 1, 0, 2, 3, 3, 1, 2])})
    assert robustness_runs.shown_digits(split, 8, replace(trial(), robustness=found)).tolist() == [1, 3, 4]
    nothing = Robustness(labels, {("shift", 0): np.full(8, 9)})
    assert robustness_runs.shown_digits(split, 8, replace(trial(), robustness=nothing)).tolist() == [0, 2, 4]
    assert robustness_runs.shown_digits(split, 2, None).tolist() == [0, 1]  # two of one class


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_the_figure_has_the_curves_and_the_digits(digits, name):
    kind, now, before = CORRUPTIONS[name], trial(wrong=falling).robustness, trial("b").robustness
    arguments = (name, kind, digits, [0, 95], LIGHT)
    figure = robustness_figure(*arguments, now, before)
    earlier, curve, *verdicts = figure.data
    np.testing.assert_allclose(curve.y, [100 - falling(name, amount) for amount in kind.amounts])
    np.testing.assert_allclose(earlier.y, 100)
    half = [k for k, amount in enumerate(kind.amounts) if falling(name, amount) == 60]
    assert [curve.error_y.array[k] for k in half] == pytest.approx([100 * 1.96 * np.sqrt(0.4 * 0.6 / N)] * len(half))
    assert len(figure.layout.images) == 2 * len(kind.amounts) and len(verdicts) == 2
    assert set(verdicts[0].text) == {"✓"}
    assert list(verdicts[1].text) == ["✓" if falling(name, a) < 5 else "✗6" for a in kind.amounts]
    assert kind.unit in figure.layout.xaxis.title.text and "%" in figure.layout.yaxis.title.text
    alone = robustness_figure(*arguments)
    assert len(alone.data) == 0 and len(alone.layout.images) == len(figure.layout.images)
