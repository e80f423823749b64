"""Shapes: what are all these matrices?"""

import json
import re

import numpy as np
import pytest

from dashboard.notation.formulas import plain
from dashboard.notation.layer_names import words
from dashboard.shapes.scale_drawing import LINEAR
from nnlib.describe.network import matrices
from tests.pages.content import FEW, charts, choose, lab, texts, unpacked, widget

PAGE = "pages/shapes.py"


@pytest.fixture
def shapes(open_app):
    """The page for a visitor who comes by an address with these settings."""
    return lambda **settings: open_app(PAGE, **settings)


def table(at):
    return at.dataframe[0].value.set_index("symbol")


def html(at):
    """The diagram, and the chosen formula drawn to scale."""
    data = [json.loads(each.proto.json) for each in at.get("bidi_component")]
    [diagram] = [each["html"] for each in data if "html" in each]
    return [diagram, *(each.proto.body for each in at.get("html"))]


def formula(at):
    [found] = at.latex
    return found.value


def lit(at):
    return re.search(r'data-box="lit"[^>]*><b[^>]*>(.*?)</b>', html(at)[0]).group(1)


def corrections(at):
    """{symbols: [published, correct]} of the list of misprints."""
    lines = re.findall(r"^- \*\*(.*?)\*\*: (.*)$", "\n".join(each.value for each in at.markdown), re.M)
    return {names: re.findall("`(.*?)`", line) for names, line in lines}


def show(at, symbol):
    """Choose a matrix, as a click on its row does."""
    row = list(table(at).index).index(plain(symbol))
    at.session_state[f"matrices_{len(table(at))}"] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return at.run()


def test_untrained_it_lists_every_matrix_of_a_step_and_parameters_as_arithmetic(shapes):
    at = shapes()
    trainer = lab(at).trainer
    assert list(table(at).index) == [plain(each.symbol) for each in matrices(trainer.network, trainer.loss, 64)]
    assert table(at).loc["Z[1]", "follows from"] == "(128, 784) @ (784, 64) -> (128, 64)"
    assert "784-128-10" in texts(at) and "17 matrices" in texts(at) and "1.16 MB" in texts(at)
    assert at.dataframe[0].proto.alt and texts(at).count("1/m") == 1
    assert "| W[1], b[1] | 128 × 784 + 128 | 100,480 |" in texts(at)
    assert "| **all** | 100,480 + 1,290 | **101,770** |" in texts(at)
    assert "| parameters | 101,770 | 407 KB |" in texts(at)
    assert "published" not in table(at).columns and not corrections(at)  # a recipe of ours has no misprints
    at.toggle(key="show_numbers").set_value(True).run()
    own = [widget(at, start) for start in ("convention", "m_", "rectangle_scale")]
    assert all(each.help for each in [*own, at.toggle(key="show_numbers")])


def test_at_first_a_product_is_chosen_lit_and_taken_apart_and_by_choice_another_matrix(shapes):
    at = shapes()
    assert at.subheader[0].value.startswith("Z[1]: ") and lit(at) == "Dense"
    assert r"Z^{[1]}} = " in formula(at)
    logarithmic = html(at)[1]
    assert logarithmic.count("784") == 2
    choose(at, "rectangle_scale", LINEAR)
    assert html(at)[1] != logarithmic and f"*{64 / 784:.4f})" in html(at)[1]
    show(at, "dZ1")
    assert at.subheader[0].value.startswith("dZ[1]: ") and lit(at) == "ReLU"


def test_m_begins_at_the_batch_size_in_use_and_a_slider_sets_it_on_this_page_alone(shapes):
    at = shapes(batch="128")
    assert table(at).loc["X", "shape"] == "784 × 128"
    choose(at, "m_", 256)
    assert table(at).loc["X", "shape"] == "784 × 256" and lab(at).trainer.batch_size == 128


def test_rows_turn_every_shape_over(shapes):
    at = shapes()
    columns = table(at)
    rows = table(choose(at, "convention", "Rows"))
    for symbol in columns.index:
        assert rows.loc[symbol, "shape"].split(" × ") == columns.loc[symbol, "shape"].split(" × ")[::-1]
    assert rows.loc["Z[1]", "follows from"] == "(64, 784) @ (784, 128) -> (64, 128)"
    assert re.search(r"\{X\} .*\{W\^\{\[1\]\}\}", formula(at))  # X W


def test_numbers_are_those_of_the_network_as_it_stands_and_looking_trains_nothing(shapes, click):
    at = click(shapes(**FEW), "step_batch")
    trainer = lab(at).trainer
    before = trainer.network.parameters.copy()
    show(at, "b2")
    at.toggle(key="show_numbers").set_value(True).run()
    [b] = [each.value for each in matrices(trainer.network, trainer.loss, 64) if each.symbol == "b2"]
    assert np.any(b)
    for convention, title in (("Columns", " 1"), ("Rows", " 10")):
        [figure] = charts(choose(at, "convention", convention)).values()
        np.testing.assert_allclose(unpacked(figure["data"][0]["customdata"]).ravel(), b.ravel(), rtol=1e-6)
        assert figure["layout"]["xaxis"]["title"]["text"].endswith(title)
    np.testing.assert_array_equal(trainer.network.parameters, before)
    assert trainer.steps == 1


def test_while_it_runs_the_shapes_stand_and_the_numbers_wait(shapes, click):
    at = shapes(**FEW)
    at.toggle(key="show_numbers").set_value(True).run()
    shown = table(at)
    click(at, "run").run()
    assert lab(at).running and table(at).equals(shown)
    assert not charts(at) and "Pause" in texts(at)
    assert charts(click(at, "pause")) and "Pause" not in texts(at)
    assert charts(click(at, "reset")) and table(at).equals(shown)


def test_dropout_has_its_matrices_and_layers_that_do_nothing_have_none(shapes):
    assert {"D[1]", "Ã[1]", "dÃ[1]"} <= set(table(shapes(dropout="0.5")).index)
    at = shapes(dropout="0")
    assert not {"D[1]", "Ã[1]"} & set(table(at).index) and "Dropout" not in html(at)[0]


def test_binary_recipe(shapes):
    at = shapes(recipe="binary-400-25-15-1")
    assert table(at).loc["X", "shape"] == "400 × 32"
    assert table(at).loc["A[3]", "shape"] == table(at).loc["Y", "shape"] == "1 × 32"
    assert "| W[3], b[3] | 15 + 1 | 16 |" in texts(at)
    assert words(lab(at).trainer.loss) in html(at)[0]


def test_convolution_needs_no_case_of_its_own(shapes):
    at = shapes(recipe="cnn-32-64-128", examples="200")
    assert "| W[1], b[1] | 32 × 9 + 32 | 320 |" in texts(at)
    assert table(at).loc["Z[1]", "follows from"] == "(32, 9) @ (9, 43264) -> (32, 43264)"
    assert lit(at) == "Conv2D"


def test_misprints_of_a_text_in_columns_stand_at_their_rows(shapes):
    at = shapes(recipe="simple-784-10-10", examples="200")
    assert table(at).loc["dW[1]", ["published", "shape"]].tolist() == ["10 × 10", "10 × 784"]
    assert corrections(at) == {"dW[1]": ["10 × 10", "10 × 784"], "W[2]": ["W[1]: 10 × 10", "W[2]: 10 × 10"]}


def test_misprints_of_a_text_in_rows_stand_at_their_rows_and_in_detail_but_in_columns_not_beside_shapes(shapes):
    at = shapes(recipe="hidden-128", examples="200")
    assert table(at).loc["X", ["published", "shape"]].tolist() == ["784 × m", "200 × 784"]  # in rows by itself
    listed = texts(at).count("`Y − A[2]ᵀ`")
    show(at, "dZ2")
    assert corrections(at)["dZ[2]"] == ["Y − A[2]ᵀ", "A[2] − Y"]
    assert texts(at).count("`Y − A[2]ᵀ`") == listed + 1  # beside its shape too
    choose(at, "convention", "Columns")
    assert "published" not in table(at).columns and corrections(at)["X"] == ["784 × m", "m × 784"]


def test_a_choice_is_kept_where_the_next_network_has_that_matrix_too(shapes, click):
    at = show(shapes(), "dW1")
    click(at, "add_layer")
    assert at.subheader[0].value.startswith("dW[1]: ")
    show(at, "dW3")
    click(at, "remove_layer")
    assert at.subheader[0].value.startswith("Z[1]: ")  # there is no dW[3] any more


def practise(at, which):
    return choose(at, "shapes_view", f"exercise: the missing {which}")


def answer(at, rows, columns):
    for label, value in (("Rows", rows), ("Columns", columns)):
        [number] = [each for each in at.number_input if each.label == label]
        number.set_value(value)
    return check(at)


def score(at):
    """(right, asked), or None before the first answer."""
    found = re.search(r"(\d+) of (\d+) right", texts(at))
    return found and tuple(map(int, found.groups()))


def check(at):
    [button] = [each for each in at.button if each.label == "Check"]
    return button.click().run()


def test_a_missing_shape_is_asked_judged_and_counted(shapes):
    at = practise(shapes(), "shape")
    assert not at.dataframe and not at.get("bidi_component")  # they would tell
    trainer = lab(at).trainer
    shape_of = {plain(each.symbol): each.shape for each in matrices(trainer.network, trainer.loss, trainer.batch_size)}

    def asked():
        question = at.subheader[0].value
        [name] = [symbol for symbol in shape_of if re.search(rf"(?<!\w){re.escape(symbol)}(?!\w)", question)]
        return shape_of[name]

    check(at)
    assert score(at) is None  # both numbers are needed
    answer(at, *asked())
    assert at.success and not at.error and score(at) == (1, 1)
    at.button(key="next_shape").click().run()
    assert not at.success and not at.error
    answer(at, 3, 5)
    assert "`(3, 5)`" in at.error[0].value and score(at) == (1, 2)
    answer(at, *asked())
    assert at.success and score(at) == (1, 2)
    at.switch_page("pages/train.py").run()
    at.switch_page(PAGE).run()
    assert score(at) == (1, 2) and not at.exception


def test_another_network_forgets_the_answer_but_not_the_score(shapes, click):
    at = answer(practise(shapes(), "shape"), 3, 5)
    click(at, "add_layer")
    assert not at.error and score(at) == (0, 1) and not at.exception
    assert not choose(at, "convention", "Rows").exception


@pytest.mark.parametrize("recipe", ["first-steps", "binary-400-25-15-1", "cnn-32-64-128"])
def test_a_missing_transpose_is_asked_and_judged(shapes, recipe):
    at = practise(shapes(recipe=recipe, examples="200"), "transpose")
    check(at)
    assert score(at) is None
    verdicts = []
    for choice in range(4):
        at.radio[0].set_value(choice)
        check(at)
        verdicts.append(bool(at.success))
        assert bool(at.error) != bool(at.success)
    assert sum(verdicts) == 1 and score(at)[1] == 1 and not at.exception
    at.button(key="next_transpose").click().run()
    assert at.radio[0].value is None and not at.error


def test_a_derivation_opens_step_by_step_and_ends_with_numbers_that_agree(shapes, click):
    at = choose(shapes(**FEW), "shapes_view", "derivations")
    steps = [len(at.latex)]
    while any(button.key == "derive_product" for button in at.button):
        click(at, "derive_product")
        steps.append(len(at.latex))
    assert steps == [1, 2, 3, 4] and ":green" in texts(at) and not at.exception
    choose(at, "derivation", "error")
    assert len(at.latex) == 1


def test_an_axis_and_a_number_by_hand_are_asked_and_judged(shapes):
    at = choose(shapes(**FEW), "shapes_view", "exercise: the axis of a sum")
    for answer, right in (("axis 0", False), ("everything", False), ("axis 1", True)):
        at.radio[0].set_value(answer)
        assert bool(check(at).success) == right and score(at) == (0, 1)
    choose(at, "convention", "Rows")
    at.radio[0].set_value("axis 0")
    assert check(at).success
    choose(at, "shapes_view", "exercise: a number of dW by hand")
    gradients, inputs = (
        [float(each.replace("−", "-")) for each in re.search(r"`\[(.*)\]`", text.value)[1].split(", ")]
        for text in at.markdown
        if "`[" in text.value
    )
    for sign in (-1, 1):
        [number] = [each for each in at.number_input if each.label == "Your number"]
        number.set_value(sign * sum(a * b for a, b in zip(gradients, inputs, strict=True)))
        assert bool(check(at).success) == (sign == 1) and score(at) == (0, 1) and not at.exception
