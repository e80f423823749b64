"""Mistakes: where is it wrong, and why?"""

import json

import pytest

from dashboard.errata import PAGE_SIZES
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


def test_untrained_it_says_what_to_press_and_shows_that_nearly_all_is_wrong(untrained):
    wrong = len(evaluation(untrained).mistakes())
    assert wrong > 4000
    assert "untrained: press **Run**" in texts(untrained) and f"**{wrong:,} of 5,000** validation" in texts(untrained)


def test_trained_it_counts_its_mistakes(trained, shown):
    now = evaluation(trained)
    assert f"It misreads **{len(now.mistakes()):,} of 5,000** validation digits" in texts(trained)
    assert "untrained: press" not in texts(trained)
    assert len(gallery(shown)) == PAGE_SIZES[0] and f"1 to 15 of {len(now.mistakes()):,}" in texts(trained)


def test_the_gallery_begins_with_the_surest_and_can_be_sorted_otherwise(trained, shown):
    now, wrong = evaluation(trained), evaluation(trained).mistakes()
    confidence = lab(trained).trainer.loss.class_probabilities(now.scores)[now.predicted, range(5000)]
    assert gallery(shown) == [i + 1 for i in sorted(wrong, key=lambda i: -confidence[i])[:15]]
    for order, key in (
        ("least sure", lambda i: confidence[i]),
        ("highest loss", lambda i: -now.losses[i]),
        ("in order", lambda i: i),
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
    assert f" of {len(expected):,}: click" in texts(trained)


def test_a_filter_that_nothing_passes_says_so(trained):
    widget(trained, "selectbox", "truth_validation").set_value(3)
    widget(trained, "selectbox", "guess_validation").set_value(3).run()
    assert "No digit is misread in this way" in trained.success[0].value and not trained.exception


def test_pages_follow_each_other_and_end_with_the_last_mistake(trained, shown):
    trained.segmented_control(key="mistakes_order").set_value("in order").run()
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
    trained.segmented_control(key="confusion_unit").set_value("% of the truth").run()
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


def test_without_a_choice_the_surest_mistake_is_enlarged(trained, shown):
    first = gallery(shown)[0]
    assert f"Validation digit no. {first:,}. It says {evaluation(trained).predicted[first - 1]}\u00a0✗" in texts(
        trained
    )


def test_a_click_enlarges_the_digit_with_its_probabilities(trained, shown):
    number = gallery(shown)[3]
    shown.click["mistakes_gallery"] = number
    trained.run()
    now = evaluation(trained)
    assert widget(trained, "number_input", "mistake_validation").value == number
    assert f"Validation digit no. {number:,}." in texts(trained)
    [bars] = figure(trained, "mistake_probabilities")["data"]
    marks = figure(trained, "mistake_probabilities")["layout"]["yaxis"]["ticktext"]
    assert marks[now.labels[number - 1]].startswith("✓") and marks[now.predicted[number - 1]].startswith("✗")
    assert len(bars["text"]) == 10


def test_a_digit_that_is_read_right_can_be_chosen_too(trained):
    now = evaluation(trained)
    right = next(i for i in range(5000) if now.predicted[i] == now.labels[i])
    widget(trained, "number_input", "mistake_validation").set_value(right + 1).run()
    assert f"Validation digit no. {right + 1:,}. It says {now.labels[right]} with" in texts(trained)
    assert "that is right ✓" in texts(trained)


# The report


def test_the_report_has_a_line_per_class_and_two_means(trained):
    look_at(trained, "Report per class")
    [table] = [each.value for each in trained.dataframe]
    now = evaluation(trained)
    assert table["class"].tolist() == [*"0123456789", "mean of the classes", "mean weighted by digits"]
    assert table["digits"].tolist() == [500] * 10 + [5000] * 2
    recall = 100 * (now.predicted[now.labels == 4] == 4).mean()
    assert table["recall"][4] == pytest.approx(recall)
    assert table["recall"].iloc[-1] == pytest.approx(100 * now.accuracy)


# The test digits


def test_the_test_digits_are_evaluated_only_when_asked_for_and_counted(trained, click):
    trained.run()
    assert lab(trained).test_looks == 0 and "test digits have not been looked at" in texts(trained)
    trained.segmented_control(key="mistakes_split").set_value("test").run()
    assert lab(trained).test_looks == 1 and "looked at once" in texts(trained)
    assert f"**{len(evaluation(trained, 'test').mistakes()):,} of 10,000** test digits" in texts(trained)
    trained.run()
    assert lab(trained).test_looks == 1  # the same network: no new look
    click(trained, "step_batch")
    assert lab(trained).test_looks == 2 and "looked at twice" in texts(trained)


def test_while_it_trains_it_looks_at_validation_digits(trained, click):
    trained.segmented_control(key="mistakes_split").set_value("test").run()
    click(trained, "run").run()
    looks = lab(trained).test_looks
    trained.run()
    assert lab(trained).running and lab(trained).test_looks == looks == 1
    assert "Pause to see the test digits" in trained.info[0].value and "of 5,000** validation digits" in texts(trained)
    click(trained, "pause")
    assert lab(trained).test_looks == 2 and "of 10,000** test digits" in texts(trained) and len(trained.info) == 0


# States


def test_while_it_trains_matrix_and_gallery_follow_and_the_rest_says_of_when_it_is(trained, shown, click):
    click(trained, "run").run()
    before = shown["confusion"][0]
    trained.run()
    assert lab(trained).running and shown["confusion"][0] != before
    assert "From here on: the network of epoch" in texts(trained)
    click(trained, "pause")
    assert "From here on" not in texts(trained)


def test_without_mistakes_it_is_calm(open_app, shown):
    at = open_app(recipe="binary-400-25-15-1").switch_page(PAGE).run()
    for _ in range(100):
        lab(at).trainer.step()
    shown.clear()
    at.run()
    assert len(evaluation(at).mistakes()) == 0
    assert "Not one mistake among 200 validation digits" in at.success[0].value
    assert "stands on the diagonal" in texts(at) and "Validation digit no. 1." in texts(at)
    assert "mistakes_gallery" not in shown
    look_at(at, "Report per class")
    assert "100 % for every class" in texts(at)


def test_binary(open_app, shown):
    at = open_app(recipe="binary-400-25-15-1").switch_page(PAGE).run()
    assert "of 200** validation digits" in texts(at)
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
    assert "Its largest score" in texts(untrained) and "probability" not in str(
        figure(untrained, "mistake_probabilities")["layout"]["xaxis"]["title"]["text"]
    ).replace("not a probability", "")


def test_weights_without_bound_are_said_to_be_none(trained):
    lab(trained).trainer.network.parameters[:] = float("nan")
    lab(trained).trainer.steps += 1
    trained.run()
    assert not trained.exception
    assert "not finite any more" in texts(trained) and "nan" not in texts(trained).replace("learning rate", "")
