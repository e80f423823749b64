"""Attributions in words and numbers, worked out by hand."""

import numpy as np

from dashboard.components.attribution import about_attribution, sums
from nnlib.analysis.attribution import Attribution
from tests.figures import figures


def attribution(score, parts, biases, at_zero=0.0, x=1.0):
    parts = np.array(parts, float)
    return Attribution(score, np.full(len(parts), x), parts / x, biases, at_zero)


def test_sums_are_a_table_with_signs():
    lines = sums([("cat", attribution(3, [5, -1.5], -0.5)), ("dog", attribution(-1, [-1, -0.5], 0.5))])
    assert [figures(line) for line in lines.splitlines()] == [[], [], [3.5, -0.5, 3], [-1.5, 0.5, -1]]
    assert "+3.5 " in lines and "| **−1** |" in lines
    header, rule, row = sums([("cat", attribution(0.05, [0.01], 0.02))]).splitlines()  # with a rest
    assert header.count("|") == rule.count("|") == row.count("|") == 6
    assert figures(row) == [0.01, 0.02, 0.02, 0.05]


def test_how_exact_an_attribution_is():
    about = about_attribution
    assert figures(about(attribution(3, [2], 1, at_zero=-0.25), layers=1)) == []
    assert figures(about(attribution(3, [2], 1, at_zero=-0.25), layers=2)) == [0, -0.25, 1]
    assert figures(about(attribution(3, [2], 1, at_zero=1), layers=2)) == []
    assert figures(about(attribution(3, [2], 0.5), layers=2)) == [0.5]  # 3 - 2 - 0.5
    assert -0.4 in figures(about(attribution(1, [1], 0, x=-0.4), layers=1))  # paper that is not zero
    exact = ["exact" in about(found, layers=2) for found in (attribution(3, [2], 1, 1), attribution(3, [2], 0.5))]
    assert exact == [True, False]
