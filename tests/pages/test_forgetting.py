"""The view Forgetting of the page Mistakes."""

import json

import pytest

from dashboard.mistakes import forgetting

PAGE = "pages/mistakes.py"
FEW = {"hidden": "16", "examples": "640"}


def view(open_app, **settings):
    at = open_app(**settings).switch_page(PAGE).run()
    return at.segmented_control(key="mistakes_view").set_value("Forgetting").run()


def lab(at):
    return at.session_state["lab"]


def train(at, epochs):
    for _ in range(epochs):
        lab(at).trainer.epoch()
    return at.run()


def texts(at):
    return " ".join(each.value for each in [*at.markdown, *at.caption, *at.info, *at.success])


def snapshots(at):
    """How many snapshots the chart shows."""
    [chart] = at.get("plotly_chart")
    return len(json.loads(chart.proto.spec)["data"][0]["text"])


def test_untrained_it_says_what_to_press(open_app, shown):
    at = view(open_app, **FEW)
    assert not at.exception and "**Epoch**" in at.info[0].value and "retrospect" not in shown


@pytest.mark.parametrize(
    ("settings", "n"),
    [
        (FEW, 5000),
        ({"recipe": "binary-400-25-15-1", "examples": "320"}, 200),
        ({"loss": "mean-squared-error", **FEW}, 5000),
        ({"recipe": "cnn-32-64-128", "examples": "100"}, 5000),
    ],
    ids=str,
)
def test_each_kind_of_digit_is_shown_with_its_history(open_app, shown, settings, n):
    at = train(view(open_app, **settings), 3)
    assert not at.exception and not at.info and f"of {n:,} validation" in texts(at)
    [chart] = at.get("plotly_chart")
    assert len(json.loads(chart.proto.spec)["data"]) == 3
    seen = forgetting.of(lab(at).timeline.snapshots, lab(at).trainer.steps)
    for which, (choose, _) in forgetting.CHOICES.items():
        shown.clear()
        at.segmented_control(key="retrospect_which").set_value(which).run()
        expected = choose(seen)[:16]
        assert not at.exception
        if len(expected):
            html, numbers, _ = shown["retrospect"]
            assert numbers == (expected + 1).tolist() and html.count("<svg") == len(expected)
        else:
            assert which in at.success[0].value and "retrospect" not in shown


def test_a_click_tells_the_history_of_a_digit(open_app, shown):
    at = train(view(open_app, **FEW), 3)
    number = shown["retrospect"][1][2]
    shown.click["retrospect"] = number
    at.run()  # the click comes in the middle of it
    at.run()
    assert shown["retrospect"][2] == number
    assert f"{number:,}" in at.subheader[-1].value and "epoch 0: " in texts(at)


def test_the_first_batches_are_evaluated_when_asked_for(open_app, shown, click):
    at = train(view(open_app, **FEW), 2)
    assert "4 more snapshots" in texts(at) and snapshots(at) == 3
    click(at, "look_back")
    assert not at.exception and snapshots(at) == 7
    assert not [button for button in at.button if button.key == "look_back"]


def test_while_it_trains_it_goes_on_counting(open_app, shown, click):
    at = train(view(open_app, **FEW), 2)
    click(at, "run")
    assert at.button(key="look_back").disabled
    while lab(at).trainer.epochs < 4:
        at.run()
    at.run()
    assert lab(at).running and not at.exception and snapshots(at) > 3
    click(at, "pause")
    click(at, "reset")
    assert "**Epoch**" in at.info[0].value and not at.exception
