"""Data: what does it learn from?"""

import numpy as np
import pytest

from dashboard.data import dataset_view
from tests.pages.content import buttons, charts, choose, lab, texts, unpacked, widget

PAGE = "pages/data.py"
NUMBER = "data_digit"  # begins the key of the widget that says which digit is enlarged


@pytest.fixture
def data(open_app, shown):
    return open_app(PAGE, all_settings=True)


def labels(at, numbers):
    return lab(at).trainer.digits.train.labels[np.array(numbers) - 1].tolist()


def test_every_chart_has_axis_names_and_every_control_a_help(data):
    assert len(charts(data)) == 4 and all(each.proto.alt for each in data.get("plotly_chart"))
    for chart in charts(data).values():
        assert chart["layout"]["xaxis"]["title"]["text"]
        y = chart["layout"]["yaxis"]
        assert y["title"]["text"] or y["autorange"] == "reversed"  # names of splits
    for each in [data.select_slider(key="data_count"), data.button(key="other_digits"), widget(data, NUMBER)]:
        assert each.help
    for count in ("55,000", "28 × 28", "80.9 %", "6,242", "**5,000 validation", "**10,000 test", "LeCun"):
        assert count in texts(data), count
    assert lab(data).test_looks == 0
    assert [bar["name"] for bar in charts(data)["class_balance"]["data"]] == ["training", "validation", "test"]
    choose(data, "balance_unit", "% of the split")
    assert "share" in charts(data)["class_balance"]["layout"]["yaxis"]["title"]["text"]


def test_the_gallery_shows_as_many_digits_of_each_class_as_asked_for(data, shown):
    html, numbers, chosen = shown["data_gallery"]
    assert html.count("<figure") == len(set(numbers)) == 100 and chosen == 1
    assert labels(data, numbers) == [k for k in range(10) for _ in range(10)]
    data.button(key="other_digits").click().run()
    others = shown["data_gallery"][1]
    assert len(set(numbers) & set(others)) < 5 and labels(data, others) == labels(data, numbers)
    data.run()
    assert shown["data_gallery"][1] == others  # until asked again
    data.select_slider(key="data_count").set_value(20)
    choose(data, "data_class_10_55000", 7)
    assert labels(data, shown["data_gallery"][1]) == [7] * 20


def test_a_click_enlarges_the_digit_with_its_numbers(data, shown):
    clicked = shown["data_gallery"][1][42]
    shown.click["data_gallery"] = clicked
    data.run()
    assert widget(data, NUMBER).value == clicked and "**4**" in texts(data)
    [heatmap] = charts(data)["data_enlarged"]["data"]
    image = lab(data).trainer.digits.train.images[clicked - 1]
    assert unpacked(heatmap["z"]).ravel().tolist() == image.tolist()
    np.testing.assert_allclose(unpacked(heatmap["customdata"]).ravel(), image / 255, rtol=1e-6)
    data.run()
    assert shown["data_gallery"][2] == clicked  # outlined


@pytest.mark.parametrize("examples", [1, 3, 500])
def test_it_follows_the_training_set_size(open_app, shown, examples):
    at, found = open_app(PAGE, examples=str(examples)), shown["data_gallery"][1]
    assert f"**{examples} of 55,000 training" in texts(at) and len(at.info) == 0 and not at.exception
    assert len(found) == min(examples, 100) and max(found) <= examples and widget(at, NUMBER).max == examples


def test_binary_shows_the_part_that_it_uses_and_says_so(open_app, shown):
    at = open_app(PAGE, recipe="binary-400-25-15-1")
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
    choose(data, "setting_name", "binary-400-25-15-1")
    assert not data.exception and shown["data_gallery"][2] == 1 and widget(data, NUMBER).value == 1


def test_statistics_are_computed_once_for_all_visitors(open_app, monkeypatch):
    open_app(PAGE, examples="321")
    monkeypatch.setattr("dashboard.data.statistics.measure", lambda digits: pytest.fail("computed again"))
    assert not open_app(PAGE, examples="321").exception


def test_augmentation_shows_the_chosen_digit_moved_and_can_be_switched_on_while_training(data):
    before = lab(data).trainer
    choose(data, NUMBER, 5)
    assert "training digit 5" in texts(data)
    data.button(key="augment").click().run()
    assert lab(data).trainer.sampler.augmentation == dataset_view.USUAL
    assert "Training digit 5" in texts(data) and "augment" not in buttons(data) and data.query_params["shift"] == "2"
    choose(data, "setting_rotation", 20.0)
    assert lab(data).trainer is before and before.sampler.augmentation.rotation == 20.0
    assert "20°" in texts(data)
