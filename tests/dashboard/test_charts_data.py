"""The charts of the data and of one digit, by their numbers."""

import numpy as np
import pytest

from dashboard.charts.digit_heatmap import enlarged
from dashboard.data.class_balance_chart import class_balance, split_sizes
from dashboard.data.pixel_histogram import pixel_histogram
from dashboard.mistakes.class_scores_chart import class_bars
from dashboard.theme import DARK, LIGHT
from nnlib.scaling import STANDARD, UNIT

COUNTS = {"training": np.array([30, 70]), "validation": np.array([5, 5]), "test": np.array([1, 3])}


def test_bars_of_the_classes_start_at_zero():
    figure = class_balance(COUNTS, ("cat", "dog"), LIGHT)
    assert [bar.name for bar in figure.data] == list(COUNTS)
    assert [list(bar.y) for bar in figure.data] == [[30, 70], [5, 5], [1, 3]]
    assert figure.layout.yaxis.rangemode == "tozero" and figure.layout.yaxis.title.text == "digits"
    assert list(figure.data[0].x) == ["cat", "dog"] and figure.layout.xaxis.type == "category"


def test_shares_of_a_split_add_up_to_a_hundred():
    figure = class_balance(COUNTS, ("cat", "dog"), LIGHT, per_cent=True)
    assert [list(bar.y) for bar in figure.data] == [[30, 70], [50, 50], [25, 75]]
    assert [bar.customdata[1].tolist() for bar in figure.data] == [[70, 70], [5, 50], [3, 75]]  # hovering gives both
    assert figure.layout.shapes[0].y0 == 50 and "%" in figure.layout.yaxis.title.text


def test_the_splits_are_drawn_to_one_scale_used_and_unused():
    figure = split_sizes({"training": (800, 55_000), "validation": (200, 5_000), "test": (10_000, 10_000)}, DARK)
    used, unused = figure.data
    assert list(used.x) == [800, 200, 10_000] and list(unused.x) == [54_200, 4_800, 0]
    assert list(used.y) == list(unused.y) == ["training", "validation", "test"]
    assert list(unused.text) == ["800", "200", "10,000"] and used.text is None
    assert (
        figure.layout.barmode == "stack" and figure.layout.xaxis.range[0] == 0 < 55_000 < figure.layout.xaxis.range[1]
    )
    assert tuple(used.marker.color) == (DARK.train, DARK.validation, DARK.muted)


@pytest.mark.parametrize("scaling", [UNIT, STANDARD])
def test_the_histogram_is_the_same_before_and_after_scaling_on_another_axis(scaling):
    counts = np.arange(256) ** 2
    figure = pixel_histogram(counts, LIGHT, scaling)
    outline, ends = figure.data
    assert list(outline.x) == list(range(256))
    np.testing.assert_allclose(outline.customdata[:, 2], scaling.apply(np.arange(256, dtype=np.uint8)), atol=1e-6)
    assert outline.y[0] == 0.5 and list(outline.y[1:]) == counts[1:].tolist()  # none is drawn at the bottom
    assert outline.customdata[:, 0].tolist() == counts.tolist()  # but told as it is
    assert outline.customdata[:, 1].sum() == pytest.approx(100)
    stored, received = figure.layout.xaxis.range, figure.layout.xaxis2.range
    assert stored[0] < 0 and stored[1] > 255
    np.testing.assert_allclose(np.array(stored) * scaling.factor + scaling.offset, received)  # the same places
    assert ends.xaxis == "x2"
    assert figure.layout.yaxis.type == "log" and counts.max() <= 10 ** figure.layout.yaxis.range[1]


def test_a_digit_is_drawn_with_its_numbers_and_what_they_become():
    pixels = np.arange(6, dtype=np.uint8) * 40
    figure = enlarged(pixels, (2, 3), LIGHT, inputs=pixels / 255)
    (heatmap,) = figure.data
    assert heatmap.z.tolist() == [[0, 40, 80], [120, 160, 200]]
    assert heatmap.customdata.tolist() == (pixels / 255).reshape(2, 3).tolist()
    assert (heatmap.zmin, heatmap.zmax) == (0, 255)
    assert heatmap.colorscale[0][1] == LIGHT.paper and heatmap.colorscale[-1][1] == LIGHT.ink
    assert figure.layout.yaxis.range == (1.5, -0.5)  # row 0 at the top
    assert figure.layout.yaxis.scaleanchor == "x"  # pixels are squares


def test_bars_mark_the_truth_and_the_wrong_guess():
    figure = class_bars(np.array([0.25, 0.7, 0.05]), 0, 1, ("a", "b", "c"), LIGHT)
    (bars,) = figure.data
    assert list(bars.x) == [25, 70, 5] and list(bars.text) == ["25.0 %", "70.0 %", "5.0 %"]
    assert list(figure.layout.yaxis.ticktext) == ["✓ a", "✗ b", "c"]
    assert list(bars.marker.color) == [LIGHT.right, LIGHT.wrong, LIGHT.batch]
    assert figure.layout.xaxis.range[0] == 0 and figure.layout.xaxis.range[1] >= 100


def test_a_right_guess_has_only_a_tick():
    figure = class_bars(np.array([0.1, 0.9]), 1, 1, ("a", "b"), LIGHT)
    assert list(figure.layout.yaxis.ticktext) == ["a", "✓ b"]


def test_scores_are_not_called_probabilities():
    figure = class_bars(np.array([-0.5, 1.25]), 1, 1, ("a", "b"), LIGHT, probabilities=False)
    assert list(figure.data[0].x) == [-0.5, 1.25] and list(figure.data[0].text) == ["-0.5", "1.25"]
    assert figure.layout.xaxis.title.text.startswith("score") and figure.layout.xaxis.range is None
