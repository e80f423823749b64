"""What only a browser can show of the live charts: the value under the pointer, the zoom, one canvas for good."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from nnlib.recipes import RECIPES
from tests.browser.controls import press

SOURCE = Path(__file__).parents[2] / "dashboard" / "components" / "line_chart.js"
ADDRESS = "?hidden=16&examples=1000&seed=5"  # sixteen mini-batches an epoch
RECIPE = replace(RECIPES["first-steps"], hidden=(16,), training_size=1000, seed=5)
VIEW = ".st-key-loss:not([data-retained]) .livechart"


def canvas(page):
    return page.locator(f"{VIEW} > canvas")


def readout(page):
    return page.locator(f"{VIEW} .readout")


def point_at(page, share):
    """Put the pointer so far across the canvas; what is told there."""
    box = canvas(page).bounding_box()
    canvas(page).hover(position={"x": share * box["width"], "y": box["height"] / 2})
    return told(page)


def told(page):
    """The epoch of the readout, and {series: (value, unit)}."""
    rows = [row.text_content() for row in readout(page).locator("div").all()]
    values = (re.fullmatch(r"(.+?) ([\d.e−]+) (\S+)(?: at [\d.]+)?", row).groups() for row in rows[1:])
    return float(rows[0].removeprefix("epoch ")), {name: (float(value), unit) for name, value, unit in values}


def drag(page, start, end):
    canvas(page).hover()  # scrolls it into view
    box = canvas(page).bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], y, steps=5)
    page.mouse.up()


@pytest.fixture(scope="module")
def trained(digits):
    """What the visitor of this address has after an epoch."""
    trainer = RECIPE.trainer(digits)
    trainer.epoch()
    return trainer.history


@pytest.fixture
def after_an_epoch(open_dashboard):
    page = open_dashboard(ADDRESS)
    page.locator(".st-key-smoothing input[type=range]").press("Home")
    press(page, "step_epoch", "paused · epoch 1.00")
    expect(page.locator(f"{VIEW} .legend")).to_have_text("mini-batchtrainingvalidation")
    return page


def test_the_values_under_the_pointer_and_by_the_keys_are_those_of_the_history(after_an_epoch, trained):
    page, losses = after_an_epoch, trained.batches["loss"]
    for share in (0.3, 0.6, 0.9):
        epoch, values = point_at(page, share)
        step = round(16 * epoch)
        assert epoch == pytest.approx(trained.batches["epoch"][step - 1], abs=0.0051)
        assert values["mini-batch"] == (pytest.approx(losses[step - 1], rel=6e-4), "nats")
    for row, key in ((1, "End"), (0, "Home")):  # in between, how fast the machine is decides where there are more
        canvas(page).press(key)
        epoch, values = told(page)
        assert epoch == row == trained.evaluations["epoch"][row]
        for split in ("training", "validation"):
            assert values[split] == (pytest.approx(trained.evaluations[f"{split}_loss"][row], rel=6e-4), "nats")
    for step in (1, 2, 3):
        page.keyboard.press("ArrowRight")
        assert told(page)[1]["mini-batch"][0] == pytest.approx(losses[step - 1], rel=6e-4)
    page.keyboard.press("Escape")
    expect(readout(page)).to_be_hidden()


def test_the_zoom_outlasts_the_training_and_a_double_click_ends_it(after_an_epoch):
    page = after_an_epoch
    node = canvas(page).evaluate_handle("canvas => canvas")
    button = page.locator(f"{VIEW} .whole")
    height = page.locator(VIEW).bounding_box()["height"]
    expect(button).to_be_hidden()
    drag(page, 0.4, 0.7)
    expect(button).to_be_visible()
    first, last = point_at(page, 0.25)[0], point_at(page, 0.97)[0]
    assert 0.2 < first < last < 0.8
    press(page, "run_epochs", "paused · epoch 11.00")  # few enough mini-batches that all are drawn
    assert (point_at(page, 0.25)[0], point_at(page, 0.97)[0]) == (first, last)
    canvas(page).dblclick()
    expect(button).to_be_hidden()
    assert point_at(page, 0.97)[0] > 10
    assert canvas(page).evaluate("(canvas, node) => canvas === node", node)  # after all these redraws
    drag(page, 0.4, 0.7)
    button.click()
    expect(button).to_be_hidden()
    drag(page, 0.4, 0.7)
    press(page, "reset", "untrained")
    expect(button).to_be_hidden()  # nothing is left there
    assert page.locator(VIEW).bounding_box()["height"] == height


# The parts of the script that are pure, called on an empty page


@pytest.fixture(scope="module")
def call(browser):
    """A function that calls an exported function of the script: `call("ticks", 0, 1, 5)`."""
    page = browser.new_page()
    module = page.evaluate_handle(
        "source => import(URL.createObjectURL(new Blob([source], {type: 'text/javascript'})))",
        SOURCE.read_text(encoding="utf-8"),
    )
    yield lambda name, *arguments: module.evaluate(
        "(module, [name, given]) => module[name](...given)", [name, arguments]
    )
    page.close()


@pytest.mark.parametrize(
    ("ends", "room", "expected"),
    [
        ((0, 2.5), 5, [0, 0.5, 1, 1.5, 2, 2.5]),
        ((0, 101), 5, [0, 20, 40, 60, 80, 100]),
        ((0, 1.02), 6, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        ((0.61, 0.72), 5, [0.62, 0.64, 0.66, 0.68, 0.7, 0.72]),
        ((0, 3e30), 3, [0, 1e30, 2e30, 3e30]),
        ((-0.05, 0.05), 2, [-0.05, 0, 0.05]),
    ],
)
def test_ticks_are_round_numbers(call, ends, room, expected):
    assert call("ticks", *ends, room) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("ends", "room", "expected"),
    [
        ((0.04, 3), 6, [0.05, 0.1, 0.2, 0.5, 1, 2]),
        ((0.0004, 300), 5, [0.001, 0.01, 0.1, 1, 10, 100]),
        ((1e-12, 1e3), 4, [1e-12, 1e-9, 1e-6, 1e-3, 1, 1e3]),
        ((2.2, 2.6), 4, [2.2, 2.3, 2.4, 2.5, 2.6]),
    ],
)
def test_logarithmic_ticks_are_powers_of_ten_and_what_fits_between(call, ends, room, expected):
    assert call("logTicks", *ends, room) == pytest.approx(expected)


def test_labels_are_short(call):
    assert call("labels", [0, 0.05, -2, 100, 2e-5, 3e30]) == ["0", "0.05", "−2", "100", "2e−5", "3e30"]


def test_the_vertical_axis_holds_what_is_seen(call):
    def chart(y, **axis):
        series = [{"x": [0, 1, 2, 3], "y": y}, {"x": [], "y": []}]
        return {"series": series, "y": {"low": None, "high": None, "log": False} | axis}

    loss = chart([4, 2, None, 1], low=0)
    assert call("verticalRange", loss, 0, 3, False) == pytest.approx([0, 4.2])
    assert call("verticalRange", loss, 0.5, 1, True) == pytest.approx([1.95, 3.05])  # from 3, halfway, to 2
    assert call("verticalRange", loss, 2.2, 2.8, True) == [0, 1]  # in the gap there is nothing
    assert call("verticalRange", chart([10, 90, 95, 97], low=0, high=101), 0, 3, False) == [0, 101]
    assert call("verticalRange", chart([10, 90, 95, 97], low=0, high=101), 1, 3, True) == pytest.approx([89.65, 97.35])
    least, most = call("verticalRange", chart([0, 0.01, 1, -1], log=True), 0, 3, False)
    assert 0.007 < least < 0.01 and 1 < most < 1.4


def test_words_find_a_free_place_inside(call):
    frame = {"left": 0, "top": 0, "width": 100, "height": 50}
    taken = [{"left": 50, "top": 0, "width": 50, "height": 20}]
    assert call("place", [[60, 10], [90, 30], [60, 20]], 30, 10, frame, taken) == [60, 20]
    assert call("place", [[60, 10]], 30, 10, frame, taken) is None
