import json
import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from dashboard.charts.history_marks import MOST_MARKS
from dashboard.charts.lines import POINTS
from dashboard.components.line_chart import plain
from dashboard.theme import DARK, LIGHT
from dashboard.train.learning_curves import accuracy_curves, common, loss_curves
from nnlib.history import History, Intervened
from nnlib.recipes import LIVE, Recipe


def history(losses=(), *, evaluations=((0.0, 2.4, 0.1, 2.5, 0.12),)):
    """Mini-batches of a tenth of an epoch with these losses, all with accuracy 0.25."""
    made = History()
    for step, loss in enumerate(losses, 1):
        made.batches.append(step / 10, loss, 0.25, 0.1)
    for row in evaluations:
        made.evaluations.append(*row)
    return made


TRAINED = ((0.0, 2.4, 0.1, 2.5, 0.12), (1.0, 1.2, 0.6, 1.25, 0.58), (2.0, 0.5, 0.9, 0.625, 0.875))


def named(chart):
    """{name in the legend: series}"""
    return {series.name: series for series in chart.series}


def places(guides):
    return [guide.at for guide in guides]


def meanings(guides):
    return [guide.meaning for guide in guides]


# Curves


def test_the_curves_are_the_history_and_smoothing_is_said():
    losses = [2.0, 1.0, 3.0, 0.5]
    curves = named(loss_curves(history(losses, evaluations=TRAINED), LIGHT, 10))
    assert curves["mini-batch"].x == [0.1, 0.2, 0.3, 0.4] and curves["mini-batch"].y == losses
    assert curves["training"].x == curves["validation"].x == [0, 1, 2]
    assert curves["training"].y == [2.4, 1.2, 0.5] and curves["validation"].y == [2.5, 1.25, 0.625]
    curves = named(loss_curves(history(losses[:3]), LIGHT, 10, smoothing=2))
    assert curves["mini-batch, mean of 2"].y == [2.0, 1.5, 2.0]


def test_accuracy_is_in_per_cent():
    chart = accuracy_curves(history([1.0, 1.0], evaluations=TRAINED), LIGHT, 10)
    curves = named(chart)
    assert curves["mini-batch"].y == [25, 25] and curves["validation"].y == [12, 58, 87.5]
    assert "%" in chart.y.title and chart.unit == "%" and (chart.y.low, chart.y.high, chart.y.log) == (0, 101, False)


def test_on_the_logarithmic_axis_accuracy_becomes_the_share_of_mistakes():
    chart = accuracy_curves(history([1.0], evaluations=TRAINED), LIGHT, 10, log=True)
    assert named(chart)["validation"].y == [88, 42, 12.5]
    assert chart.y.log and "mistakes" in chart.y.title
    assert places(chart.levels) == [90] and meanings(chart.levels) == ["guessing: 90 % wrong"]


@pytest.mark.parametrize("curves", [loss_curves, accuracy_curves])
@pytest.mark.parametrize("log", [False, True])
def test_before_the_first_step_there_is_a_point_of_each_split_and_both_axes_are_named(curves, log):
    chart = curves(history(), LIGHT, 10, log=log)
    drawn = named(chart)
    assert drawn["mini-batch"].x == drawn["mini-batch"].y == []
    assert drawn["training"].x == drawn["validation"].x == [0]
    assert len(drawn["training"].y) == len(drawn["validation"].y) == 1
    assert (chart.x.low, chart.x.high) == (0, 1.02)
    assert "epochs" in chart.x.title and "(" in chart.y.title and chart.place == "epoch" and chart.unit


@pytest.mark.parametrize("curves", [loss_curves, accuracy_curves])
@pytest.mark.parametrize("log", [False, True])
def test_the_browser_gets_all_of_it_as_json(curves, log):
    chart = curves(history([1.0, math.nan], evaluations=TRAINED), LIGHT, 10, log=log)
    sent = json.loads(json.dumps(plain(chart), allow_nan=False))
    assert sent.keys() == vars(chart).keys()
    assert [series["y"] for series in sent["series"]] == [series.y for series in chart.series]
    assert sent["y"] == vars(chart.y) and sent["marks"] == [vars(mark) for mark in chart.marks]


@pytest.mark.parametrize(("n", "per_cent"), [(2, 50), (10, 10)])
def test_guessing_is_a_line(n, per_cent):
    for log in (False, True):
        [level] = loss_curves(history([1.0], evaluations=TRAINED), LIGHT, n, log=log).levels
        assert level.at == math.log(n) and level.meaning == f"guessing: ln {n} = {math.log(n):.3f}"
    [level] = accuracy_curves(history(), LIGHT, n).levels
    assert level.at == per_cent and level.meaning == f"guessing: {per_cent} %"


def test_the_axis_of_the_loss_begins_at_zero_or_is_logarithmic():
    linear, log = (loss_curves(history([1.0]), LIGHT, 10, log=log).y for log in (False, True))
    assert linear.low == 0 and linear.high is None and not linear.log
    assert log.low is log.high is None and log.log


def test_the_axis_of_time_holds_everything_and_at_least_an_epoch():
    for made, epochs in ((history([1.0] * 3), 1), (history([1.0] * 35), 3.5), (history(evaluations=TRAINED), 2)):
        assert loss_curves(made, LIGHT, 10).x.high == pytest.approx(1.02 * epochs)


def test_a_long_history_is_drawn_with_few_points_in_single_precision():
    long = history(np.random.default_rng(0).random(5000), evaluations=[(i, 1, 1, 1, 1) for i in range(1000)])
    for chart in (loss_curves(long, LIGHT, 10), accuracy_curves(long, LIGHT, 10)):
        for series in chart.series:
            assert len(series.x) == len(series.y) <= POINTS
        assert len(json.dumps(plain(chart))) < 30_000


def test_a_loss_beyond_all_bounds_is_a_gap():
    broken = history([1.0, math.inf, math.nan], evaluations=[*TRAINED, (3.0, math.nan, 0.1, math.inf, 0.1)])
    for log in (False, True):
        assert named(loss_curves(broken, LIGHT, 10, log=log))["mini-batch"].y == [1.0, None, None]


# Marks where something was changed by hand


def changed(*recipes):
    """A history of a tenth of an epoch with each of these recipes."""
    made = History()
    for step, recipe in enumerate(recipes, 1):
        made.add_batch(recipe, step / 10, 1.0, 0.25, recipe.learning_rate)
    made.evaluations.append(0.0, 2.4, 0.1, 2.5, 0.12)
    return made


@pytest.mark.parametrize("curves", [loss_curves, accuracy_curves])
def test_a_change_by_hand_is_marked_where_it_took_effect_and_changes_at_one_step_share_a_mark(curves):
    first, larger = Recipe(), replace(Recipe(), batch_size=256)
    last = replace(larger, optimizer="adam", learning_rate=0.001)
    marks = curves(changed(first, first, larger, larger, larger, last), LIGHT, 10).marks
    assert places(marks) == pytest.approx([0.2, 0.5])  # the last position trained at the old settings
    assert meanings(marks) == ["batch 64 → 256", "SGD → Adam, lr 0.1 → 0.001"]


@pytest.mark.parametrize("field", LIVE)
def test_every_setting_that_can_change_while_training_is_marked(field):
    values = {"optimizer": "adam", "batch_size": None} | dict.fromkeys(("shift", "rotation", "distortion"), 1)
    [mark] = loss_curves(changed(Recipe(), replace(Recipe(), **{field: values.get(field, 0.25)})), LIGHT, 10).marks
    assert mark.at == pytest.approx(0.1) and " → " in mark.meaning


def test_only_the_newest_changes_are_marked_and_no_change_that_changed_nothing():
    fast, slow = replace(Recipe(), learning_rate=0.2), Recipe()
    chart = loss_curves(changed(*[fast, slow] * 10), LIGHT, 10)
    assert places(chart.marks) == pytest.approx(np.arange(20 - MOST_MARKS, 20) / 10)
    for same in ([slow], [slow] * 5, [slow, replace(slow), slow]):
        assert loss_curves(changed(*same), LIGHT, 10).marks == []


# Colours


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_colours_are_the_theme_s(theme):
    chart = loss_curves(history([1.0], evaluations=TRAINED), theme, 10)
    curves = named(chart)
    assert curves["training"].colour == theme.train and curves["validation"].colour == theme.validation
    assert curves["mini-batch"].colour == theme.batch
    assert chart.colours["ink"] == theme.ink and chart.colours["paper"] == theme.paper
    assert curves["training"].symbol != curves["validation"].symbol  # told apart without colours too
    assert curves["mini-batch"].width < curves["training"].width


# Other branches, and the place that is shown


def left_behind():
    """Two histories that part after the mini-batch at 1.0: the present one goes on to 1.5, the other one to 3."""
    start = [2.0 - step / 10 for step in range(10)]
    rows = TRAINED[:2]
    present = history([*start, *[0.9] * 5], evaluations=(*rows, (1.5, 0.8, 0.7, 0.85, 0.7)))
    other = history([*start, *[0.5] * 20], evaluations=(*rows, TRAINED[2], (3.0, 0.25, 0.95, 0.5, 0.9)))
    return present, other


def test_up_to_where_two_histories_are_the_same():
    present, other = left_behind()
    assert common(present, other) == common(other, present) == 1.0
    assert common(present, present) == 1.5
    assert common(history([1.0]), history([2.0])) == common(history(), present) == 0.0


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_branch_that_was_left_is_drawn_faint_from_where_it_parts(theme):
    present, other = left_behind()
    chart = loss_curves(present, theme, 10, branches={"branch 1": other})
    curve = named(chart)["validation, branch 1"]
    assert (curve.x, curve.y) == ([1.0, 2.0, 3.0], [1.25, 0.625, 0.5])
    assert curve.opacity < 1 and curve.width < named(chart)["validation"].width and curve.colour == theme.validation
    assert named(chart)["training, branch 1"].y == [1.2, 0.5, 0.25]
    assert named(chart)["validation"].x == [0.0, 1.0, 1.5], "the present one is drawn as ever"
    assert chart.x.high > 3, "the axis holds all of them"
    assert list(named(chart)).index("validation, branch 1") < list(named(chart)).index("validation"), "below"


def test_of_many_branches_the_newest_are_drawn_in_per_cent_and_as_mistakes():
    present, other = left_behind()
    branches = {f"branch {number}": other for number in range(1, 7)}
    for log, expected in ((False, [58, 87.5, 90]), (True, [42, 12.5, 10])):
        drawn = named(accuracy_curves(present, LIGHT, 10, log=log, branches=branches))
        assert drawn["validation, branch 4"].y == pytest.approx(expected)
        assert {name[-1] for name in drawn if "branch" in name} == {"4", "5", "6"}


@pytest.mark.parametrize("curves", [loss_curves, accuracy_curves])
def test_the_place_that_is_shown_is_marked(curves):
    present, _ = left_behind()
    last = curves(present, LIGHT, 10, here=0.4).marks[-1]
    assert (last.at, last.meaning) == (0.4, "shown here")
    assert "shown here" not in meanings(curves(present, LIGHT, 10).marks)
    assert places(curves(present, LIGHT, 10, here=0.0).marks) == [0.0], "the very start is a place too"


def test_where_weights_were_changed_by_hand_is_marked():
    made = history([1.0, 0.9], evaluations=TRAINED)
    made.interventions += [Intervened(0.5, 1, None), Intervened(1.25, 2, None)]
    for chart in (loss_curves(made, LIGHT, 10), accuracy_curves(made, LIGHT, 10)):
        assert [mark.at for mark in chart.marks if mark.meaning == "changed by hand"] == [0.5, 1.25]


# Evaluations far apart, and runs before this one


@pytest.mark.parametrize("curves", [loss_curves, accuracy_curves])
def test_evaluations_far_apart_are_not_joined(curves):
    rows = [(epoch, 1.0, 0.5, 1.0, 0.5) for epoch in (0, 0.3, 1, 2, 7, 8)]
    validation = named(curves(history(evaluations=rows), LIGHT, 10))["validation"]
    joined = [
        pair for pair in pairwise(zip(validation.x, validation.y, strict=True)) if None not in (*pair[0], *pair[1])
    ]
    assert [(a, b) for (a, _), (b, _) in joined] == [(0, 0.3), (0.3, 1), (1, 2), (7, 8)]
    assert [x for x, y in zip(validation.x, validation.y, strict=True) if y is not None] == [row[0] for row in rows]


def test_of_a_long_training_that_is_thinned_only_the_true_gap_is_left_open():
    epochs = [*range(2000), *range(2500, 4000)]
    rows = [(epoch, 1.0, 0.5, 1.0 + epoch % 7, 0.5) for epoch in epochs]
    validation = named(loss_curves(history(evaluations=rows), LIGHT, 10))["validation"]
    assert [x for x, y in zip(validation.x, validation.y, strict=True) if y is None] == [1999]


@pytest.mark.parametrize(("curves", "values"), [(loss_curves, [2.5, 1.25, 0.625]), (accuracy_curves, [12, 58, 87.5])])
def test_of_runs_before_this_one_the_validation_curves_are_drawn_faint_and_whole(curves, values):
    now, before = history([1.0] * 3), history(evaluations=TRAINED)
    chart = curves(now, LIGHT, 10, earlier={"784-9-10": before, "784-8-10": history(evaluations=TRAINED[:2])})
    drawn = named(chart)
    first, second = drawn["validation, 784-9-10"], drawn["validation, 784-8-10"]
    assert (first.x, first.y) == ([0, 1, 2], values) and second.x == [0, 1]
    assert first.opacity < 1 and first.width < drawn["validation"].width and first.dash != second.dash
    assert list(drawn)[-1] == "validation", "on top"
    assert [series.name for series in chart.series if "training" in series.name] == ["training"]


def test_a_longer_run_before_leaves_the_present_one_half_of_the_axis():
    before = history(evaluations=[(epoch, 1.0, 0.5, 1.0, 0.5) for epoch in range(501)])
    for steps, end in ((3, 2.0), (50, 10.0)):
        assert loss_curves(history([1.0] * steps), LIGHT, 10, earlier={"a": before}).x.high == pytest.approx(1.02 * end)
    short = history(evaluations=TRAINED)
    assert loss_curves(history([1.0] * 15), LIGHT, 10, earlier={"a": short}).x.high == pytest.approx(1.02 * 2)
