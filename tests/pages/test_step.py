"""One step: how does one update happen?"""

import numpy as np
import pytest

from dashboard.notation.misprints import misprints
from dashboard.notation.numbers import number
from dashboard.step.training_step import BACKWARD, BATCH, FORWARD, LOSS, PHASES, UPDATE
from dashboard.step.vectorization import WAYS
from tests.figures import figures
from tests.pages.content import FEW, buttons, charts, choose, lab, texts, widget

PAGE = "pages/step.py"


@pytest.fixture
def open_step(open_app, shown):
    """The page for a visitor who comes by an address with these settings."""
    return lambda **settings: open_app(PAGE, **settings)


def walk(at):
    return at.session_state["Walk"]


def html(at):
    return " ".join(each.proto.body for each in at.get("html"))


def go(at, phase):
    assert not choose(at, "step_phase", phase).exception
    return at


def opened(at):
    return at.subheader[0].value


def open_matrix(at, shown, phase, symbol):
    shown.click[f"step_film_{phase}"] = symbol
    at.run()
    return at.run()


# Every phase, for every kind of network


@pytest.mark.parametrize(
    "settings",
    [
        FEW,
        {"recipe": "binary-400-25-15-1"},
        {"recipe": "hidden-128", "examples": "640"},
        {"recipe": "cnn-32-64-128", "examples": "640", "batch": "4"},
        {"recipe": "dense-128-64", "dropout": "0.5", "l2": "0.01", "examples": "640"},
        {**FEW, "hidden": "none"},
        {**FEW, "digit": "validation-12"},
        {**FEW, "init": "zero"},
    ],
    ids=["ReLU", "binary", "rows", "CNN", "dropout, L2, Adam", "no hidden layer", "one digit", "zeros"],
)
def test_every_phase_shows_its_matrices(open_step, shown, settings):
    at = open_step(**settings)
    for phase in PHASES:
        go(at, phase)
        step = walk(at).step(lab(at), at.session_state["Address"].digit, False)
        symbols = [each.symbol for each in step.of_phase(phase)]
        assert shown[f"step_film_{phase}"][1] == symbols
        assert "data-choice" in shown["step_cells"][0]
    for symbol in (symbols[0], symbols[-1]):
        open_matrix(at, shown, UPDATE, symbol)
        assert not at.exception and not charts(at)


def test_it_opens_with_the_batch_a_click_on_a_digit_follows_it_and_one_on_a_cell_explains_it(open_step, shown):
    at = open_step(**FEW)
    assert walk(at).phase == BATCH and walk(at).dry_run.m == 64 and "step_refresh" not in buttons(at)
    assert shown["step_digits"][1] == list(range(64)) and opened(at).startswith("X")
    shown.click["step_digits"] = 9
    at.run()
    go(at, FORWARD)
    assert walk(at).example == 9 and "no. 10" in texts(at)
    place = shown["step_cells"][1][5]
    shown.click["step_cells"] = place
    at.run().run()
    assert shown["step_cells"][2] == place
    assert widget(at, "step_row_").value == place[0] + 1
    value = walk(at).step(lab(at), None, False).by_symbol["Z1"].value[tuple(place)]
    assert f"{abs(value):.3g}"[:4] in html(at)


def test_row_and_column_can_be_typed_and_the_window_follows(open_step, shown):
    at = go(open_step(**FEW), BACKWARD)
    open_matrix(at, shown, BACKWARD, "dW1")
    choose(at, "step_column_", 777)
    assert shown["step_cells"][2][1] == 776
    assert 776 in [place[1] for place in shown["step_cells"][1]]
    choose(at, "step_columns from_dW1", 1)
    assert shown["step_cells"][1][0][1] == 0 and shown["step_cells"][2][1] == 776


def test_rows_turn_every_formula_round(open_step):
    at = go(open_step(**FEW), FORWARD)
    assert at.latex[0].value.index("W^{[1]}") < at.latex[0].value.index("{X}")
    choose(at, "convention", "Rows")
    assert at.latex[0].value.index("{X}") < at.latex[0].value.index("W^{[1]}")
    assert r"\underset{\,m \times 784\,}{X}" in at.latex[0].value


def test_the_row_recipe_opens_in_rows_with_its_misprints_corrected(open_step, shown):
    at = go(open_step(recipe="hidden-128", examples="640"), BACKWARD)
    [misprint] = [each for each in misprints("hidden-128") if "dZ2" in each.symbols]
    assert misprint.published in texts(at) and misprint.right in texts(at)
    assert at.latex[0].value.count("A^{[2]}") == 1 and "- " in at.latex[0].value


def test_next_and_previous_walk_through_the_phases_and_slow_motion_can_be_stopped(open_step, click):
    at = open_step(**FEW)
    keys = [button.proto.shortcut.lower() for button in at.button if button.proto.shortcut]
    assert len(keys) == len(set(keys)) >= 7 and not {"c", "r"} & set(keys)  # those are Streamlit's
    seen = [walk(at).phase]
    while not at.button(key="step_next").disabled:
        seen.append(walk(click(at, "step_next")).phase)
    assert seen == list(PHASES) and not at.button(key="step_previous").disabled
    assert walk(click(at, "step_previous")).phase == BACKWARD
    assert walk(click(at, "step_play")).playing
    assert not walk(click(at, "step_stop")).playing


def test_all_at_once_shows_every_matrix_of_the_step(open_step, shown):
    at = go(open_step(**FEW), "all at once")
    step = walk(at).step(lab(at), None, False)
    for phase in PHASES:
        assert shown[f"step_film_{phase}"][1] == [each.symbol for each in step.of_phase(phase)]
    assert at.button(key="step_take") is not None
    shown.click[f"step_film_{BACKWARD}"] = "dW1"
    at.run()
    assert walk(at.run()).phase == BACKWARD and opened(at).startswith("dW[1]")


# Taking it


def test_looking_changes_nothing_and_updating_takes_the_trainers_own_step(open_step, open_app, click):
    at = open_step(**FEW)
    for phase in PHASES:
        go(at, phase)
    assert lab(at).trainer.steps == 0
    after = walk(at).dry_run.after
    click(at, "step_take")
    other = click(open_app(**FEW), "step_batch")
    assert np.array_equal(lab(at).trainer.network.parameters, lab(other).trainer.network.parameters)
    assert np.array_equal(lab(at).trainer.network.parameters, after)
    assert at.success[0].icon == ":material/check:" and "step_take" not in buttons(at)
    assert walk(click(at, "step_on")).phase == BATCH and "step_take" not in buttons(at)
    assert walk(at).epoch == pytest.approx(0.1) and "0.10" in texts(at)


def test_a_step_in_blocks_has_its_own_dropout_and_the_difference_is_told(open_step, click):
    at = go(open_step(hidden="256", examples="640", batch="128", dropout="0.5"), UPDATE)
    after = walk(at).dry_run.after
    click(at, "step_take")
    apart = np.abs(lab(at).trainer.network.parameters - after).max()
    assert lab(at).trainer.position == 0.2 and apart > 1e-3 and number(apart) in at.success[0].value


def test_a_training_digit_can_be_learned_and_a_held_back_one_cannot(open_step, click):
    at = click(go(open_step(**FEW, digit="train-5"), UPDATE), "step_take")
    assert lab(at).trainer.steps == 1 and lab(at).trainer.position == 0
    at = go(open_step(**FEW, digit="test-5"), UPDATE)
    assert at.button(key="step_take").disabled


def test_a_step_on_the_first_digits_of_a_large_batch_is_an_extra_one(open_step, click):
    at = go(open_step(**FEW, batch="all"), UPDATE)
    assert {240, 640} <= set(figures(at.markdown[0].value)) and 240 in figures(at.caption[-1].value + texts(at))
    click(at, "step_take")
    assert lab(at).trainer.steps == 1 and lab(at).trainer.position == 0


def test_while_it_runs_the_numbers_stay_until_refreshed(open_step, click):
    at = click(open_step(**FEW), "run")
    first = walk(at).dry_run
    at.run()
    assert walk(at).dry_run is first
    assert go(at, UPDATE).button(key="step_take").disabled
    assert walk(click(at, "step_refresh")).dry_run is not first


def test_after_an_explosion_there_is_no_step_to_take(open_step, click):
    at = go(click(open_step(lr="1e30", **FEW), "step_batch"), UPDATE)
    assert not at.exception and at.button(key="step_take").disabled and "±" not in texts(at)


# The rest


def test_temperature_changes_the_display_alone(open_step):
    at = go(open_step(**FEW), LOSS)
    before, loss = html(at), number(walk(at).dry_run.value, 4)
    assert f"{loss}**" in texts(at) and "T = 5" not in texts(at)
    choose(at, "step_temperature", 5.0)
    assert html(at) != before and f"{loss}**" in texts(at) and "T = 5" in texts(at)


def test_binary_outputs_go_through_a_sigmoid(open_step):
    at = go(open_step(recipe="binary-400-25-15-1"), LOSS)
    assert "<b>Sigmoid</b>" in html(at) and "Binary cross-entropy" in html(at)


def test_the_gradient_of_a_weight_is_checked_and_agrees(open_step, shown, click):
    at = go(open_step(**FEW), BACKWARD)
    assert "step_nudge" not in buttons(at)  # dZ is the gradient of no weight
    assert "# dZ = (A - Y) / m" in html(at) and "nnlib/losses.py" in texts(at)  # the code that runs
    open_matrix(at, shown, BACKWARD, "dW2")
    assert not charts(at)
    [chart] = charts(click(at, "step_nudge")).values()
    assert len(chart["data"]) == 4
    [table] = [each.value for each in at.markdown if each.value.startswith("| | gradient")]
    analytic, numerical, error = (float(row.split("`")[1]) for row in table.split("\n")[2:])
    assert analytic == pytest.approx(numerical, rel=1e-5) and error < 1e-6
    assert len(charts(go(at, UPDATE))) == 1  # the same weight, whose gradient has been checked
    open_matrix(at, shown, UPDATE, "W1")
    assert not charts(at)


def test_a_layer_is_computed_in_three_ways(open_step, click):
    at = click(go(open_step(**FEW), FORWARD), "step_ways")
    assert all(way in texts(at) for way in WAYS) and "Z1" in walk(at).timings


# Links


def test_another_page_lets_go_of_the_step(open_step):
    at = open_step(**FEW)
    assert walk(at).dry_run is not None
    at.switch_page("pages/train.py").run()
    assert walk(at).dry_run is None
    assert not at.switch_page(PAGE).run().exception and walk(at).dry_run is not None


def test_an_address_names_a_digit_and_follows_what_is_chosen(open_step):
    at = open_step(**FEW, digit="validation-123")
    assert "validation digit no. 123" in texts(at) and at.query_params["digit"] == "validation-123"
    image = lab(at).trainer.digits.validation.images[122]
    assert np.array_equal(walk(at).dry_run.images, image[None])
    choose(at, "step_source", "The next mini-batch")
    assert "digit" not in at.query_params and walk(at).dry_run.m == 64
    choose(at, "step_source", "One digit")
    assert at.query_params["digit"] == "train-1"
    at.number_input(key="step_number").set_value(600).run()
    assert at.query_params["digit"] == "train-600"
    choose(at, "step_split", "validation")
    assert at.query_params["digit"] == "validation-1"


def test_a_digit_that_another_recipe_does_not_have_is_let_go(open_step):
    at = choose(open_step(all_settings=True, **FEW, digit="train-600"), "setting_training_size", 100)
    assert not at.exception and "digit" not in at.query_params


@pytest.mark.parametrize("text", ["validation-99999", "nothing", "test-0", "train-641"])
def test_a_digit_that_does_not_exist_is_told_and_the_page_works(open_app, text):
    at = open_app(**FEW, digit=text)
    assert "digit in the address" in texts(at)
    at.switch_page(PAGE).run()
    assert not at.exception and walk(at).dry_run.m == 64


def test_mistakes_and_data_link_here_with_their_digit(open_app, shown):
    at = open_app(**FEW)
    for page, start in (("pages/mistakes.py", "validation-"), ("pages/data.py", "train-1")):
        at.switch_page(page).run()
        link = at.get("page_link")[0]  # then, on Mistakes, those to the training digits most like it
        assert f"digit={start}" in link.proto.query_string and "hidden=16" in link.proto.query_string
