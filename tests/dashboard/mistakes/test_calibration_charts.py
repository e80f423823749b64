"""The charts of calibration and of a threshold, by their numbers."""

import numpy as np
import pytest

from dashboard.mistakes import calibration_charts
from dashboard.mistakes.calibration_charts import answered, reliability, wrong_answers
from dashboard.mistakes.roc_charts import precision_recall, roc
from dashboard.theme import LIGHT
from nnlib.analysis.calibration import Answers, calibration
from nnlib.analysis.roc import thresholds

AT = np.array([0.0, 25.0, 50.0, 75.0, 100.0])
FOUND = Answers(np.array([8, 8, 4, 2, 0]), np.array([6, 6, 3, 2, 0]))


def test_answered_and_wrong_answers_are_shares_with_the_choice_marked(monkeypatch):
    monkeypatch.setattr(calibration_charts, "EVERY", 1)
    chart = answered(AT, FOUND, 8, 2, "sure (%)", LIGHT)
    curve, dot = chart.series
    assert curve.y == [100, 100, 50, 25, 0] and curve.x == AT.tolist()
    assert (dot.x, dot.y) == ([50], [50]) and [mark.at for mark in chart.marks] == [50]
    chart = wrong_answers(AT, FOUND, 3, "sure (%)", LIGHT)
    curve, dot = chart.series
    assert curve.y == [25, 25, 25, 0, None]  # 2 of 8, of 8, 1 of 4, 0 of 2, 0 of 0
    assert (dot.x, dot.y) == ([75], [0])
    assert chart.y.low == 0 < 25 < chart.y.high < 30 and (chart.x.low, chart.x.high) == (0, 100)
    chart = wrong_answers(AT[:3], Answers(np.array([3, 2, 1]), np.array([3, 2, 1])), 0, "sure", LIGHT)  # never wrong
    assert chart.series[0].y == [0, 0, 0] and chart.y.high > 0


def test_reliability_shows_bins_that_are_not_empty_with_their_counts():
    found = calibration(np.array([0.95, 0.91, 0.35, 0.39, 0.31, 0.33]), np.array([1, 1, 1, 0, 0, 0], bool))
    figure = reliability(found, LIGHT)
    bars, diagonal, points = figure.data
    assert list(bars.x) == [35, 95] and list(bars.y) == [25, 100]
    assert list(diagonal.x) == list(diagonal.y) == [0, 100]
    assert list(points.x) == pytest.approx([34.5, 93]) and list(points.y) == [25, 100]
    assert [note.text for note in figure.layout.annotations] == ["4", "2"]
    low = points.y - points.error_y.arrayminus
    assert (low >= 0).all() and (points.y + points.error_y.array <= 100 + 1e-9).all()


class TestThresholds:
    found = thresholds([0, 1, 1, 0, 1], [0.1, 0.9, 0.4, 0.4, 0.7])

    def test_roc(self):
        guessing, curve, dot = roc(self.found, 0.4, LIGHT).data
        assert list(guessing.x) == list(guessing.y) == [0, 100]
        assert list(curve.x) == [0, 0, 0, 50, 100] and list(curve.y) == pytest.approx([0, 100 / 3, 200 / 3, 100, 100])
        assert (dot.x[0], dot.y[0]) == (50, 100)

    def test_precision_over_recall(self):
        guessing, curve, dot = precision_recall(self.found, 0.5, LIGHT).data
        assert list(guessing.y) == pytest.approx([60, 60])  # 3 of 5
        assert list(curve.x) == pytest.approx([100 / 3, 200 / 3, 100, 100])
        assert list(curve.y) == pytest.approx([100, 100, 75, 60])
        assert (dot.x[0], dot.y[0]) == pytest.approx((200 / 3, 100))
