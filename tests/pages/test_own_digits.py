"""My digits: labelled, kept, given back, and a split like any other."""

import re

import numpy as np
import pytest

from dashboard.core import scheduler, streamlit_internals
from dashboard.draw import own_digits_view, teaching
from dashboard.draw.own_digits_files import packed
from dashboard.notation.phrases import MINE
from tests.figures import figures
from tests.pages.content import FEW, buttons, choose, failures, lab, texts, widget

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


@pytest.mark.parametrize("settings", [FEW, BINARY, {"conv": "4-8", "hidden": "16", "examples": "100"}])
def test_the_guess_is_proposed_once_trained_and_never_kept_by_itself(open_app, drawn, click, digits, settings):
    image = digits.test.images[5]  # a 1
    drawn(image)
    at = open_app(PAGE, **settings)
    assert widget(at, "own_label").value is None and at.button(key="own_keep").disabled
    train(at, 5)
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


def test_the_proposal_follows_the_network_until_one_chooses(open_app, drawn, digits, monkeypatch):
    drawn(digits.test.images[5])
    at, guesses = open_app(PAGE, **FEW), iter([6, 1, 7])
    monkeypatch.setattr(own_digits_view, "_guess", lambda lab, image: next(guesses))
    assert widget(at.run(), "own_label").value == 6
    assert widget(at.run(), "own_label").value == 1
    assert widget(widget(at, "own_label").set_value(4).run(), "own_label").value == 4


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
    assert len(keep(at, 5, of="validation").warning) == 0  # it is no longer news


def test_it_holds_in_every_state(in_every_state, drawn):
    at = in_every_state
    drawn(lab(at).digits.test.images[3])
    keep(at, 7).switch_page(PAGE).run()
    assert not failures(at) and len(lab(at).own_digits) == 7
    assert f"{len(lab(at).split(MINE))}" in "7 3" or "other classes" in texts(at)
    number = int((lab(at).split(MINE).source_index <= 3).sum())  # that of the digit on the page, a 0
    assert any(each.proto.query_string.endswith(f"digit={MINE}-{number}") for each in at.run().get("page_link"))
    at.query_params["digit"] = f"{MINE}-{number}"
    at.switch_page("pages/step.py").run()
    assert not failures(at) and f"your digit no. {number}" in texts(at)


# A split like any other


MISTAKES = ["Confusion matrix", "Calibration", "ROC and threshold", "Class report"]


@pytest.mark.parametrize("settings", [FEW, BINARY])
def test_every_view_of_mistakes_shows_a_single_one(open_app, settings):
    at, n = open_app("pages/mistakes.py", **settings), 1
    lab(at).own_digits.keep(lab(at).digits.test.images[2:3], lab(at).digits.test.labels[2:3])  # a 1
    widget(at.run(), "mistakes_split").set_value(MINE).run()
    for steps in (0, 30):
        train(at, steps)
        wrong = len(lab(at).trainer.evaluate(lab(at).split(MINE)).mistakes())
        for view in reversed(MISTAKES):  # ends with the first
            if view in widget(at, "mistakes_view").options:
                widget(at, "mistakes_view").set_value(view).run()
                assert not failures(at)
        assert (f"**{wrong:,} of {n:,}**" in texts(at)) == (wrong > 0) and "Your digit no." in texts(at)
    assert lab(at).test_looks == 0
    lab(at).own_digits.delete_all()
    assert MINE not in widget(at.run(), "mistakes_split").options and "validation digits" in texts(at)


def test_while_it_trains_mine_are_shown(open_app, click):
    at = keep(open_app("pages/mistakes.py", **FEW), 20)
    widget(at, "mistakes_split").set_value(MINE).run()
    click(at, "run").run()
    assert lab(at).running and "Your digit no." in texts(at) and not failures(at)


def test_a_binary_network_shows_those_of_its_classes(open_app):
    at = keep(open_app("pages/mistakes.py", **BINARY), 1)  # a 7
    assert MINE not in widget(at, "mistakes_split").options
    keep(at, 20)
    widget(at, "mistakes_split").set_value(MINE).run()
    n = int((lab(at).digits.test.labels[:20] <= 1).sum())
    assert f" of {n}**" in texts(at) or f"All {n} " in texts(at)


def test_one_step_with_a_digit_of_mine_may_be_taken(open_app, click):
    at = keep(open_app("pages/step.py", **FEW), 3)
    at.query_params["digit"] = f"{MINE}-2"
    at.run()
    assert "your digit no. 2" in texts(at) and not failures(at)
    dry_run = at.session_state["Walk"].dry_run
    assert dry_run.m == 1
    at.switch_page("pages/train.py").run()
    lab(at).own_digits.delete(lab(at).digits.test.images[0])
    at.switch_page("pages/step.py").run()
    assert at.session_state["Walk"].dry_run.loss != dry_run.loss  # number 2 is another one now
    widget(at, "step_phase").set_value("update").run()
    click(at, "step_take")
    assert lab(at).trainer.steps == 1
    lab(at).own_digits.delete_all()
    at.run()
    assert "digit" not in at.query_params and not failures(at)


def test_a_link_to_a_digit_of_an_earlier_session_says_so(open_app):
    at = open_app("pages/step.py", digit=f"{MINE}-2", **FEW)
    assert "this session" in texts(at) and "digit" not in at.query_params


@pytest.mark.parametrize("settings", [FEW, BINARY])
def test_layer_by_layer_and_in_the_graph(open_app, click, settings):
    at = keep(open_app("pages/weights.py", **settings), 4)
    widget(at, "weights_or_digit").set_value("one digit, layer by layer").run()
    widget(at, "journey_split").set_value(MINE).run()
    n = len(lab(at).split(MINE))
    click(at, *["next_digit"] * n)
    assert widget(at, "journey_own_digit").value == 1 and not failures(at)
    at.switch_page("pages/train.py").run()
    click(at, "graph_mine", "graph_mine")
    assert f"Your digit no. {2 if n > 1 else 1}," in texts(at)
    click(at, "graph_next")
    assert "Validation digit no." in texts(at)
    click(at, "graph_mine")
    lab(at).own_digits.delete_all()
    assert "Validation digit no." in texts(at.run()) and "graph_mine" not in buttons(at) and not failures(at)


# Teaching


def test_it_is_taught_in_one_go_and_the_counts_are_true(open_app, drawn, click):
    at = train(keep(open_app(PAGE, **FEW), 20))
    choose(at, "teach_share", 0)
    choose(at, "teach_steps", 300)
    click(at, "teach")
    trainer, digits = lab(at).trainer, lab(at).digits
    right = [
        len(split) - len(trainer.evaluate(split).mistakes()) for split in (digits.validation, digits.test.take(20))
    ]
    assert trainer.steps == 360 and all(f"| {n:,} (" in texts(at) for n in right) and "forgetting" in texts(at)
    assert len(lab(at).branches) == 2 and not failures(at)
    click(at, "reset")
    assert "forgetting" not in texts(at) and not failures(at)


def test_how_long_it_takes_is_said_before_if_that_is_long(open_app, drawn):
    at = keep(open_app(PAGE, **FEW), 20)
    for seconds in (0.001, 10.0):
        lab(at)._evaluation_seconds = seconds
        said = figures(re.search("Takes about (.*)", texts(at.run()) + "Takes about 0 s.")[1])[0]
        assert said == pytest.approx(teaching.expected_seconds(lab(at), 100) * (seconds > 1), abs=0.05)
        assert (said > 20) == (seconds > 1)  # twice all validation digits at least


def test_a_click_stops_it_and_what_it_has_learned_is_counted(open_app, drawn, click, monkeypatch):
    at = train(keep(open_app(PAGE, **FEW), 20))
    clicks = iter([False] * 40 + [True])
    monkeypatch.setattr(streamlit_internals, "click_waits", lambda: next(clicks, False))
    monkeypatch.setattr(scheduler, "SLICE", 0)  # one small part each
    click(at, "teach")
    done = lab(at).trainer.steps - 60
    assert 0 < done < 100 and f"{done} of 100" in texts(at) and "| read correctly |" in texts(at) and not failures(at)


def test_when_it_cannot_be_taught(open_app, drawn, click):
    at = open_app(PAGE, **FEW)
    assert "teach" not in buttons(at)
    keep(at, 3)
    assert not at.button(key="teach").disabled
    click(at, "run").run()
    assert at.button(key="teach").disabled
