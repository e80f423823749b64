"""The view Forgetting of the page Mistakes."""

import pytest

from dashboard.mistakes import forgetting
from tests.pages.content import FEW, buttons, charts, choose, lab, texts

PAGE = "pages/mistakes.py"


def view(open_app, **settings):
    return choose(open_app(PAGE, **settings), "mistakes_view", "Forgetting")


def train(at, epochs):
    for _ in range(epochs):
        lab(at).trainer.epoch()
    return at.run()


def snapshots(at):
    """How many snapshots the chart shows."""
    [chart] = charts(at).values()
    return len(chart["data"][0]["text"])


def test_a_click_tells_the_history_of_a_digit(open_app, shown):
    at = view(open_app, **FEW)
    assert not at.exception and "**Epoch**" in at.info[0].value and "retrospect" not in shown
    train(at, 3)
    number = shown["retrospect"][1][2]
    shown.click["retrospect"] = number
    at.run().run()  # the click comes in the middle of it
    assert shown["retrospect"][2] == number
    assert f"{number:,}" in at.subheader[-1].value and "epoch 0: " in texts(at)


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
    [chart] = charts(at).values()
    assert len(chart["data"]) == 3
    seen = forgetting.of(lab(at).timeline.snapshots, lab(at).trainer.steps)
    for which, (choice, _) in forgetting.CHOICES.items():
        shown.clear()
        choose(at, "retrospect_which", which)
        expected = choice(seen)[:16]
        assert not at.exception
        if len(expected):
            html, numbers, _ = shown["retrospect"]
            assert numbers == (expected + 1).tolist() and html.count("<svg") == len(expected)
        else:
            assert which in at.success[0].value and "retrospect" not in shown


def test_the_first_batches_are_evaluated_when_asked_for_and_while_it_trains_it_goes_on_counting(open_app, shown, click):
    at = click(train(view(open_app, **FEW), 2), "run")
    assert at.button(key="look_back").disabled
    while lab(at).trainer.epochs < 4:
        at.run()
    at.run()
    assert lab(at).running and not at.exception and snapshots(at) > 3
    click(at, "pause", "reset")
    assert "**Epoch**" in at.info[0].value
    train(at, 2)
    assert "4 more snapshots" in texts(at) and snapshots(at) == 3
    click(at, "look_back")
    assert not at.exception and snapshots(at) == 7 and "look_back" not in buttons(at)
