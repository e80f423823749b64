"""Draw: can it read mine?"""

import io
import re
from gc import collect
from weakref import ref

import numpy as np
import pytest
from PIL import Image

from dashboard.draw.canvas_view import Drawing
from dashboard.draw.picture_view import CAMERA, FILE
from dashboard.draw.preparation import OPTIONAL
from dashboard.draw.strokes import drawn
from nnlib.convolution import Conv2D
from nnlib.layers import Dense
from nnlib.preprocessing import STAGES, prepare
from tests.pages.content import FEW, charts, choose, failures, lab, pictures, texts, unpacked

PAGE = "pages/draw.py"
SEVEN = (((0.28, 0.22), (0.72, 0.22), (0.42, 0.8)),)


def html(at):
    return " ".join(each.proto.body for each in at.get("html"))


def answers(at):
    """The large digits."""
    return re.findall(r'class="answer"[^>]*>([^<]*)<', html(at))


def stages(at):
    return re.findall(r'data-stage="(\w+)"', html(at))


def draw(at, strokes=SEVEN):
    at.session_state["Drawing"] = Drawing(strokes)
    return at.run()


def test_both_networks_read_the_digit_through_all_stages(open_app):
    at = open_app(PAGE)
    assert failures(at) == [] and answers(at) == [] and stages(at) == []
    draw(at)
    assert failures(at) == []
    assert len(answers(at)) == 2 and answers(at)[1] == "7"
    assert stages(at) == list(STAGES)
    assert "Untrained" in texts(at)
    choose(at, "draw_readers", "Reference CNN")
    assert answers(at) == ["7"] and "Untrained" not in texts(at)


def test_the_network_answers_as_it_was_at_the_moment_shown(open_app):
    at = open_app(**FEW)
    lab(at).run(5)
    while lab(at).running:
        lab(at).train(0.1)
    now = answers(draw(at.switch_page(PAGE).run()))
    lab(at).look_at(lab(at).timeline.snapshots[0])
    at.run()
    assert failures(at) == [] and "Untrained" in texts(at)
    lab(at).look_at_present()
    assert answers(at.run()) == now and "Untrained" not in texts(at)


def test_outputs_that_are_not_finite_are_no_answer(open_app):
    at = draw(open_app(PAGE, scale="1e300", **FEW))
    assert failures(at) == [] and answers(at) == ["7"] and "not finite" in texts(at)
    choose(at, "draw_view", "Layers")
    assert failures(at) == [] and not np.isfinite(pictures(at, "layers_this_0")[1]).all()


def upload(at, data, name="page.png"):
    choose(at, "draw_from", FILE)
    return at.file_uploader(key="picture_file").set_value((name, data, "image/png")).run()


def file_of(picture):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def test_the_digits_of_a_picture_are_read_in_order(open_app, shown):
    page = np.hstack([drawn(SEVEN), drawn((((0.5, 0.2), (0.5, 0.8)),))])
    at = upload(open_app(PAGE), file_of(page))
    assert failures(at) == []
    _, choices, chosen = shown["digits_on_picture"]
    assert choices == [0, 1] and chosen == 0 and answers(at)[1] == "7" and "7 1" in texts(at)
    shown.click["digits_on_picture"] = 1
    at.run()
    assert shown["digits_on_picture"][2] in (0, 1) and answers(at.run())[1] == "1"
    assert stages(at) == list(STAGES)


def test_several_digits_drawn_are_read_one_by_one_or_as_one(open_app, shown):
    two = (tuple((x / 2, y) for x, y in SEVEN[0]), ((0.75, 0.2), (0.75, 0.8)))
    at = draw(open_app(PAGE), two)
    assert failures(at) == [] and answers(at)[1] == "7" and shown["digits_on_picture"][1] == [0, 1]
    assert "7 1" in texts(at)
    shown.click["digits_on_picture"] = 1
    at.run()
    assert answers(at.run())[1] == "1"
    shown.clear()
    at.toggle(key="one_by_one").set_value(False).run()
    assert failures(at) == [] and len(answers(at)) == 2 and not shown.get("digits_on_picture")
    draw(at, SEVEN)
    assert "one_by_one" not in [each.key for each in at.toggle] and answers(at)[1] == "7"


def test_a_file_that_cannot_be_read_says_why(open_app):
    at = open_app(PAGE)
    for data in (b"", b"no picture", file_of(drawn(SEVEN))[:200]):  # the last is truncated
        upload(at, data)
        assert failures(at) == [] and answers(at) == []
        assert [each.value for each in at.error if "expected" in each.value]
    upload(at, file_of(np.full((50, 50), 255, np.uint8)))  # without digits
    assert failures(at) == [] and answers(at) == [] and not at.error and len(at.info) == 1


def test_a_picture_is_let_go_of_elsewhere(open_app):
    at = upload(open_app(PAGE), file_of(drawn(SEVEN)))
    picture = ref(at.session_state["Picture"].future.result())
    assert picture() is not None
    at.switch_page("pages/train.py").run()
    collect()
    assert picture() is None


def test_the_camera_is_off_until_it_is_switched_on(open_app):
    at = open_app(PAGE)
    choose(at, "draw_from", CAMERA)
    assert not at.camera_input
    at.toggle(key="camera_on").set_value(True).run()
    assert failures(at) == [] and len(at.camera_input) == 1
    at.switch_page("pages/train.py").run()
    assert not at.switch_page(PAGE).run().camera_input


@pytest.mark.parametrize("recipe", ["minibatch-784-128-10", "binary-400-25-15-1"])
def test_why_it_answers_so(open_app, digits, recipe):
    at = choose(draw(open_app(PAGE, recipe=recipe)), "draw_view", "Why?")
    assert failures(at) == []
    assert sum("pixels | biases" in each.value for each in at.markdown) == 2
    links = [each.proto.query_string for each in at.get("page_link")]
    assert sum("train-" in link for link in links) == 3


@pytest.mark.parametrize("recipe", ["minibatch-784-128-10", "binary-400-25-15-1", "cnn-32-64-128"])
def test_every_kind_of_network_and_what_each_layer_makes_of_it(open_app, click, recipe):
    at = draw(open_app(PAGE, recipe=recipe, examples="100"))
    assert failures(at) == [] and len(answers(at)) == 2
    assert ("0 and 1" in texts(at)) == recipe.startswith("binary")
    choose(at, "draw_view", "Layers")
    margin = 4 if recipe.startswith("binary") else 0
    x = prepare(drawn(SEVEN))["scale"][margin : 28 - margin, margin : 28 - margin].reshape(-1, 1) / np.float32(255)
    first = next(A for layer, A in lab(at).trainer.network.passing(x) if isinstance(layer, (Dense, Conv2D)))
    made = first if first.ndim == 2 else first[0].reshape(-1, 32).T[:16]
    values = pictures(at, "layers_this_0")[1]
    np.testing.assert_allclose(values, made.reshape(values.shape), atol=1e-5)
    header, probabilities = pictures(at, "layers_reference_9")
    assert header["labels"][int(probabilities.argmax())] == "7" and not failures(at)
    choose(at, "draw_channels", 8)
    assert len(pictures(at, "layers_reference_0")[1]) == 8
    click(at, "run")
    assert pictures(at, "layers_this_0")[1] is None and not failures(at)  # live, as on Weights


def test_how_stable_the_answer_is(open_app):
    at = choose(draw(open_app(PAGE, **FEW)), "draw_view", "How stable?")
    assert failures(at) == []
    found = charts(at)
    [reference] = [found[key]["data"][0] for key in found if "reference" in key]
    assert len(found) == 2 and unpacked(reference["z"])[6, 6] > 0.99
    at.slider(key="change_angle").set_value(60).run()
    assert failures(at) == [] and charts(at) == found  # they are of the digit as prepared


def test_what_takes_long_waits_until_it_is_paused(open_app, click):
    at = draw(click(open_app(PAGE, **FEW), "run"))
    for view in ("Why?", "How stable?"):
        choose(at, "draw_view", view)
        assert failures(at) == [] and len(answers(at)) == 2 and not at.get("plotly_chart")
        assert any("Pause" in each.value for each in at.info)
    assert not any("Pause" in each.value for each in click(at, "pause").info)


def test_a_stage_is_left_out_in_all_views(open_app):
    at = choose(draw(open_app(PAGE)), "stages_on", [name for name in OPTIONAL if name != "centre"])
    assert failures(at) == [] and stages(at) == [name for name in STAGES if name != "centre"]
    choose(at, "draw_view", "Why?")
    assert "centred" in texts(at)
    at.run()
    assert "centred" in texts(at)
    assert "centre" not in stages(choose(at, "draw_view", "Stages"))


def test_a_picture_is_read_while_the_network_trains(open_app, click):
    at = upload(click(open_app(PAGE, **FEW), "run"), file_of(drawn(SEVEN)))
    for _ in range(200):
        if answers(at):
            break
        at.run()
    assert failures(at) == [] and answers(at)[1] == "7" and lab(at).running
