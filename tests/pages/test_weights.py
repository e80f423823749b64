"""Weights: what has it learned?"""

import numpy as np
import pytest

from dashboard.notation.numbers import signed
from tests.figures import figures
from tests.pages.content import FEW, buttons, charts, choose, lab, pictures, texts

PAGE = "pages/weights.py"
LAYER_BY_LAYER = "one digit, layer by layer"


@pytest.fixture
def weights(open_app):
    return open_app(PAGE, **FEW)


def keys(at):
    return {each.proto.id.rpartition("-")[2] for each in at.get("bidi_component")}


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


def test_paused_the_weights_their_start_and_their_change_can_be_seen_and_sorted(weights, click):
    start = pictures(weights, "units")[1]
    click(weights, "run", "pause")
    now = lab(weights).trainer.network.weights()[0].W
    np.testing.assert_array_equal(pictures(weights, "units")[1], now)
    assert "Untrained" not in texts(weights)
    choose(weights, "weights_view", "at the start")
    np.testing.assert_array_equal(pictures(weights, "units")[1], start)
    choose(weights, "weights_view", "change")
    np.testing.assert_array_equal(pictures(weights, "units")[1], now - start)
    choose(weights, "weights_order", "change since the start")
    order = pictures(weights, "units")[0]["units"]
    moved = np.abs((now - start)[order]).mean(axis=1)
    assert sorted(order) == list(range(16)) and (np.diff(moved) <= 0).all()
    assert "Untrained" in texts(click(weights, "reset"))


def test_one_unit_is_enlarged_with_what_it_tells_the_classes_and_a_class_with_who_speaks_for_it(weights, click):
    click(weights, "run", "pause")
    choose(weights, "unit_of_layer_1", 6)
    hidden, output = lab(weights).trainer.network.weights()
    np.testing.assert_array_equal(pictures(weights, "unit")[1][0], hidden.W[6])
    assert pictures(weights, "units")[0]["chosen"] == 6 and "Unit 7" in texts(weights)
    assert signed(hidden.b[6, 0]) in texts(weights)
    [bars] = charts(weights)["outgoing"]["data"]
    assert bars["x"] == list("0123456789")
    choose(weights, "layer_of_", 1)
    choose(weights, "unit_of_layer_2", 3)
    header, values = pictures(weights, "units")
    np.testing.assert_array_equal(values, output.W)
    assert header["form"] == "rows" and header["labels"] == list("0123456789")
    loudest = [pictures(weights, f"voices_{side}")[0]["units"][0] for side in ("for", "against")]
    assert loudest == [output.W[3].argmax(), output.W[3].argmin()]
    assert set(charts(weights)) == {"distribution", "incoming"}


def test_many_units_are_shown_in_parts(open_app):
    at = open_app(PAGE, recipe="fnn-784-784-10-10", examples="640")
    assert pictures(at, "units")[0]["units"] == list(range(128))
    choose(at, "part_of_784", 6)
    assert pictures(at, "units")[0]["units"] == list(range(768, 784))


def test_the_binary_recipe(open_app, click):
    at = click(open_app(PAGE, recipe="binary-400-25-15-1"), "run", "pause")
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
    choose(weights, "setting_hidden_0", 5)
    choose(weights, "layer_of_", 0)
    assert pictures(weights, "units")[0]["units"] == list(range(5)) and not weights.exception


def view(at, name):
    return choose(at, "weights_or_digit", name)


def test_one_digit_is_followed_through_the_layers_and_the_next_one(weights):
    at = view(weights, LAYER_BY_LAYER)
    network, images = lab(at).trainer.network, lab(at).trainer.digits.validation.images
    for position in (0, 1):
        Z1 = network.layers[0].W @ (images[position][:, None] / 255) + network.layers[0].b
        np.testing.assert_allclose(pictures(at, "stage_0")[1], Z1, atol=1e-5)
        np.testing.assert_allclose(pictures(at, "stage_1")[1], np.maximum(Z1, 0), atol=1e-5)
        at.button(key="next_digit").click().run()
    assert keys(at) == {f"stage_{i}" for i in range(4)}
    assert pictures(at, "stage_3")[0]["labels"] == list("0123456789")
    choose(at, "journey_digit_5000", 5000)
    at.button(key="next_digit").click().run()
    assert at.number_input(key="journey_digit_5000").value == 1 and not at.exception


def test_while_it_runs_what_the_layers_make_is_live(weights, click):
    at = click(view(weights, LAYER_BY_LAYER), "run")
    before = pictures(at, "stage_0"), [each.proto.bytes for each in at.get("bidi_component")]
    at.run()
    assert before[0][1] is None and before[1] != [each.proto.bytes for each in at.get("bidi_component")]
    click(at, "pause")
    assert pictures(at, "stage_0")[1] is not None and not at.exception


def test_a_convolution_shows_its_kernels_feature_maps_patches_and_what_a_channel_is_worth(open_app, shown):
    at = open_app(PAGE, recipe="cnn-32-64-128", examples="200")
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

    view(at, LAYER_BY_LAYER)
    header, maps = pictures(at, "stage_0")
    assert header["tile"] == [26, 26] and len(maps) == 16 and "16 of 32 channels" in texts(at)
    assert header["scale"] == [0, 254] and pictures(at, "stage_1")[0]["scale"] == [127, 254]
    assert pictures(at, "stage_1")[0]["limits"][0] == "0"
    choose(at, "journey_channels", 64)
    assert len(pictures(at, "stage_0")[1]) == 32 and len(pictures(at, "stage_3")[1]) == 64 and not at.exception

    view(at, "one unit")
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
        {"dropout": "0.5", "hidden": "8-40", "activation": "tanh"},
        {"hidden": "1024"},
        {"loss": "mean-squared-error", "hidden": "1"},
        {"scale": "1e300", "hidden": "5"},
    ],
    ids=str,
)
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_every_view_of_every_layer_of_other_networks(open_app, settings):
    at = open_app(PAGE, **settings, examples="200")
    layers = len(lab(at).trainer.network.weights())
    for layer in range(layers):
        view(at, "one unit")
        choose(at, "layer_of_", layer)
        view(at, "what if")
        for change in ("switch it off", "scale its weights", "change one number")[: 3 if layer == 0 else 1]:
            choose(at, "what_if_change", change)
            assert "| Before | Change | After |" in texts(at) and not at.exception
        choose(at, "what_if_change", None)
    view(at, "over time")
    assert not at.exception and keys(at) == {"gradients", "updates", *(["inactive"] if layers > 1 else [])}
    view(at, LAYER_BY_LAYER)
    assert not at.exception and len(keys(at)) == 2 * layers


def test_a_unit_switched_off_tried_discarded_and_kept(weights, click, shown):
    at = view(click(weights, "run", "pause"), "what if")
    assert not at.exception and not at.info and "keep_change" not in buttons(at)
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

    labels = trainer.digits.validation.labels
    right = [scores(trainer, change).argmax(axis=0) == labels for change in (None, without)]
    row = next(line for line in texts(at).split("\n") if line.startswith("| accuracy"))
    cells = [cell.strip(" *") for cell in row.split("|")]
    assert cells[2] == f"{100 * right[0].mean():.2f}" and cells[4] == f"{100 * right[1].mean():.2f}"
    flipped = {key: set(value[1]) for key, value in shown.items() if key.startswith("flipped")}
    assert flipped.get("flipped_to_wrong", set()) <= set((np.flatnonzero(right[0] & ~right[1]) + 1).tolist())
    assert flipped.get("flipped_to_right", set()) <= set((np.flatnonzero(~right[0] & right[1]) + 1).tolist())
    np.testing.assert_array_equal(trainer.network.parameters, before)
    click(at, "discard_change")
    assert "keep_change" not in buttons(at)
    np.testing.assert_array_equal(trainer.network.parameters, before)
    choose(at, "what_if_change", "switch it off")
    evaluations = len(trainer.history.evaluations)
    click(at, "keep_change")
    assert not trainer.network.weights()[1].W[:, 6].any() and len(trainer.history.evaluations) == evaluations + 1
    assert any("unit 7 of layer 1" in each.value for each in at.markdown) and "keep_change" not in buttons(at)
    assert trainer.history.evaluations.last("validation_accuracy") == pytest.approx(right[1].mean())
    click(at, "step_batch")
    assert not at.exception


def test_scaling_and_setting_one_number(weights, click):
    at = view(click(weights, "step_batch"), "what if")
    choose(at, "what_if_change", "scale its weights")
    choose(at, "what_if_factor", -1.0)
    W = lab(at).trainer.network.weights()[0].W.copy()
    click(at, "keep_change")
    np.testing.assert_array_equal(lab(at).trainer.network.weights()[0].W[0], -W[0])
    choose(at, "what_if_change", "change one number")
    for name, value in (("row", 5), ("column", 6)):
        choose(at, f"what_if_{name}_", value)
    choose(at, "what_if_value_weight", 0.75)
    click(at, "keep_change")
    assert lab(at).trainer.network.weights()[0].W[0, 28 * 4 + 5] == 0.75
    choose(at, "what_if_change", "change one number")
    choose(at, "what_if_number", "the bias")
    choose(at, "what_if_value_bias", -2.0)
    click(at, "keep_change")
    assert lab(at).trainer.network.weights()[0].b[0, 0] == -2 and len(lab(at).trainer.history.interventions) == 3
    assert not at.exception


def test_while_it_runs_nothing_is_tried_and_in_the_past_a_change_is_not_kept(weights, click):
    at = click(choose(view(weights, "what if"), "what_if_change", "switch it off"), "run")
    assert len(at.info) == 1 and "Before" not in texts(at) and not at.exception
    click(at, "pause")
    assert not at.button(key="keep_change").disabled
    lab(at).look_at(lab(at).timeline.snapshots[0])
    at.run()
    assert "| Before | Change | After |" in texts(at) and at.button(key="keep_change").disabled and not at.exception


def test_over_time_every_layer_has_its_curves(weights, click):
    at = view(weights, "over time")
    assert keys(at) == {"gradients", "updates", "inactive"} and any("**Run**" in each.value for each in at.caption)
    click(at, "run", "pause")
    assert not any("**Run**" in each.value for each in at.caption)
    choose(at, "update_measure", "per weight")
    click(at, "run")
    at.run()
    assert not at.exception


def test_the_weights_are_compared_with_an_earlier_snapshot(weights, click):
    click(weights, "step_batch", "step_batch", "step_batch", "step_batch")
    W = lab(weights).trainer.network.weights()[0].W
    snapshot = next(each for each in lab(weights).timeline.snapshots if each.steps == 2)
    then = lab(weights).trainer.twin(snapshot.state).network.weights()[0].W
    choose(weights, "compared_with", (2, 0))
    choose(weights, "weights_view", "change")
    np.testing.assert_array_equal(pictures(weights, "units")[1], W - then)
    assert [line["name"] for line in charts(weights)["distribution"]["data"]] == ["as shown", "in epoch 0.20 (batch 2)"]
    assert "in epoch 0.20 (batch 2)" in texts(weights)
    click(weights, "reset")
    assert not weights.exception and "compared_with" not in {each.key for each in weights.selectbox}
    click(weights, "step_batch", "step_batch", "step_batch")
    assert weights.selectbox(key="compared_with").value == "the start"


def test_a_dead_unit_comes_first_and_its_page_says_since_when(weights, click):
    for _ in range(3):
        click(weights, "step_batch")
    lab(weights).trainer.network.weights()[0].b[7] = -1e3
    click(weights, "step_batch")
    choose(weights, "weights_order", "inactive first")
    assert pictures(weights, "units")[0]["units"][0] == 7
    choose(weights, "weights_or_digit", "one unit")
    assert "dead" not in texts(weights)
    choose(weights, "unit_of_layer_1", 7)
    assert "dead" in texts(weights) and "epoch" not in texts(weights).partition("dead")[2].partition("back:")[0]
    click(weights, "step_batch", "step_batch")
    assert "since epoch 0.40" in texts(weights)  # a snapshot is kept after four batches
