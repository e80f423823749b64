"""My digits: labelled, kept, given back, and a split like any other."""

import numpy as np
import pytest

from dashboard.draw import own_digits_view
from dashboard.draw.own_digits_files import packed
from dashboard.notation.phrases import MINE
from tests.pages.content import FEW, buttons, failures, lab, texts, widget

PAGE = "pages/draw.py"
BINARY = {"recipe": "binary-400-25-15-1"}


@pytest.fixture
def drawn(monkeypatch):
    """`drawn(image)`: this prepared picture stands on the page, None for none."""
    show = own_digits_view.show

    def draw(image):
        shape = image if image is None else image.reshape(28, 28)
        monkeypatch.setattr(own_digits_view, "show", lambda lab, digit, theme: show(lab, shape, theme))

    draw(None)
    return draw


def keep(at, n, of="test"):
    """Keep the first test digits."""
    split = getattr(lab(at).digits, of)
    lab(at).own_digits.keep(split.images[:n], split.labels[:n])
    return at.run()


def train(at, steps=60):
    for _ in range(steps):
        lab(at).step()
    return at.run()


@pytest.mark.parametrize("settings", [FEW, BINARY, {"recipe": "cnn-32-64-128", "examples": "100"}])
def test_the_guess_is_proposed_once_trained_and_never_kept_by_itself(open_app, drawn, click, digits, settings):
    image = digits.test.images[5]  # a 1
    drawn(image)
    at = open_app(PAGE, **settings)
    assert widget(at, "own_label").value is None and at.button(key="own_keep").disabled
    train(at, 5)
    at = open_app_again(at)
    trainer = lab(at).trainer
    fitting = lab(at).own_digits.fitted(own_digits_view.one(image, 1), trainer.digits)
    guess = int(trainer.digits.class_names[trainer.evaluate(fitting).predicted[0]])
    assert widget(at, "own_label").value == guess and not len(lab(at).own_digits)
    widget(at, "own_label").set_value(1).run()
    click(at, "own_keep")
    assert lab(at).own_digits.kept.labels.tolist() == [1] and at.button(key="own_keep").disabled
    widget(at, "own_label").set_value(7).run()
    click(at, "own_keep")
    assert lab(at).own_digits.kept.labels.tolist() == [7] and not failures(at)


def open_app_again(at):
    """Leave the page and come back: a widget proposes anew."""
    at.switch_page("pages/train.py").run()
    return at.switch_page(PAGE).run()


def test_the_grid_says_what_the_network_reads(open_app, drawn, shown):
    at = train(keep(open_app(PAGE, **FEW), 50))
    evaluation = lab(at).trainer.evaluate(lab(at).digits.test.take(50))
    html, choices, _ = shown["own_digits_grid"]
    assert len(choices) == own_digits_view.PAGE_SIZE
    newest = evaluation.predicted[: 50 - own_digits_view.PAGE_SIZE - 1 : -1]
    labels = evaluation.labels[: 50 - own_digits_view.PAGE_SIZE - 1 : -1]
    assert html.count("✗") == 2 * np.count_nonzero(newest != labels) > 0  # in the caption and the alternative text
    assert html.count("✓") == 2 * np.count_nonzero(newest == labels)


def test_one_is_relabelled_and_deleted_and_comes_back(open_app, drawn, click, shown):
    at = keep(open_app(PAGE, **FEW), 3)
    shown.click["own_digits_grid"] = shown["own_digits_grid"][1][0]  # the newest
    at.run().run()
    wanted = (int(lab(at).own_digits.kept.labels[2]) + 1) % 10
    widget(at, "own_relabel").set_value(wanted).run()
    assert lab(at).own_digits.kept.labels[2] == wanted
    click(at, "own_delete")
    assert len(lab(at).own_digits) == 2
    click(at, "own_undo")
    assert len(lab(at).own_digits) == 3 and "own_undo" not in buttons(at)
    click(at, "own_delete_all")
    assert len(lab(at).own_digits) == 3
    click(at, "own_delete_all_no", "own_delete_all", "own_delete_all_yes")
    assert not len(lab(at).own_digits)
    click(at, "own_undo")
    assert len(lab(at).own_digits) == 3 and not failures(at)


def test_a_file_is_added_and_a_bad_one_refused(open_app, drawn, digits):
    at = keep(open_app(PAGE, **FEW), 3)
    for content, n, problem in ((packed(digits.test.take(9), (28, 28)), 9, ""), (b"something else", 9, "zip")):
        at.file_uploader[0].set_value(("my-digits.zip", content, "application/zip")).run()
        assert len(lab(at).own_digits) == n and not failures(at)
        assert all(problem in warning.value for warning in at.warning) and len(at.warning) == bool(problem)


def test_it_holds_in_every_state(in_every_state, drawn):
    at = in_every_state
    drawn(lab(at).digits.test.images[3])
    keep(at, 7).switch_page(PAGE).run()
    assert not failures(at) and len(lab(at).own_digits) == 7
    assert f"{len(lab(at).split(MINE))}" in "7 3" or "other classes" in texts(at)
