"""Weights: what has it learned?"""

import json

import numpy as np
import pytest

from dashboard.notation.numbers import signed
from tests.figures import figures

PAGE = "pages/weights.py"
FEW = {"hidden": "16", "examples": "640"}


@pytest.fixture
def weights(open_app):
    return open_app(**FEW).switch_page(PAGE).run()


def lab(at):
    return at.session_state["lab"]


def pictures(at, key):
    """Header and weights (None while it runs) of the pictures with this key, as the browser is sent them."""
    [found] = [each.proto for each in at.get("bidi_component") if each.proto.id.endswith(f"-{key}")]
    length = int.from_bytes(found.bytes[:4], "little")
    header = json.loads(found.bytes[4 : 4 + length])
    if not header["readable"]:
        return header, None
    count = len(header["units"]) * header["count"]
    return header, np.frombuffer(found.bytes, "<f4", count, 4 + length).reshape(-1, header["count"])


def keys(at):
    return {each.proto.id.rpartition("-")[2] for each in at.get("bidi_component")}


def charts(at):
    return {each.proto.id.rpartition("-")[2]: json.loads(each.proto.spec) for each in at.get("plotly_chart")}


def choose(at, start, value):
    """Set the widget whose key begins so."""
    widgets = [*at.selectbox, *at.get("button_group")]
    [found] = [each for each in widgets if each.key and each.key.startswith(start)]
    return found.set_value(value).run()


def texts(at):
    return " ".join(each.value for each in [*at.markdown, *at.caption, *at.subheader])


def test_untrained_every_unit_is_there_and_it_says_what_to_press(weights):
    header, values = pictures(weights, "units")
    assert header["units"] == list(range(16)) and header["choosable"] and header["chosen"] == 0
    np.testing.assert_array_equal(values, lab(weights).trainer.network.weights()[0].W)
    dark = (lab(weights).trainer.digits.train.images == 0).all(axis=0).sum()
    assert "Untrained" in texts(weights) and dark in figures(texts(weights))
    assert set(charts(weights)) == {"distribution", "outgoing"}


def test_every_chart_has_axis_names_and_every_control_a_help(weights, click):
    choose(weights, "layer_of_", 1)
    for chart in charts(weights).values():
        assert chart["layout"]["xaxis"]["title"]["text"] and chart["layout"]["yaxis"]["title"]["text"]
    click(weights, "step_batch")
    controls = [*weights.main.selectbox, *weights.main.get("button_group")]
    assert len(controls) == 5 and all(each.proto.help for each in controls)


def test_while_it_runs_the_pictures_are_live_and_carry_no_weights(weights, click):
    click(weights, "run")
    before = [each.proto.bytes for each in weights.get("bidi_component")]
    weights.run()
    after = [each.proto.bytes for each in weights.get("bidi_component")]
    assert all(old != new for old, new in zip(before, after, strict=True))
    assert pictures(weights, "units")[1] is None and pictures(weights, "unit")[1] is None
    assert lab(weights).running and not weights.exception


def test_paused_the_weights_are_those_of_this_moment(weights, click):
    click(weights, "run", "pause")
    np.testing.assert_array_equal(pictures(weights, "units")[1], lab(weights).trainer.network.weights()[0].W)
    assert "Untrained" not in texts(weights)
    click(weights, "reset")
    assert "Untrained" in texts(weights)


def test_the_start_and_the_change_can_be_seen(weights, click):
    start = pictures(weights, "units")[1]
    click(weights, "run", "pause")
    now = pictures(weights, "units")[1]
    choose(weights, "weights_view", "at the start")
    np.testing.assert_array_equal(pictures(weights, "units")[1], start)
    choose(weights, "weights_view", "change")
    np.testing.assert_array_equal(pictures(weights, "units")[1], now - start)


def test_units_can_be_sorted(weights, click):
    click(weights, "run", "pause")
    choose(weights, "weights_order", "change since the start")
    header, values = pictures(weights, "units")
    moved = np.abs(values - lab(weights).recipe.network(784, 10).weights()[0].W[header["units"]]).mean(axis=1)
    assert sorted(header["units"]) == list(range(16)) and (np.diff(moved) <= 0).all()


def test_one_unit_is_enlarged_with_its_bias_and_what_it_tells_the_classes(weights, click):
    click(weights, "run", "pause")
    choose(weights, "unit_of_layer_1", 6)
    hidden = lab(weights).trainer.network.weights()[0]
    np.testing.assert_array_equal(pictures(weights, "unit")[1][0], hidden.W[6])
    assert pictures(weights, "units")[0]["chosen"] == 6 and "Unit 7" in texts(weights)
    assert signed(hidden.b[6, 0]) in texts(weights)
    [bars] = charts(weights)["outgoing"]["data"]
    assert bars["x"] == list("0123456789")


def test_the_output_layer_shows_classes_and_the_units_that_speak_for_them(weights, click):
    click(weights, "run", "pause")
    choose(weights, "layer_of_", 1)
    choose(weights, "unit_of_layer_2", 3)
    output = lab(weights).trainer.network.weights()[1].W
    header, values = pictures(weights, "units")
    np.testing.assert_array_equal(values, output)
    assert header["form"] == "rows" and header["labels"] == list("0123456789")
    loudest = pictures(weights, "voices_for")[0]["units"]
    assert loudest[0] == output[3].argmax() and pictures(weights, "voices_against")[0]["units"][0] == output[3].argmin()
    assert set(charts(weights)) == {"distribution", "incoming"}


def test_many_units_are_shown_in_parts(open_app):
    at = open_app(recipe="fnn-784-784-10-10", examples="640").switch_page(PAGE).run()
    assert pictures(at, "units")[0]["units"] == list(range(128))
    choose(at, "part_of_784", 6)
    assert pictures(at, "units")[0]["units"] == list(range(768, 784))


def test_the_binary_recipe(open_app, click):
    at = click(open_app(recipe="binary-400-25-15-1"), "run", "pause").switch_page(PAGE).run()
    assert pictures(at, "units")[0]["tile"] == [20, 20]
    choose(at, "layer_of_", 2)
    assert pictures(at, "units")[0]["names"] == ["class 1"]
    assert keys(at) == {"units", "unit"}  # the layer before sees no pixels
    assert not at.exception


def test_choices_survive_a_visit_elsewhere_and_another_network_starts_them_anew(weights):
    choose(weights, "layer_of_", 1)
    choose(weights, "unit_of_layer_2", 8)
    weights.switch_page("pages/data.py").run()
    weights.switch_page(PAGE).run()
    assert pictures(weights, "unit")[0]["units"] == [8]
    weights.slider(key="setting_hidden_0").set_value(5).run()
    choose(weights, "layer_of_", 0)
    assert pictures(weights, "units")[0]["units"] == list(range(5)) and not weights.exception


def layer_by_layer(at):
    return choose(at, "weights_or_digit", "one digit, layer by layer")


def test_one_digit_is_followed_through_the_layers_and_the_next_one(weights):
    at = layer_by_layer(weights)
    network, images = lab(at).trainer.network, lab(at).trainer.digits.validation.images
    for position in (0, 1):
        Z1 = network.layers[0].W @ (images[position][:, None] / 255) + network.layers[0].b
        np.testing.assert_allclose(pictures(at, "stage_0")[1], Z1, atol=1e-5)
        np.testing.assert_allclose(pictures(at, "stage_1")[1], np.maximum(Z1, 0), atol=1e-5)
        at.button(key="next_digit").click().run()
    assert keys(at) == {f"stage_{i}" for i in range(4)}
    assert pictures(at, "stage_3")[0]["labels"] == list("0123456789")
    at.number_input(key="journey_digit_5000").set_value(5000).run()
    at.button(key="next_digit").click().run()
    assert at.number_input(key="journey_digit_5000").value == 1 and not at.exception


def test_while_it_runs_what_the_layers_make_is_live(weights, click):
    at = click(layer_by_layer(weights), "run")
    before = pictures(at, "stage_0"), [each.proto.bytes for each in at.get("bidi_component")]
    at.run()
    assert before[0][1] is None and before[1] != [each.proto.bytes for each in at.get("bidi_component")]
    click(at, "pause")
    assert pictures(at, "stage_0")[1] is not None and not at.exception


@pytest.mark.parametrize("settings", [{"recipe": "binary-400-25-15-1"}, {"dropout": "0.5", "hidden": "8-40"}])
def test_other_networks_are_followed_likewise(open_app, settings):
    at = layer_by_layer(open_app(**settings, examples="200").switch_page(PAGE).run())
    assert len(keys(at)) == 2 * (len(lab(at).recipe.hidden) + 1) and not at.exception


def test_a_convolution_shows_feature_maps_and_its_kernels_by_input_channel(open_app):
    at = open_app(recipe="cnn-32-64-128", examples="200").switch_page(PAGE).run()
    choose(at, "layer_of_", 1)
    kernels = lab(at).trainer.network.weights()[1].kernels
    choose(at, "channel_of_layer_2", 4)
    header, values = pictures(at, "units")
    np.testing.assert_array_equal(values, kernels[..., 4].reshape(64, 9))
    assert header["tile"] == [3, 3]
    choose(at, "unit_of_layer_2", 7)
    np.testing.assert_array_equal(pictures(at, "unit")[1], kernels[7].reshape(9, 32).T)
    choose(at, "channel_of_layer_2", "all, side by side")
    assert pictures(at, "units")[0]["tile"] == [3, 96]
    layer_by_layer(at)
    header, maps = pictures(at, "stage_0")
    assert header["tile"] == [26, 26] and len(maps) == 16 and "16 of 32 channels" in texts(at)
    assert header["scale"] == [0, 254] and pictures(at, "stage_1")[0]["scale"] == [127, 254]
    assert pictures(at, "stage_1")[0]["limits"][0] == "0"
    at.select_slider(key="journey_channels").set_value(64).run()
    assert len(pictures(at, "stage_0")[1]) == 32 and len(pictures(at, "stage_3")[1]) == 64 and not at.exception


def view(at, name):
    return choose(at, "weights_or_digit", name)


def scores(trainer, change=None):
    """Scores of the validation digits, computed layer by layer; `change` may alter what a layer makes."""
    A = trainer.scaling.apply(trainer.digits.validation.images).T
    for layer in trainer.network.layers:
        A = layer.forward(A, training=False)
        A = A if change is None else change(layer, A)
    return A


def test_one_unit_is_shown_with_what_excites_it(weights, click, shown):
    at = view(click(weights, "run", "pause"), "one unit")
    choose(at, "unit_of_layer_1", 6)
    trainer = lab(at).trainer
    hidden = trainer.network.weights()[0]
    Z = hidden.forward(trainer.scaling.apply(trainer.digits.validation.images).T, training=False)[6]
    assert shown["exciting_most"][1] == (np.argsort(-Z, kind="stable")[:8] + 1).tolist()
    assert shown["exciting_least"][1] == (np.argsort(Z, kind="stable")[:8] + 1).tolist()
    [bars] = charts(at)["class_means"]["data"]
    means = [np.maximum(Z, 0)[trainer.digits.validation.labels == k].mean() for k in range(10)]
    assert bars["customdata"][3].startswith(f"class 3: mean {means[3]:.4g} over ")
    assert set(charts(at)) == {"class_means", "outgoing"} and keys(at) == {"unit"}
    assert not at.exception
    choose(at, "layer_of_", 1)
    assert {"projection", "unit"} == keys(at)
    np.testing.assert_allclose(
        pictures(at, "projection")[1][0], trainer.network.weights()[1].W[0] @ hidden.W, rtol=1e-4, atol=1e-6
    )


def test_a_click_on_an_exciting_digit_links_to_a_training_step_with_it(weights, shown):
    at = view(weights, "one unit")
    number = shown["exciting_most"][1][2]
    assert not at.get("page_link")
    shown.click["exciting_most"] = number
    at.run()
    at.run()
    [link] = at.get("page_link")
    assert f"digit=validation-{number}" in link.proto.query_string and "hidden=16" in link.proto.query_string


def test_while_it_runs_what_excites_a_unit_stays_as_it_was(weights, click, shown):
    at = view(click(weights, "step_batch"), "one unit")
    before, epoch = dict(shown), lab(at).trainer.position
    click(at, "run")
    assert shown["exciting_most"] == before["exciting_most"]
    assert any(epoch in figures(each.value) and "Pause" in each.value for each in at.caption)
    choose(at, "unit_of_layer_1", 3)
    assert [each.icon for each in at.info] == [":material/pause:"]
    click(at, "pause")
    assert not at.info and "Pause" not in texts(at) and not at.exception


@pytest.mark.parametrize(
    "settings",
    [
        {"recipe": "binary-400-25-15-1"},
        {"hidden": "none"},
        {"hidden": "1"},
        {"dropout": "0.5", "hidden": "8-40", "activation": "tanh"},
        {"hidden": "1024"},
        {"loss": "mean-squared-error", "hidden": "5"},
        {"scale": "1e300", "hidden": "5"},
    ],
)
def test_every_view_of_every_layer_of_other_networks(open_app, settings):
    at = open_app(**settings, examples="200").switch_page(PAGE).run()
    for layer in range(len(lab(at).trainer.network.weights())):
        view(at, "one unit")
        choose(at, "layer_of_", layer)
        view(at, "what if")
        for change in ("switch it off", "scale its weights", "change one number"):
            choose(at, "what_if_change", change)
            assert "| Before | Change | After |" in texts(at) and not at.exception
        choose(at, "what_if_change", None)
    view(at, "over time")
    assert not at.exception


def test_what_if_before_anything_is_chosen(weights):
    at = view(weights, "what if")
    assert not at.exception and not at.info
    assert "keep_change" not in {each.key for each in at.button}


def test_a_unit_switched_off_tried_discarded_and_kept(weights, click, shown):
    at = view(click(weights, "run", "pause"), "what if")
    choose(at, "unit_of_layer_1", 6)
    choose(at, "what_if_change", "switch it off")
    trainer = lab(at).trainer
    before = trainer.network.parameters.copy()
    hidden = trainer.network.layers[1]

    def without(layer, A):
        if layer is hidden:
            A = A.copy()
            A[6] = 0
        return A

    right = [
        each.argmax(axis=0) == trainer.digits.validation.labels for each in (scores(trainer), scores(trainer, without))
    ]
    row = next(line for line in texts(at).split("\n") if line.startswith("| accuracy"))
    cells = [cell.strip(" *") for cell in row.split("|")]
    assert cells[2] == f"{100 * right[0].mean():.2f}" and cells[4] == f"{100 * right[1].mean():.2f}"
    flipped = {key: set(value[1]) for key, value in shown.items() if key.startswith("flipped")}
    assert flipped.get("flipped_to_wrong", set()) <= set((np.flatnonzero(right[0] & ~right[1]) + 1).tolist())
    assert flipped.get("flipped_to_right", set()) <= set((np.flatnonzero(~right[0] & right[1]) + 1).tolist())
    np.testing.assert_array_equal(trainer.network.parameters, before)
    click(at, "discard_change")
    assert "keep_change" not in {each.key for each in at.button}
    np.testing.assert_array_equal(trainer.network.parameters, before)
    choose(at, "what_if_change", "switch it off")
    evaluations = len(trainer.history.evaluations)
    click(at, "keep_change")
    assert not trainer.network.weights()[1].W[:, 6].any() and len(trainer.history.evaluations) == evaluations + 1
    assert any("unit 7 of layer 1" in each.value for each in at.markdown) and "keep_change" not in {
        each.key for each in at.button
    }
    assert trainer.history.evaluations.last("validation_accuracy") == pytest.approx(right[1].mean())
    click(at, "step_batch")
    assert not at.exception


def test_scaling_and_setting_one_number(weights, click):
    at = view(click(weights, "step_batch"), "what if")
    choose(at, "what_if_change", "scale its weights")
    at.number_input(key="what_if_factor").set_value(-1.0).run()
    W = lab(at).trainer.network.weights()[0].W.copy()
    click(at, "keep_change")
    np.testing.assert_array_equal(lab(at).trainer.network.weights()[0].W[0], -W[0])
    choose(at, "what_if_change", "change one number")
    for name, value in (("row", 5), ("column", 6)):
        [field] = [each for each in at.number_input if each.key.startswith(f"what_if_{name}_")]
        field.set_value(value).run()
    at.number_input(key="what_if_value_weight").set_value(0.75).run()
    click(at, "keep_change")
    assert lab(at).trainer.network.weights()[0].W[0, 28 * 4 + 5] == 0.75
    choose(at, "what_if_change", "change one number")
    choose(at, "what_if_number", "the bias")
    at.number_input(key="what_if_value_bias").set_value(-2.0).run()
    click(at, "keep_change")
    assert lab(at).trainer.network.weights()[0].b[0, 0] == -2 and len(lab(at).trainer.history.interventions) == 3
    assert not at.exception


def test_while_it_runs_nothing_is_tried(weights, click):
    at = click(choose(view(weights, "what if"), "what_if_change", "switch it off"), "run")
    assert len(at.info) == 1 and "Before" not in texts(at)
    assert not at.exception


def test_in_the_past_a_change_is_tried_but_not_kept(weights, click):
    at = click(weights, "step_batch", "step_batch")
    lab(at).look_at(lab(at).timeline.snapshots[0])
    at = choose(view(at, "what if"), "what_if_change", "switch it off")
    assert "| Before | Change | After |" in texts(at)
    assert at.button(key="keep_change").disabled
    assert not at.exception


def test_over_time_every_layer_has_its_curves(weights, click):
    at = view(weights, "over time")
    assert keys(at) == {"gradients", "updates", "inactive"} and any("**Run**" in each.value for each in at.caption)
    click(at, "run", "pause")
    assert not any("**Run**" in each.value for each in at.caption)
    choose(at, "update_measure", "per weight")
    click(at, "run")
    at.run()
    assert not at.exception


def test_without_a_hidden_layer_no_unit_can_fall_silent(open_app):
    at = view(open_app(hidden="none", examples="200").switch_page(PAGE).run(), "over time")
    assert keys(at) == {"gradients", "updates"} and not at.exception


def test_the_weights_are_compared_with_an_earlier_snapshot(weights, click):
    click(weights, "step_batch", "step_batch", "step_batch", "step_batch")
    W = lab(weights).trainer.network.weights()[0].W
    snapshot = next(each for each in lab(weights).timeline.snapshots if each.steps == 2)
    then = lab(weights).trainer.twin(snapshot.state).network.weights()[0].W
    choose(weights, "compared_with", (2, 0))
    choose(weights, "weights_view", "change")
    np.testing.assert_array_equal(pictures(weights, "units")[1], W - then)
    assert [line["name"] for line in charts(weights)["distribution"]["data"]] == ["now", "in epoch 0.20 (batch 2)"]
    assert "in epoch 0.20 (batch 2)" in texts(weights)
    click(weights, "reset")
    assert not weights.exception and "compared_with" not in {each.key for each in weights.selectbox}
    click(weights, "step_batch", "step_batch", "step_batch")
    assert weights.selectbox(key="compared_with").value == "the start"


def test_a_channel_of_a_convolution_is_excited_by_patches_and_can_be_switched_off(open_app, shown):
    at = view(open_app(recipe="cnn-32-64-128", examples="200").switch_page(PAGE).run(), "one unit")
    choose(at, "layer_of_", 1)
    html, choices, _ = shown["exciting_most"]
    assert html.count("<figure") == 8 and html.count("8 x 8 pixels") == 8 and len(choices) == 8
    assert "projection" not in keys(at) and 1000 in figures(texts(at))
    choose(at, "layer_of_", 0)
    assert shown["exciting_most"][0].count("3 x 3 pixels") == 8
    view(at, "what if")
    choose(at, "layer_of_", 1)
    choose(at, "what_if_change", "switch it off")
    assert 3200 in figures(texts(at)) and not at.exception
    choose(at, "what_if_change", "change one number")
    assert "input channel" in texts(at) and not at.exception
