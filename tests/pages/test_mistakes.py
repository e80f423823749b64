"""Mistakes: where is it wrong, and why?"""

import csv
import io
import json
import re

import numpy as np
import pytest

from dashboard.components import heatmap_grid
from dashboard.core import lab as lab_module
from dashboard.mistakes.misclassified_view import PAGE_SIZES
from dashboard.notation.numbers import signed
from nnlib.losses import MeanSquaredError

PAGE = "pages/mistakes.py"
FEW = {"hidden": "16", "examples": "2000"}


@pytest.fixture
def untrained(open_app, shown):
    return open_app(**FEW).switch_page(PAGE).run()


@pytest.fixture
def trained(untrained):
    trainer = lab(untrained).trainer
    for _ in range(100):
        trainer.step()
    trainer.evaluate_now()
    return untrained.run()


def lab(at):
    return at.session_state["lab"]


def evaluation(at, split="validation"):
    return lab(at).trainer.evaluate(getattr(lab(at).trainer.digits, split))


def texts(at):
    return " ".join(each.value for each in [*at.markdown, *at.caption, *at.info, *at.success])


def misread(at):
    """What the page says: how many digits are misread, and of how many."""
    return tuple(int(n.replace(",", "")) for n in re.search(r"\*\*([\d,]+) of ([\d,]+)\*\*", texts(at)).groups())


def one_digit(at):
    """Number of the digit shown in detail, None without one."""
    found = re.search(r"\w+ digit no\. ([\d,]+)\.", texts(at))
    return found and int(found.group(1).replace(",", ""))


def table(at):
    """The cells of the table of attributions, by rows, without its head."""
    [text] = [each.value for each in at.markdown if each.value.startswith("| |")]
    return [re.sub(r"[* ]", "", line).strip("|").split("|") for line in text.splitlines()[2:]]


def widget(at, kind, name):
    """The widget whose key starts so; the rest of the key says for which data."""
    [found] = [each for each in getattr(at, kind) if each.key and each.key.startswith(name)]
    return found


def gallery(shown):
    """Numbers of the digits in the gallery, from 1."""
    return shown["mistakes_gallery"][1]


def look_at(at, view):
    """Choose one of the page's views."""
    at.segmented_control(key="mistakes_view").set_value(view).run()


def figure(at, chart):
    [found] = [each for each in at.get("plotly_chart") if each.proto.id.endswith(f"-{chart}")]
    return json.loads(found.proto.spec)


# What is there


def test_untrained_it_says_what_to_press_and_counts_its_mistakes(untrained):
    wrong = len(evaluation(untrained).mistakes())
    assert wrong > 4000 and misread(untrained) == (wrong, 5000)
    assert "**Run**" in texts(untrained)


def test_trained_it_counts_its_mistakes(trained, shown):
    wrong = len(evaluation(trained).mistakes())
    assert misread(trained) == (wrong, 5000) and "**Run**" not in texts(trained)
    assert len(gallery(shown)) == PAGE_SIZES[0] and f"1 to 15 of {wrong:,}." in texts(trained)


def test_the_gallery_begins_with_the_most_confident_and_can_be_sorted_otherwise(trained, shown):
    now, wrong = evaluation(trained), evaluation(trained).mistakes()
    confidence = lab(trained).trainer.loss.class_probabilities(now.scores)[now.predicted, range(5000)]
    assert gallery(shown) == [i + 1 for i in sorted(wrong, key=lambda i: -confidence[i])[:15]]
    for order, key in (
        ("least sure", lambda i: confidence[i]),
        ("highest loss", lambda i: -now.losses[i]),
        ("by number", lambda i: i),
    ):
        trained.segmented_control(key="mistakes_order").set_value(order).run()
        assert gallery(shown) == [i + 1 for i in sorted(wrong, key=key)[:15]]


def test_captions_say_guess_and_truth_with_tick_and_cross(trained, shown):
    now, first = evaluation(trained), gallery(shown)[0] - 1
    html = shown["mistakes_gallery"][0]
    assert html.count("<figure") == 15
    assert f"✗\u00a0{now.predicted[first]} → ✓\u00a0{now.labels[first]}\n" in html


@pytest.mark.parametrize(("truth", "guess"), [(4, "any"), ("any", 9), (4, 9)])
def test_filters(trained, shown, truth, guess):
    widget(trained, "selectbox", "truth_validation").set_value(truth)
    widget(trained, "selectbox", "guess_validation").set_value(guess)
    trained.select_slider(key="mistakes_page_size").set_value(PAGE_SIZES[-1]).run()
    now = evaluation(trained)
    expected = [i + 1 for i in now.mistakes() if truth in ("any", now.labels[i]) and guess in ("any", now.predicted[i])]
    assert set(gallery(shown)) <= set(expected) and len(gallery(shown)) == min(len(expected), PAGE_SIZES[-1]) > 3
    assert f" of {len(expected):,}." in texts(trained)


def test_a_filter_that_nothing_passes_leaves_no_gallery(trained, shown):
    widget(trained, "selectbox", "truth_validation").set_value(3)
    shown.clear()
    widget(trained, "selectbox", "guess_validation").set_value(3).run()
    assert len(trained.success) == 1 and "mistakes_gallery" not in shown and not trained.exception


def test_pages_follow_each_other_and_end_with_the_last_mistake(trained, shown):
    trained.segmented_control(key="mistakes_order").set_value("by number").run()
    wrong = (evaluation(trained).mistakes() + 1).tolist()
    last = -(-len(wrong) // 15)
    trained.session_state["mistakes_page"] = 2
    trained.run()
    assert gallery(shown) == wrong[15:30] and f"16 to 30 of {len(wrong):,}" in texts(trained)
    trained.session_state["mistakes_page"] = last
    trained.run()
    assert gallery(shown) == wrong[15 * (last - 1) :]
    widget(trained, "selectbox", "truth_validation").set_value(1).run()  # fewer pages than the one that was open
    assert not trained.exception and gallery(shown)


# The confusion matrix


def test_the_matrix_shows_the_counts_and_by_choice_per_cent(trained, shown):
    now = evaluation(trained)
    counts = [[int(((now.labels == t) & (now.predicted == g)).sum()) for g in range(10)] for t in range(10)]
    html, choices, chosen = shown["confusion"]
    assert chosen == (None, None) and f">{counts[4][9]}</div>" in html
    cells = [choice for choice in choices if None not in choice]
    assert set(cells) == {(t, g) for t in range(10) for g in range(10) if t != g and counts[t][g]}
    trained.segmented_control(key="confusion_unit").set_value("% of the true class").run()
    assert f">{counts[4][9] / 5:.1f}</div>" in shown["confusion"][0]


def test_a_click_on_a_cell_filters_the_gallery_and_another_lifts_the_filter(trained, shown):
    shown.click["confusion"] = [4, 9]
    trained.run()
    now = evaluation(trained)
    assert {(now.labels[i - 1], now.predicted[i - 1]) for i in gallery(shown)} == {(4, 9)}
    trained.run()
    assert shown["confusion"][2] == (4, 9)  # outlined
    assert widget(trained, "selectbox", "truth_validation").value == 4
    shown.click["confusion"] = [4, 9]
    trained.run()
    assert len({now.labels[i - 1] for i in gallery(shown)}) > 1
    shown.click["confusion"] = [8, None]
    trained.run()
    assert {now.labels[i - 1] for i in gallery(shown)} == {8}
    assert len({now.predicted[i - 1] for i in gallery(shown)}) > 1


# One digit


def test_without_a_choice_the_most_confident_error_is_enlarged(trained, shown):
    assert one_digit(trained) == gallery(shown)[0]


def test_a_click_enlarges_the_digit_with_its_probabilities(trained, shown):
    number = gallery(shown)[3]
    shown.click["mistakes_gallery"] = number
    trained.run()
    now = evaluation(trained)
    assert widget(trained, "number_input", "mistake_validation").value == one_digit(trained) == number
    [bars] = figure(trained, "mistake_probabilities")["data"]
    marks = figure(trained, "mistake_probabilities")["layout"]["yaxis"]["ticktext"]
    assert marks[now.labels[number - 1]].startswith("✓") and marks[now.predicted[number - 1]].startswith("✗")
    assert len(bars["text"]) == 10


def test_a_digit_that_is_read_right_can_be_chosen_too(trained):
    now = evaluation(trained)
    right = next(i for i in range(5000) if now.predicted[i] == now.labels[i])
    widget(trained, "number_input", "mistake_validation").set_value(right + 1).run()
    assert one_digit(trained) == right + 1
    marks = figure(trained, "mistake_probabilities")["layout"]["yaxis"]["ticktext"]
    assert marks[now.labels[right]].startswith("✓") and "✗" not in "".join(marks)


@pytest.fixture
def painted(monkeypatch):
    """The last pictures of an attribution: names, values, limit and outline."""
    seen = {}

    def show(pictures, which, values, limit, theme, *, outline, **_):
        seen.update(names=pictures.names, values=values, limit=limit, outline=outline)

    monkeypatch.setattr(heatmap_grid, "show", show)
    return seen


def test_what_the_scores_came_from_adds_up_to_their_difference(painted, trained, shown):
    trained.run()
    now, first = evaluation(trained), gallery(shown)[0] - 1
    truth, guess = now.labels[first], now.predicted[first]
    assert [re.findall(r"[\d✓✗]", name) for name in painted["names"]] == [
        [f"{guess}", "✗"],
        [f"{truth}", "✓"],
        [f"{guess}", f"{truth}"],
    ]
    np.testing.assert_allclose(painted["values"][0] - painted["values"][1], painted["values"][2], atol=1e-5)
    image = lab(trained).trainer.digits.validation.images[first]
    assert (painted["values"][:, image == 0] == 0).all() and painted["values"].any()
    assert painted["outline"].startswith("M")
    rows = table(trained)
    assert rows[0][-1] == signed(now.scores[guess, first]) and {len(row) for row in rows} == {4}  # nothing is left over
    assert "exact" in texts(trained)


def test_any_class_can_be_explained(painted, trained, shown):
    first = gallery(shown)[0] - 1
    truth = int(evaluation(trained).labels[first])
    other = next(k for k in range(10) if k not in (truth, evaluation(trained).predicted[first]))
    widget(trained, "selectbox", "explained").set_value(other).run()
    assert [re.findall(r"\d", name) for name in painted["names"]] == [
        [str(other)],
        [str(truth)],
        [str(other), str(truth)],
    ]


def test_without_hidden_layers_it_is_weight_times_pixel(painted, open_app, shown):
    at = open_app(hidden="none", examples="640").switch_page(PAGE).run()
    at.run()
    first = gallery(shown)[0] - 1
    guess = evaluation(at).predicted[first]
    pixels = lab(at).trainer.digits.validation.images[first] / 255
    weights = lab(at).trainer.network.weights()[0].W
    np.testing.assert_allclose(painted["values"][0], weights[guess] * pixels, atol=1e-6)
    assert "weight × pixel" in texts(at)


def test_one_output_has_one_picture_and_sigmoid_leaves_something_over(painted, open_app):
    at = open_app(recipe="binary-400-25-15-1").switch_page(PAGE).run()
    [row] = table(at)
    assert len(painted["names"]) == 1 and len(row) == 5 and "exact" not in texts(at)


def test_the_nearest_training_digits_and_the_way_to_them(trained, shown):
    digits, first = lab(trained).trainer.digits, gallery(shown)[0] - 1
    squares = ((digits.train.images.astype(int) - digits.validation.images[first]) ** 2).sum(axis=1)
    nearest = np.argsort(squares, kind="stable")[:3]
    links = [each.proto.query_string for each in trained.get("page_link")]
    for row in nearest:
        assert any(f"train-{row + 1}" in link for link in links)
        [html] = [each.proto.body for each in trained.get("html") if f"no. {row + 1:,}" in each.proto.body]
        assert f"a {digits.train.labels[row]}\n" in html and f"distance {squares[row] ** 0.5 / 255:.2f}" in html


def test_details_are_computed_once(trained, monkeypatch):
    trained.run()
    monkeypatch.setattr("dashboard.mistakes.digit_view.nearest", lambda *_: pytest.fail("computed again"))
    monkeypatch.setattr("dashboard.mistakes.digit_view.attribute", lambda *_: pytest.fail("computed again"))
    trained.run()
    assert not trained.exception


# Calibration


def test_calibration_and_reject_option(trained, shown):
    look_at(trained, "Calibration")
    now = evaluation(trained)
    confidence = lab(trained).trainer.loss.class_probabilities(now.scores).max(axis=0)
    right = now.predicted == now.labels
    for percent in (90.0, 50.0):
        trained.slider(key="sure_enough_100").set_value(percent).run()
        kept = confidence >= percent / 100
        [counts] = [each.value for each in trained.markdown if f"**{kept.sum():,} of 5,000**" in each.value]
        assert {f"{n:,}" for n in ((kept & ~right).sum(), (~right).sum())} <= set(re.findall(r"[\d,]*\d", counts))
        unsure = np.argsort(confidence, kind="stable")[: min(30, (~kept).sum())]
        assert shown["refused_gallery"][1] == (unsure + 1).tolist()
    bars = figure(trained, "reliability")["layout"]["annotations"]
    counts = np.histogram(np.ceil(confidence * 10), np.arange(0.5, 11))[0]
    assert [bar["text"] for bar in bars] == [f"{count:,}" for count in counts if count]


def test_a_rejected_digit_is_shown_in_detail(trained, shown):
    look_at(trained, "Calibration")
    assert one_digit(trained) is None
    number = shown["refused_gallery"][1][2]
    shown.click["refused_gallery"] = number
    trained.run()
    assert one_digit(trained) == number
    shown.clear()
    trained.slider(key="sure_enough_100").set_value(0.0).run()
    assert one_digit(trained) is None and "refused_gallery" not in shown


def test_scores_have_no_calibration(untrained):
    lab(untrained).trainer.loss = MeanSquaredError()
    lab(untrained).trainer.step()
    look_at(untrained, "Calibration")
    assert len(untrained.info) == 1 and not untrained.get("plotly_chart") and not untrained.exception
    assert untrained.slider(key="sure_enough_1").value == 0.5


# A threshold


def test_a_threshold_between_two_classes(open_app, shown):
    at = open_app(recipe="binary-400-25-15-1").switch_page(PAGE).run()
    for _ in range(6):
        lab(at).trainer.step()
    look_at(at, "ROC and threshold")
    now = evaluation(at)
    probability = lab(at).trainer.loss.class_probabilities(now.scores)[1]
    middle = float(np.median(probability).round(2))
    for threshold in (0.5, middle, 0.0, 1.0):
        at.slider(key="cutoff").set_value(threshold).run()
        called = probability >= threshold
        hits, alarms = (int((called & (now.labels == k)).sum()) for k in (1, 0))
        assert f"**{hits} of 100**" in texts(at) and f"**{alarms} of 100**" in texts(at)
        if alarms:
            wrong = np.flatnonzero(called & (now.labels == 0))
            expected = wrong[np.argsort(-probability[wrong], kind="stable")][:15] + 1
            assert shown["false_positives"][1] == expected.tolist()
        assert not at.exception
    assert len(figure(at, "roc")["data"]) == len(figure(at, "precision_recall")["data"]) == 3


def test_a_false_positive_is_shown_in_detail(open_app, shown):
    at = open_app(recipe="binary-400-25-15-1").switch_page(PAGE).run()
    look_at(at, "ROC and threshold")
    at.slider(key="cutoff").set_value(0.0).run()
    number = shown["false_positives"][1][4]
    shown.click["false_positives"] = number
    at.run()
    assert one_digit(at) == number


def test_ten_classes_have_no_threshold_even_after_two(open_app):
    at = open_app(recipe="binary-400-25-15-1").switch_page(PAGE).run()
    look_at(at, "ROC and threshold")
    at.selectbox(key="setting_name").set_value("first-steps").run()
    assert not at.exception
    assert "ROC and threshold" not in at.segmented_control(key="mistakes_view").options
    assert at.segmented_control(key="mistakes_view").value == "Confusion matrix"


# The report


def test_the_report_has_a_line_per_class_and_two_means(trained):
    look_at(trained, "Class report")
    [table] = [each.value for each in trained.dataframe]
    now = evaluation(trained)
    assert table["class"].tolist() == [*"0123456789", "macro average", "weighted average"]
    assert table["digits"].tolist() == [500] * 10 + [5000] * 2
    recall = 100 * (now.predicted[now.labels == 4] == 4).mean()
    assert table["recall"][4] == pytest.approx(recall)
    assert table["recall"].iloc[-1] == pytest.approx(100 * now.accuracy)


def test_the_report_can_be_taken_away(trained, monkeypatch):
    files = []
    monkeypatch.setattr("streamlit.download_button", lambda label, data, **how: files.append((data, how["file_name"])))
    look_at(trained, "Class report")
    [(data, name)] = files
    rows = list(csv.DictReader(io.StringIO(data)))
    now = evaluation(trained)
    assert name.startswith("report-first-steps-validation-epoch-") and name.endswith(".csv")
    assert len(rows) == 12 and list(rows[0]) == ["class", "precision", "recall", "F1", "digits"]
    assert float(rows[4]["recall"]) == pytest.approx((now.predicted[now.labels == 4] == 4).mean())


# The test digits


def test_the_test_digits_are_evaluated_only_when_asked_for_and_counted(trained, click):
    trained.run()
    assert lab(trained).test_looks == 0
    trained.segmented_control(key="mistakes_split").set_value("test").run()
    assert lab(trained).test_looks == 1 and "once" in texts(trained)
    assert misread(trained) == (len(evaluation(trained, "test").mistakes()), 10_000)
    trained.run()
    assert lab(trained).test_looks == 1  # the same network: no new look
    click(trained, "step_batch")
    assert lab(trained).test_looks == 2 and "twice" in texts(trained)


def test_while_it_trains_it_looks_at_validation_digits(trained, click):
    trained.segmented_control(key="mistakes_split").set_value("test").run()
    click(trained, "run").run()
    looks = lab(trained).test_looks
    trained.run()
    assert lab(trained).running and lab(trained).test_looks == looks == 1
    assert len(trained.info) == 1 and misread(trained)[1] == 5000
    click(trained, "pause")
    assert lab(trained).test_looks == 2 and misread(trained)[1] == 10_000 and len(trained.info) == 0


# States


def test_while_it_trains_matrix_and_gallery_follow_and_the_rest_has_a_pause_note(trained, shown, click, monkeypatch):
    monkeypatch.setattr(lab_module, "RECENT", 0)
    click(trained, "run").run()
    before = shown["confusion"][0]
    trained.run()
    assert lab(trained).running and shown["confusion"][0] != before
    assert len(re.findall(r"epoch \d+\.\d\d", texts(trained))) == 2 and "Pause" in texts(trained)
    click(trained, "pause")
    assert not re.search(r"epoch \d+\.\d\d", texts(trained)) and "Pause" not in texts(trained)


def test_without_mistakes_it_shows_the_least_confident(open_app, shown):
    at = open_app(recipe="binary-400-25-15-1").switch_page(PAGE).run()
    for _ in range(100):
        lab(at).trainer.step()
    at.run()
    now = evaluation(at)
    assert len(now.mistakes()) == 0
    assert "200" in at.success[0].value and "diagonal" in texts(at)
    unsure = sorted(range(200), key=lambda i: (abs(now.scores[0, i]), i))
    assert gallery(shown) == [i + 1 for i in unsure[:15]]
    assert one_digit(at) == unsure[0] + 1
    look_at(at, "Class report")
    assert "100 %" in texts(at)


def test_binary(open_app, shown):
    at = open_app(recipe="binary-400-25-15-1").switch_page(PAGE).run()
    assert misread(at)[1] == 200
    assert len(figure(at, "mistake_probabilities")["data"][0]["text"]) == 2
    assert shown["confusion"][0].count("aspect-ratio:1;") == 4


def test_a_choice_among_ten_classes_does_not_survive_two(trained, shown):
    widget(trained, "selectbox", "truth_validation").set_value(7)
    widget(trained, "number_input", "mistake_validation").set_value(4321).run()
    trained.switch_page("pages/train.py").run()
    trained.switch_page(PAGE).run()
    assert widget(trained, "selectbox", "truth_validation").value == 7
    assert widget(trained, "number_input", "mistake_validation").value == 4321
    trained.selectbox(key="setting_name").set_value("binary-400-25-15-1").run()
    assert not trained.exception and shown["confusion"][2] == (None, None)


def test_scores_are_called_scores(untrained):
    lab(untrained).trainer.loss = MeanSquaredError()
    lab(untrained).trainer.step()
    untrained.run()
    axis = figure(untrained, "mistake_probabilities")["layout"]["xaxis"]["title"]["text"]
    assert axis.startswith("score") and "%" not in axis


def test_outputs_that_are_not_finite_are_reported(trained):
    lab(trained).trainer.network.parameters[:] = float("nan")
    lab(trained).trainer.steps += 1
    trained.run()
    assert not trained.exception
    assert "finite" in texts(trained) and not re.search(r"\bnan\b", texts(trained))


def test_a_snapshot_of_the_past_is_shown_as_it_was(trained, shown, painted):
    at = trained
    lab(at).look_at(lab(at).timeline.snapshots[0])
    at.run()
    past = lab(at).shown.evaluate(lab(at).shown.digits.validation)
    assert lab(at).shown is not lab(at).trainer and past.accuracy < 0.5
    assert misread(at) == (len(past.mistakes()), 5000) and "**Run**" not in texts(at)  # it is trained by now
    first = gallery(shown)[0] - 1
    assert past.predicted[first] != past.labels[first] and painted["names"][0].startswith(f"{past.predicted[first]}, ")
    assert table(at)[0][-1] == signed(past.scores[past.predicted[first], first])
    look_at(at, "Calibration")
    assert f" {len(past.mistakes()):,}" in texts(at) or "**none**" in texts(at)


def test_a_convolutional_network_is_taken_apart_exactly(open_app, painted):
    at = open_app(recipe="cnn-32-64-128", examples="64").switch_page(PAGE).run()
    assert not at.exception
    assert {len(row) for row in table(at)} == {4} and painted["values"].shape == (3, 784) and painted["values"].any()


def test_every_view_opens_in_every_state(in_every_state):
    at = in_every_state.switch_page(PAGE).run()
    for view in ("Calibration", "ROC and threshold", "Class report", "Confusion matrix"):
        if view in at.segmented_control(key="mistakes_view").options:
            look_at(at, view)
            assert not at.exception
            assert at.segmented_control(key="mistakes_view").value == view
