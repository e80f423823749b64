import math

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboard.charts.base import POINTS, smooth, thin
from dashboard.charts.curves import RATE_MARKS, accuracy_curves, loss_curves
from dashboard.theme import DARK, LIGHT
from nnlib.history import History

series = some.lists(some.floats(-100, 100, width=32), min_size=1, max_size=300)


def history(losses=(), *, rates=None, evaluations=((0.0, 2.4, 0.1, 2.5, 0.12),)):
    """Mini-batches of a tenth of an epoch with these losses, all with accuracy 0.25."""
    made = History()
    rates = [0.1] * len(losses) if rates is None else rates
    for step, (loss, rate) in enumerate(zip(losses, rates, strict=True), 1):
        made.batches.append(step / 10, loss, 0.25, rate)
    for row in evaluations:
        made.evaluations.append(*row)
    return made


TRAINED = ((0.0, 2.4, 0.1, 2.5, 0.12), (1.0, 1.2, 0.6, 1.25, 0.58), (2.0, 0.5, 0.9, 0.625, 0.875))


def named(figure):
    """{legend name: trace}"""
    return {trace.name: trace for trace in figure.data}


def levels(figure):
    """Heights of the horizontal lines that are not a curve."""
    return [shape.y0 for shape in figure.layout.shapes if shape.y0 == shape.y1]


def marks(figure):
    """Places of the vertical lines."""
    return [shape.x0 for shape in figure.layout.shapes if shape.x0 == shape.x1]


def notes(figure):
    return [note.text for note in figure.layout.annotations]


# Thinning


@given(series, some.integers(4, 50))
def test_thinning_keeps_ends_extremes_and_order_within_the_cap(values, points):
    y = np.array(values, np.float32)
    x = np.arange(len(y))
    kept_x, kept_y = thin(x, y, points)
    assert len(kept_x) == len(kept_y) <= max(points, 1)
    assert kept_x[0] == 0 and kept_x[-1] == len(y) - 1
    assert (np.diff(kept_x) > 0).all()
    np.testing.assert_array_equal(kept_y, y[kept_x])
    assert kept_y.min() == y.min() and kept_y.max() == y.max()


def test_a_short_series_is_left_as_it_is():
    x, y = np.arange(POINTS), np.zeros(POINTS)
    assert thin(x, y)[0] is x and thin(x, y)[1] is y


def test_a_single_spike_in_a_million_is_kept():
    y = np.zeros(1_000_000, np.float32)
    y[654_321] = 1
    x, kept = thin(np.arange(len(y)), y)
    assert x[kept == 1] == [654_321] and len(kept) <= POINTS


def test_thinning_keeps_the_kind_of_numbers():
    x, y = thin(np.arange(5000, dtype=np.float32), np.ones(5000, np.float32))
    assert x.dtype == y.dtype == np.float32


# Smoothing


@given(series, some.integers(1, 60))
def test_smoothing_is_the_mean_of_the_last_so_many(values, window):
    y = np.array(values, np.float32)
    naive = [sum(values[max(0, i + 1 - window) : i + 1]) / min(i + 1, window) for i in range(len(values))]
    smoothed = smooth(y, window)
    assert smoothed.dtype == np.float32
    np.testing.assert_allclose(smoothed, naive, rtol=1e-5, atol=1e-4)


def test_smoothing_nothing():
    assert len(smooth(np.array([], np.float32), 20)) == 0


# Curves


def test_the_curves_are_the_history():
    losses = [2.0, 1.0, 3.0, 0.5]
    curves = named(loss_curves(history(losses, evaluations=TRAINED), LIGHT, 10))
    np.testing.assert_allclose(curves["mini-batch"].x, [0.1, 0.2, 0.3, 0.4], rtol=1e-6)
    np.testing.assert_array_equal(curves["mini-batch"].y, losses)
    np.testing.assert_array_equal(curves["training"].x, [0, 1, 2])
    np.testing.assert_allclose(curves["training"].y, [2.4, 1.2, 0.5], rtol=1e-6)
    np.testing.assert_allclose(curves["validation"].y, [2.5, 1.25, 0.625], rtol=1e-6)


def test_smoothing_is_drawn_and_said():
    curves = named(loss_curves(history([2.0, 1.0, 3.0]), LIGHT, 10, smoothing=2))
    np.testing.assert_array_equal(curves["mini-batch, mean of 2"].y, [2.0, 1.5, 2.0])


def test_accuracy_is_in_per_cent():
    figure = accuracy_curves(history([1.0, 1.0], evaluations=TRAINED), LIGHT, 10)
    curves = named(figure)
    np.testing.assert_array_equal(curves["mini-batch"].y, [25, 25])
    np.testing.assert_allclose(curves["validation"].y, [12, 58, 87.5], rtol=1e-6)
    assert "%" in figure.layout.yaxis.title.text and tuple(figure.layout.yaxis.range) == (0, 101)


def test_on_the_logarithmic_axis_accuracy_becomes_the_share_of_mistakes():
    figure = accuracy_curves(history([1.0], evaluations=TRAINED), LIGHT, 10, log=True)
    np.testing.assert_allclose(named(figure)["validation"].y, [88, 42, 12.5], rtol=1e-6)
    assert figure.layout.yaxis.type == "log" and "mistakes" in figure.layout.yaxis.title.text
    assert levels(figure) == [90] and "90 %" in notes(figure)[0]


@pytest.mark.parametrize("curves", [loss_curves, accuracy_curves])
@pytest.mark.parametrize("log", [False, True])
def test_before_the_first_step_there_is_a_point_of_each_split(curves, log):
    figure = curves(history(), LIGHT, 10, log=log)
    drawn = named(figure)
    assert len(drawn["mini-batch"].y) == 0
    assert len(drawn["training"].y) == len(drawn["validation"].y) == 1
    assert "markers" in drawn["validation"].mode
    assert tuple(figure.layout.xaxis.range) == (0, 1.02)


@pytest.mark.parametrize("curves", [loss_curves, accuracy_curves])
@pytest.mark.parametrize("log", [False, True])
def test_plotly_finds_nothing_wrong_in_what_was_put_together_without_it(curves, log):
    figure = curves(history([1.0] * 4, rates=[0.1, 0.1, 0.3, 0.3], evaluations=TRAINED), LIGHT, 10, log=log)
    checked = go.Figure(figure.to_dict())  # raises for a name or a value that Plotly does not know
    assert checked.to_plotly_json()["layout"].keys() == figure.to_plotly_json()["layout"].keys() | {"template"}
    with pytest.raises(ValueError, match="mod"):
        go.Figure({"data": [{"type": "scatter", "mod": "lines"}]})


@pytest.mark.parametrize("n", [2, 10])
@pytest.mark.parametrize("log", [False, True])
def test_the_loss_of_guessing_is_a_line_at_its_logarithm(n, log):
    figure = loss_curves(history([1.0], evaluations=TRAINED), LIGHT, n, log=log)
    assert levels(figure) == [math.log(n)]
    assert notes(figure) == [f"guessing: ln {n} = {math.log(n):.3f}"]


@pytest.mark.parametrize("curves", [loss_curves, accuracy_curves])
def test_what_is_said_of_guessing_stands_at_its_line(curves):
    for log in (False, True):
        figure = curves(history(), LIGHT, 10, log=log)
        [note] = figure.layout.annotations
        # Plotly places a line on a logarithmic axis by its value, and an annotation by the value's logarithm.
        assert note.y == pytest.approx(math.log10(levels(figure)[0]) if log else levels(figure)[0])


@pytest.mark.parametrize(("n", "per_cent"), [(2, 50), (10, 10)])
def test_the_accuracy_of_guessing_is_a_line(n, per_cent):
    assert levels(accuracy_curves(history(), LIGHT, n)) == [per_cent]


def test_the_axis_of_the_loss_begins_at_zero_or_is_logarithmic():
    assert loss_curves(history([1.0]), LIGHT, 10).layout.yaxis.rangemode == "tozero"
    assert loss_curves(history([1.0]), LIGHT, 10, log=True).layout.yaxis.type == "log"


@pytest.mark.parametrize("curves", [loss_curves, accuracy_curves])
def test_both_axes_are_named(curves):
    figure = curves(history(), LIGHT, 10)
    assert "epochs" in figure.layout.xaxis.title.text and "(" in figure.layout.yaxis.title.text


def test_the_axis_of_time_holds_everything_and_at_least_an_epoch():
    assert loss_curves(history([1.0] * 3), LIGHT, 10).layout.xaxis.range[1] == pytest.approx(1.02)
    assert loss_curves(history([1.0] * 35), LIGHT, 10).layout.xaxis.range[1] == pytest.approx(1.02 * 3.5)
    assert loss_curves(history(evaluations=TRAINED), LIGHT, 10).layout.xaxis.range[1] == pytest.approx(1.02 * 2)


def test_a_long_history_is_drawn_with_few_points_in_single_precision():
    long = history(np.random.default_rng(0).random(5000), evaluations=[(i, 1, 1, 1, 1) for i in range(1000)])
    for figure in (loss_curves(long, LIGHT, 10), accuracy_curves(long, LIGHT, 10)):
        for trace in figure.data:
            assert len(trace.x) == len(trace.y) <= POINTS
            assert trace.x.dtype == trace.y.dtype == np.float32


def test_a_loss_beyond_all_bounds_does_no_harm():
    broken = history([1.0, math.inf, math.nan], evaluations=[*TRAINED, (3.0, math.nan, 0.1, math.inf, 0.1)])
    for log in (False, True):
        assert len(named(loss_curves(broken, LIGHT, 10, log=log))["mini-batch"].y) == 3


# Marks where the learning rate was changed


def test_no_marks_without_a_change():
    assert marks(loss_curves(history([1.0] * 5), LIGHT, 10)) == []
    assert marks(loss_curves(history([1.0]), LIGHT, 10)) == []


@pytest.mark.parametrize("curves", [loss_curves, accuracy_curves])
def test_a_change_of_the_learning_rate_is_marked_where_it_took_effect(curves):
    figure = curves(history([1.0] * 6, rates=[0.1, 0.1, 0.03, 0.03, 0.03, 0.3]), LIGHT, 10)
    assert marks(figure) == pytest.approx([0.2, 0.5])  # the last position trained at the old rate
    assert [note for note in notes(figure) if note.startswith("lr")] == ["lr 0.03", "lr 0.3"]


def test_only_the_newest_changes_are_marked():
    rates = [0.1, 0.2] * 10
    figure = loss_curves(history([1.0] * 20, rates=rates), LIGHT, 10)
    assert marks(figure) == pytest.approx(np.arange(20 - RATE_MARKS, 20) / 10)


def test_the_small_moves_of_a_schedule_are_not_marked():
    rates = [0.1 * 0.99**step for step in range(300)]
    assert rates[-1] < 0.01
    assert marks(loss_curves(history([1.0] * 300, rates=rates), LIGHT, 10)) == []


# Colours


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_colours_are_the_theme_s(theme):
    figure = loss_curves(history([1.0], evaluations=TRAINED), theme, 10)
    curves = named(figure)
    assert curves["training"].line.color == theme.train and curves["validation"].line.color == theme.validation
    assert curves["mini-batch"].line.color == theme.batch
    assert figure.layout.font.color == theme.ink
    assert curves["training"].marker.symbol != curves["validation"].marker.symbol  # told apart without colours too
