"""The view Robustness of the page Mistakes."""

import json

import pytest

from nnlib.analysis.corruptions import DISTURBANCES

PAGE = "pages/mistakes.py"
FEW = {"hidden": "16", "examples": "640"}
MEASURE = "measure_robustness"


def view(open_app, **settings):
    at = open_app(**settings).switch_page(PAGE).run()
    return at.segmented_control(key="mistakes_view").set_value("Robustness").run()


def lab(at):
    return at.session_state["lab"]


def texts(at):
    return " ".join(each.value for each in [*at.markdown, *at.caption, *at.info, *at.warning])


def curves(at):
    return [len(json.loads(chart.proto.spec)["data"]) for chart in at.get("plotly_chart")]


def test_first_it_shows_the_digits_and_says_what_to_press_and_what_it_costs(open_app):
    at = view(open_app, **FEW)
    assert not at.exception and curves(at) == [0] * len(DISTURBANCES)
    assert (
        "untrained" in at.info[0].value
        and "Press **Measure**" in at.info[1].value
        and "37 readings of 1,000 validation digits" in texts(at)
    )


@pytest.mark.parametrize(
    "settings",
    [FEW, {"recipe": "binary-400-25-15-1"}, {"loss": "mean-squared-error", **FEW}, {"scale": "1e300", **FEW}],
    ids=str,
)
def test_measured_it_shows_the_curves_of_this_very_network(open_app, click, settings):
    at = view(open_app, **settings)
    parameters = lab(at).trainer.network.parameters.copy()
    click(at, MEASURE)
    assert not at.exception and len(at.info) == 1 and not at.warning
    assert curves(at) == [1 + 3] * len(DISTURBANCES)  # the curve, and the verdicts on three digits
    assert f"Of the network as it is: {lab(at).architecture}, epoch 0.00, no augmentation" in texts(at)
    assert "so it may be off by chance" in texts(at)
    assert lab(at).trainer.steps == 0 and parameters.tobytes() == lab(at).trainer.network.parameters.tobytes()


def test_after_a_step_it_says_that_the_curves_are_of_another_and_then_compares(open_app, click):
    at = click(view(open_app, **FEW), MEASURE, "step_batch")
    assert "of another step: 784-16-10, epoch 0.00" in at.warning[0].value and curves(at)[0] == 4
    click(at, MEASURE)
    assert not at.warning and curves(at)[0] == 5 and "The dotted curves" in texts(at)
    at.switch_page("pages/train.py").run()
    at.switch_page(PAGE).run()
    assert curves(at)[0] == 5 and not at.exception
    at.slider(key="setting_hidden_0").set_value(5).run()
    assert "of another step: 784-16-10" in at.warning[0].value and "784-5-10" in at.warning[0].value


def test_other_data_have_no_curves_yet(open_app, click):
    at = click(view(open_app, **FEW), MEASURE)
    at.selectbox(key="setting_name").set_value("binary-400-25-15-1").run()
    assert curves(at) == [0] * 4 and "Press **Measure**" in at.info[1].value and "of 200 validation" in texts(at)


def test_while_it_trains_one_cannot_measure(open_app, click):
    at = click(view(open_app, **FEW), MEASURE, "run").run()
    assert at.button(key=MEASURE).disabled and "Pause first" in at.warning[0].value
    click(at, "pause")
    assert not at.button(key=MEASURE).disabled


def test_augmentation_is_advised_or_its_worth_told(open_app):
    assert "Shift and Rotation under Augmentation" in texts(view(open_app, **FEW))
    assert "It is on" in texts(view(open_app, shift="2", **FEW))
