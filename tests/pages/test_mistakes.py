"""Mistakes: where is it wrong, and why?"""

import csv
import io
import re

import numpy as np
import pytest

from dashboard.components import heatmap_grid
from dashboard.core import lab as lab_module
from dashboard.mistakes.misclassified_view import PAGE_SIZES
from dashboard.notation.numbers import signed
from nnlib.losses import MeanSquaredError
from tests.pages.content import charts, choose, lab, texts, tick, widget

PAGE = "pages/mistakes.py"
FEW = {"hidden": "16", "examples": "2000"}
BINARY = {"recipe": "binary-400-25-15-1"}


@pytest.fixture
def untrained(open_app, shown):
    return open_app(PAGE, **FEW)


@pytest.fixture
def trained(untrained):
    trainer = lab(untrained).trainer
    for _ in range(100):
        trainer.step()
    trainer.evaluate_now()
    return untrained.run()


def evaluation(at, split="validation"):
    return lab(at).trainer.evaluate(getattr(lab(at).trainer.digits, split))


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


def gallery(shown):
    """Numbers of the digits in the gallery, from 1."""
    return shown["mistakes_gallery"][1]


# What is there


def test_untrained_it_says_what_to_press_and_counts_its_mistakes(untrained):
    wrong = len(evaluation(untrained).mistakes())
    assert wrong > 4000 and misread(untrained) == (wrong, 5000)
    assert "**Run**" in texts(untrained)


def test_the_gallery_begins_with_the_most_confident_and_can_be_sorted_otherwise(trained, shown):
    now, wrong = evaluation(trained), evaluation(trained).mistakes()
    confidence = lab(trained).trainer.loss.class_probabilities(now.scores)[now.predicted, range(5000)]
    assert gallery(shown) == [i + 1 for i in sorted(wrong, key=lambda i: -confidence[i])[: PAGE_SIZES[0]]]
    assert misread(trained) == (len(wrong), 5000) and f"1 to 15 of {len(wrong):,}." in texts(trained)
    assert "**Run**" not in texts(trained)
    html, first = shown["mistakes_gallery"][0], gallery(shown)[0] - 1
    assert html.count("<figure") == 15 and one_digit(trained) == first + 1  # the first is enlarged
    assert f"✗\u00a0{now.predicted[first]} → ✓\u00a0{now.labels[first]}\n" in html
    for order, key in (
        ("least sure", lambda i: confidence[i]),
        ("highest loss", lambda i: -now.losses[i]),
        ("number", lambda i: i),
    ):
        choose(trained, "mistakes_order", order)
        assert gallery(shown) == [i + 1 for i in sorted(wrong, key=key)[:15]]


def test_filters(trained, shown):
    now = evaluation(trained)
    trained.select_slider(key="mistakes_page_size").set_value(PAGE_SIZES[-1])
    for truth, guess in ((4, "any"), ("any", 9), (4, 9)):
        widget(trained, "truth_validation").set_value(truth)
        choose(trained, "guess_validation", guess)
        expected = [
            i + 1 for i in now.mistakes() if truth in ("any", now.labels[i]) and guess in ("any", now.predicted[i])
        ]
        assert set(gallery(shown)) <= set(expected)
        assert len(gallery(shown)) == min(len(expected), PAGE_SIZES[-1]) > 3
        several_pages = len(expected) > PAGE_SIZES[-1]
        assert f" of {len(expected):,}." * several_pages in texts(trained)
        assert several_pages or f" {len(expected)} digits." in texts(trained)
    shown.clear()
    choose(trained, "guess_validation", 4)  # which nothing passes
    assert len(trained.success) == 1 and "mistakes_gallery" not in shown and not trained.exception


def test_pages_follow_each_other_and_end_with_the_last_mistake(trained, shown):
    choose(trained, "mistakes_order", "number")
    wrong = (evaluation(trained).mistakes() + 1).tolist()
    last = -(-len(wrong) // 15)
    for page in (2, last):
        trained.session_state["mistakes_page"] = page
        trained.run()
        assert gallery(shown) == wrong[15 * (page - 1) : 15 * page]
        assert f"{15 * page - 14} to {min(15 * page, len(wrong))} of {len(wrong):,}" in texts(trained)
    choose(trained, "truth_validation", 1)  # fewer pages than the one that was open
    assert not trained.exception and gallery(shown)


# The confusion matrix


def test_the_matrix_shows_the_counts_and_by_choice_per_cent(trained, shown):
    now = evaluation(trained)
    counts = [[int(((now.labels == t) & (now.predicted == g)).sum()) for g in range(10)] for t in range(10)]
    html, choices, chosen = shown["confusion"]
    assert chosen == (None, None) and f">{counts[4][9]}</div>" in html
    cells = [choice for choice in choices if None not in choice]
    assert set(cells) == {(t, g) for t in range(10) for g in range(10) if t != g and counts[t][g]}
    choose(trained, "confusion_unit", "% of the true class")
    assert f">{counts[4][9] / 5:.1f}</div>" in shown["confusion"][0]


def test_a_click_on_a_cell_filters_the_gallery_and_another_lifts_the_filter(trained, shown):
    now = evaluation(trained)

    def click(cell):
        shown.click["confusion"] = cell
        trained.run().run()
        return {now.labels[i - 1] for i in gallery(shown)}, {now.predicted[i - 1] for i in gallery(shown)}

    assert click([4, 9]) == ({4}, {9})
    assert shown["confusion"][2] == (4, 9)  # outlined
    assert widget(trained, "truth_validation").value == 4
    assert len(click([4, 9])[0]) > 1
    labels, guesses = click([8, None])
    assert labels == {8} and len(guesses) > 1


# One digit


def test_a_click_enlarges_the_digit_with_its_probabilities(trained, shown):
    def marks():
        return charts(trained)["mistake_probabilities"]["layout"]["yaxis"]["ticktext"]

    number = gallery(shown)[3]
    shown.click["mistakes_gallery"] = number
    trained.run()
    now = evaluation(trained)
    assert widget(trained, "mistake_validation").value == one_digit(trained) == number
    [bars] = charts(trained)["mistake_probabilities"]["data"]
    assert len(bars["text"]) == 10
    assert marks()[now.labels[number - 1]].startswith("✓") and marks()[now.predicted[number - 1]].startswith("✗")
    right = next(i for i in range(5000) if now.predicted[i] == now.labels[i])
    choose(trained, "mistake_validation", right + 1)
    assert one_digit(trained) == right + 1
    assert marks()[now.labels[right]].startswith("✓") and "✗" not in "".join(marks())


@pytest.fixture
def painted(monkeypatch):
    """The last pictures of an attribution: names, values, limit and outline."""
    seen = {}

    def show(pictures, which, values, limit, theme, *, outline, **_):
        seen.update(names=pictures.names, values=values, limit=limit, outline=outline)

    monkeypatch.setattr(heatmap_grid, "show", show)
    return seen


def test_what_the_scores_came_from_adds_up_to_their_difference(painted, trained, shown):
    def named():
        return [re.findall(r"[\d✓✗]", name) for name in painted["names"]]

    trained.run()
    now, first = evaluation(trained), gallery(shown)[0] - 1
    truth, guess = str(now.labels[first]), str(now.predicted[first])
    assert named() == [[guess, "✗"], [truth, "✓"], [guess, truth]]
    np.testing.assert_allclose(painted["values"][0] - painted["values"][1], painted["values"][2], atol=1e-5)
    image = lab(trained).trainer.digits.validation.images[first]
    assert (painted["values"][:, image == 0] == 0).all() and painted["values"].any()
    assert painted["outline"].startswith("M")
    rows = table(trained)
    assert rows[0][-1] == signed(now.scores[int(guess), first]) and {len(row) for row in rows} == {4}  # nothing is left
    assert "exact" in texts(trained)
    other = next(k for k in "0123456789" if k not in (truth, guess))
    choose(trained, "explained", int(other))
    assert named() == [[other], [truth, "✓"], [other, truth]]


def test_without_hidden_layers_it_is_weight_times_pixel(painted, open_app, shown):
    at = open_app(PAGE, hidden="none", examples="640").run()
    first = gallery(shown)[0] - 1
    guess = evaluation(at).predicted[first]
    pixels = lab(at).trainer.digits.validation.images[first] / 255
    weights = lab(at).trainer.network.weights()[0].W
    np.testing.assert_allclose(painted["values"][0], weights[guess] * pixels, atol=1e-6)
    assert "weight × pixel" in texts(at)


def test_one_output_has_one_picture_and_sigmoid_leaves_something_over(painted, open_app, shown):
    at = open_app(PAGE, **BINARY)
    assert misread(at)[1] == 200 and len(charts(at)["mistake_probabilities"]["data"][0]["text"]) == 2
    assert shown["confusion"][0].count("aspect-ratio:1;") == 4
    [row] = table(at)
    assert len(painted["names"]) == 1 and len(row) == 5 and "exact" not in texts(at)


def test_the_nearest_training_digits_are_linked_and_computed_once(trained, shown, monkeypatch):
    digits, first = lab(trained).trainer.digits, gallery(shown)[0] - 1
    squares = ((digits.train.images.astype(int) - digits.validation.images[first]) ** 2).sum(axis=1)
    links = [each.proto.query_string for each in trained.get("page_link")]
    for row in np.argsort(squares, kind="stable")[:3]:
        assert any(f"train-{row + 1}" in link for link in links)
        [html] = [each.proto.body for each in trained.get("html") if f"no. {row + 1:,}" in each.proto.body]
        assert f"a {digits.train.labels[row]}\n" in html and f"distance {squares[row] ** 0.5 / 255:.2f}" in html
    for name in ("components.nearest_digits.nearest", "mistakes.digit_view.attribute"):
        monkeypatch.setattr(f"dashboard.{name}", lambda *_: pytest.fail("computed again"))
    assert not trained.run().exception


# Calibration


def test_calibration_and_reject_option(trained, shown):
    choose(trained, "mistakes_view", "Calibration")
    now = evaluation(trained)
    confidence = lab(trained).trainer.loss.class_probabilities(now.scores).max(axis=0)
    right = now.predicted == now.labels
    for percent in (90.0, 50.0):
        choose(trained, "sure_enough_100", percent)
        kept = confidence >= percent / 100
        [counts] = [each.value for each in trained.markdown if f"**{kept.sum():,} of 5,000**" in each.value]
        assert {f"{n:,}" for n in ((kept & ~right).sum(), (~right).sum())} <= set(re.findall(r"[\d,]*\d", counts))
        unsure = np.argsort(confidence, kind="stable")[: min(30, (~kept).sum())]
        assert shown["refused_gallery"][1] == (unsure + 1).tolist()
    bars = charts(trained)["reliability"]["layout"]["annotations"]
    counts = np.histogram(np.ceil(confidence * 10), np.arange(0.5, 11))[0]
    assert [bar["text"] for bar in bars] == [f"{count:,}" for count in counts if count]
    assert one_digit(trained) is None
    number = shown["refused_gallery"][1][2]
    shown.click["refused_gallery"] = number
    assert one_digit(trained.run()) == number
    shown.clear()
    choose(trained, "sure_enough_100", 0.0)
    assert one_digit(trained) is None and "refused_gallery" not in shown


def test_scores_are_called_scores_and_have_no_calibration(untrained):
    lab(untrained).trainer.loss = MeanSquaredError()
    lab(untrained).trainer.step()
    axis = charts(untrained.run())["mistake_probabilities"]["layout"]["xaxis"]["title"]["text"]
    assert axis.startswith("score") and "%" not in axis
    choose(untrained, "mistakes_view", "Calibration")
    assert len(untrained.info) == 1 and not charts(untrained) and not untrained.exception
    assert untrained.slider(key="sure_enough_1").value == 0.5


# A threshold


def test_a_threshold_between_two_classes(open_app, shown):
    at = open_app(PAGE, **BINARY)
    for _ in range(6):
        lab(at).trainer.step()
    choose(at, "mistakes_view", "ROC and threshold")
    now = evaluation(at)
    probability = lab(at).trainer.loss.class_probabilities(now.scores)[1]
    middle = float(np.median(probability).round(2))
    for threshold in (0.5, middle, 1.0, 0.0):
        choose(at, "cutoff", threshold)
        called = probability >= threshold
        hits, alarms = (int((called & (now.labels == k)).sum()) for k in (1, 0))
        assert f"**{hits} of 100**" in texts(at) and f"**{alarms} of 100**" in texts(at)
        if alarms:
            wrong = np.flatnonzero(called & (now.labels == 0))
            expected = wrong[np.argsort(-probability[wrong], kind="stable")][:15] + 1
            assert shown["false_positives"][1] == expected.tolist()
        assert not at.exception
    assert len(charts(at)["roc"]["data"]) == len(charts(at)["precision_recall"]["data"]) == 3
    number = shown["false_positives"][1][4]
    shown.click["false_positives"] = number
    assert one_digit(at.run()) == number
    choose(at, "setting_name", "first-steps")  # whose ten classes have no threshold
    view = widget(at, "mistakes_view")
    assert not at.exception and view.value == "Confusion matrix" and "ROC and threshold" not in view.options


# The report


def test_the_report_has_a_line_per_class_and_two_means_and_can_be_taken_away(trained, monkeypatch):
    files = []
    monkeypatch.setattr("streamlit.download_button", lambda label, data, **how: files.append((data, how["file_name"])))
    choose(trained, "mistakes_view", "Class report")
    [table], [(data, name)] = [each.value for each in trained.dataframe], files
    now = evaluation(trained)
    assert table["class"].tolist() == [*"0123456789", "macro average", "weighted average"]
    assert table["digits"].tolist() == [500] * 10 + [5000] * 2
    recall = (now.predicted[now.labels == 4] == 4).mean()
    assert table["recall"][4] == pytest.approx(100 * recall)
    assert table["recall"].iloc[-1] == pytest.approx(100 * now.accuracy)
    rows = list(csv.DictReader(io.StringIO(data)))
    assert name.startswith("report-first-steps-validation-epoch-") and name.endswith(".csv")
    assert len(rows) == 12 and list(rows[0]) == ["class", "precision", "recall", "F1", "digits"]
    assert float(rows[4]["recall"]) == pytest.approx(recall)


# The test digits


def test_the_test_digits_are_evaluated_only_when_asked_for_and_counted(trained, click):
    trained.run()
    assert lab(trained).test_looks == 0
    choose(trained, "mistakes_split", "test")
    assert lab(trained).test_looks == 1 and "once" in texts(trained)
    assert misread(trained) == (len(evaluation(trained, "test").mistakes()), 10_000)
    trained.run()
    assert lab(trained).test_looks == 1  # the same network: no new look
    click(trained, "step_batch")
    assert lab(trained).test_looks == 2 and "twice" in texts(trained)
    click(trained, "run").run().run()  # while it trains, it looks at validation digits
    assert lab(trained).running and lab(trained).test_looks == 2
    assert len(trained.info) == 1 and misread(trained)[1] == 5000
    click(trained, "pause")
    assert lab(trained).test_looks == 3 and misread(trained)[1] == 10_000 and len(trained.info) == 0


# States


def test_while_it_trains_matrix_and_gallery_follow_and_the_rest_has_a_pause_note(trained, shown, click, monkeypatch):
    monkeypatch.setattr(lab_module, "RECENT", 0)
    click(trained, "run").run()
    before = shown["confusion"][0]
    tick(trained).run()
    assert lab(trained).running and shown["confusion"][0] != before
    assert len(re.findall(r"epoch \d+\.\d\d", texts(trained.main))) == 2 and "Pause" in texts(trained)
    click(trained, "pause")
    assert not re.search(r"epoch \d+\.\d\d", texts(trained.main)) and "Pause" not in texts(trained)


def test_without_mistakes_it_shows_the_least_confident(open_app, shown):
    at = open_app(PAGE, **BINARY)
    for _ in range(100):
        lab(at).trainer.step()
    now = evaluation(at.run())
    assert len(now.mistakes()) == 0
    assert "200" in at.success[0].value and "diagonal" in texts(at)
    unsure = sorted(range(200), key=lambda i: (abs(now.scores[0, i]), i))
    assert gallery(shown) == [i + 1 for i in unsure[:15]]
    assert one_digit(at) == unsure[0] + 1
    assert "100 %" in texts(choose(at, "mistakes_view", "Class report"))


def test_a_choice_among_ten_classes_does_not_survive_two(trained, shown):
    widget(trained, "truth_validation").set_value(7)
    choose(trained, "mistake_validation", 4321)
    trained.switch_page("pages/train.py").run()
    trained.switch_page(PAGE).run()
    assert widget(trained, "truth_validation").value == 7 and widget(trained, "mistake_validation").value == 4321
    choose(trained, "setting_name", BINARY["recipe"])
    assert not trained.exception and shown["confusion"][2] == (None, None)


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
    choose(at, "mistakes_view", "Calibration")
    assert f" {len(past.mistakes()):,}" in texts(at) or "**none**" in texts(at)


def test_a_convolutional_network_is_taken_apart_exactly(open_app, painted):
    at = open_app(PAGE, recipe="cnn-32-64-128", examples="64")
    assert not at.exception
    assert {len(row) for row in table(at)} == {4} and painted["values"].shape == (3, 784) and painted["values"].any()


def test_every_view_opens_in_every_state(in_every_state):
    at = in_every_state.switch_page(PAGE).run()
    for view in ("Calibration", "ROC and threshold", "Class report", "Confusion matrix"):
        if view in at.segmented_control(key="mistakes_view").options:
            choose(at, "mistakes_view", view)
            assert not at.exception and widget(at, "mistakes_view").value == view
