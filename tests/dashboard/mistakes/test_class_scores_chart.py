import numpy as np

from dashboard.mistakes.class_scores_chart import class_bars
from dashboard.theme import LIGHT


def test_bars_mark_the_truth_and_the_wrong_guess():
    figure = class_bars(np.array([0.25, 0.7, 0.05]), 0, 1, ("a", "b", "c"), LIGHT)
    (bars,) = figure.data
    assert list(bars.x) == [25, 70, 5] and list(bars.text) == ["25.0 %", "70.0 %", "5.0 %"]
    assert list(figure.layout.yaxis.ticktext) == ["✓ a", "✗ b", "c"]
    assert list(bars.marker.color) == [LIGHT.right, LIGHT.wrong, LIGHT.batch]
    assert figure.layout.xaxis.range[0] == 0 and figure.layout.xaxis.range[1] >= 100


def test_scores_are_not_called_probabilities():
    figure = class_bars(np.array([-0.5, 1.25]), 1, 1, ("a", "b"), LIGHT, probabilities=False)
    assert list(figure.layout.yaxis.ticktext) == ["a", "✓ b"]  # a right guess has only a tick
    assert list(figure.data[0].x) == [-0.5, 1.25] and list(figure.data[0].text) == ["−0.5", "1.25"]
    assert figure.layout.xaxis.title.text.startswith("score") and figure.layout.xaxis.range is None


def test_of_many_classes_the_strongest_and_the_truth():
    names = tuple(f"class <{k}>" for k in range(47))
    figure = class_bars(np.linspace(0.5, 0, 47), 46, 0, names, LIGHT)
    shown = figure.layout.yaxis.ticktext
    assert len(shown) == 21 and shown[0] == "✗ class &lt;0&gt;" and shown[-1] == "✓ class &lt;46&gt;"
    assert figure.data[0].customdata[-1] == "class &lt;46&gt;" and figure.data[0].x[-1] == 0
