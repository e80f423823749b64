"""Data: what does it learn from?"""

import json
from base64 import b64decode

import numpy as np
import pytest

from dashboard.data import dataset_view

PAGE = "pages/data.py"


@pytest.fixture
def data(open_app, shown):
    return open_app().switch_page(PAGE).run()


def lab(at):
    return at.session_state["lab"]


def figure(at, chart):
    [found] = [each for each in at.get("plotly_chart") if each.proto.id.endswith(f"-{chart}")]
    return json.loads(found.proto.spec)


def unpacked(array):
    """The numbers of an array in Plotly's JSON."""
    return np.frombuffer(b64decode(array["bdata"]), array["dtype"])


def number(at):
    """The widget that says which digit is enlarged."""
    [found] = [each for each in at.number_input if each.key.startswith("data_digit")]
    return found


def texts(at):
    return " ".join(each.value for each in [*at.markdown, *at.caption, *at.info])


def labels(at, numbers):
    return lab(at).trainer.digits.train.labels[np.array(numbers) - 1].tolist()


def test_every_chart_has_axis_names_and_every_control_a_help(data):
    charts = data.get("plotly_chart")
    assert len(charts) == 4
    for chart in charts:
        layout = json.loads(chart.proto.spec)["layout"]
        assert layout["xaxis"]["title"]["text"]
        assert layout["yaxis"]["title"]["text"] or layout["yaxis"]["autorange"] == "reversed"  # names of splits
        assert chart.proto.alt
    for widget in [data.select_slider(key="data_count"), data.button(key="other_digits"), number(data)]:
        assert widget.help


def test_the_gallery_shows_ten_real_digits_of_each_class(data, shown):
    html, numbers, chosen = shown["data_gallery"]
    assert html.count("<figure") == len(set(numbers)) == 100 and chosen == 1
    assert labels(data, numbers) == [k for k in range(10) for _ in range(10)]


def test_one_class_and_another_count(data, shown):
    data.select_slider(key="data_count").set_value(20)
    data.button_group(key="data_class_10_55000").set_value(7).run()
    assert labels(data, shown["data_gallery"][1]) == [7] * 20


def test_other_digits_are_others_and_stay_until_asked_again(data, shown):
    first = shown["data_gallery"][1]
    data.button(key="other_digits").click().run()
    second = shown["data_gallery"][1]
    assert len(set(first) & set(second)) < 5 and labels(data, second) == labels(data, first)
    data.run()
    assert shown["data_gallery"][1] == second


def test_a_click_enlarges_the_digit_with_its_numbers(data, shown):
    clicked = shown["data_gallery"][1][42]
    shown.click["data_gallery"] = clicked
    data.run()
    assert number(data).value == clicked and "**4**" in texts(data)
    [heatmap] = figure(data, "data_enlarged")["data"]
    image = lab(data).trainer.digits.train.images[clicked - 1]
    assert unpacked(heatmap["z"]).tolist() == image.tolist()
    np.testing.assert_allclose(unpacked(heatmap["customdata"]), image / 255, rtol=1e-6)
    data.run()
    assert shown["data_gallery"][2] == clicked  # outlined


def test_the_sentences_count_what_is_there(data):
    for count in ("55,000", "28 × 28", "80.9 %", "6,242", "**5,000 validation", "**10,000 test", "LeCun"):
        assert count in texts(data), count
    assert lab(data).test_looks == 0


def test_the_bars_are_the_class_counts(data):
    bars = figure(data, "class_balance")["data"]
    assert [bar["name"] for bar in bars] == ["training", "validation", "test"]
    data.segmented_control(key="balance_unit").set_value("% of the split").run()
    assert "share" in figure(data, "class_balance")["layout"]["yaxis"]["title"]["text"]


def test_it_follows_the_training_set_size(open_app, shown):
    at = open_app(examples="500").switch_page(PAGE).run()
    assert "**500 of 55,000 training" in texts(at) and len(at.info) == 0
    assert max(shown["data_gallery"][1]) <= 500 and number(at).max == 500


def test_binary_shows_the_part_that_it_uses_and_says_so(open_app, shown):
    at = open_app(recipe="binary-400-25-15-1").switch_page(PAGE).run()
    assert "0 and 1" in at.info[0].value
    assert shown["data_gallery"][0].count("<figure") == 20
    assert "400 pixels" in texts(at) and "784" in texts(at) and "49.0 %" in texts(at)  # the crop starts from all


def test_a_choice_survives_a_visit_elsewhere_but_not_other_data(data, shown):
    data.button_group(key="data_class_10_55000").set_value(7)
    shown.click["data_gallery"] = 1234
    data.run()
    data.switch_page("pages/train.py").run()
    data.switch_page(PAGE).run()
    assert set(labels(data, shown["data_gallery"][1])) == {7} and shown["data_gallery"][2] == 1234
    data.selectbox(key="setting_name").set_value("binary-400-25-15-1").run()
    assert not data.exception and shown["data_gallery"][2] == 1 and number(data).value == 1


@pytest.mark.parametrize("examples", ["1", "3"])
def test_with_hardly_any_digits_every_class_has_its_row(open_app, shown, examples):
    at = open_app(examples=examples).switch_page(PAGE).run()
    assert not at.exception and len(shown["data_gallery"][1]) == int(examples)


def test_statistics_are_computed_once_for_all_visitors(open_app, monkeypatch):
    open_app(examples="321").switch_page(PAGE).run()
    monkeypatch.setattr("dashboard.data.statistics.measure", lambda digits: pytest.fail("computed again"))
    assert not open_app(examples="321").switch_page(PAGE).run().exception


def test_augmentation_shows_the_chosen_digit_moved_and_can_be_switched_on(data):
    number(data).set_value(5).run()
    assert "training digit 5" in texts(data)
    data.button(key="augment").click().run()
    assert lab(data).trainer.sampler.augmentation == dataset_view.USUAL
    assert "Training digit 5" in texts(data)
    assert not [button for button in data.button if button.key == "augment"]
    assert data.query_params["shift"] == "2"


def test_augmentation_may_change_while_training(data):
    before = lab(data).trainer
    data.slider(key="setting_rotation").set_value(20.0).run()
    assert lab(data).trainer is before and before.sampler.augmentation.rotation == 20.0
    assert "20°" in texts(data)
