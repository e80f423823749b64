"""What the pages say about accuracy and loss is what the laboratory knows: of now, or of the date that it carries."""

import re

import numpy as np
import pytest

from dashboard.mistakes.review_view import VALIDATION
from dashboard.notation.dates import epoch
from dashboard.notation.numbers import number, percent
from tests.pages.content import failures, lab, texts

NUMBER = r"(∞|not a number|−?[\d,.]*\d(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?)"
DATE = r"(epoch [\d.]*\d)"


def rows(at, column, date):
    """What the history of the whole run has at this date, and nothing else may be told with it."""
    table = lab(at).trainer.history.evaluations
    found = [value for value, position in zip(table[column], table["epoch"], strict=True) if epoch(position) == date]
    assert found, f"nothing was measured at {date}"
    return found


def misread(at, accuracy):
    n = len(lab(at).shown.digits.validation)
    return f"{round(n * (1 - float(accuracy))):,}", f"{n:,}"


def accuracy_tile(at):
    [(label, said)] = [(each.label, each.value) for each in at.metric if each.label.startswith("Validation")]
    dated = re.search(DATE, label)
    if dated:
        assert said in [percent(value) for value in rows(at, "validation_accuracy", dated[1])]
    else:
        assert said == percent(lab(at).evaluation().accuracy)


def other_tiles(at):
    tiles, shown = {each.label: each.value for each in at.metric}, lab(at).shown
    loss = shown.history.batches.last("loss")
    assert tiles["Loss"] == ("–" if loss is None else f"{loss:.3f}" if loss < 100 else f"{loss:.3g}")
    assert tiles["Epoch"] == f"{shown.position:.2f}"


def losses_with_a_date(at):
    for dated, said in re.findall(rf"At {DATE} the validation loss is {NUMBER}", texts(at)):
        assert said in [number(value) for value in rows(at, "validation_loss", dated)]
        assert dated == epoch(lab(at).trainer.history.evaluations.last("epoch"))
    for said, dated in re.findall(rf"(?:lower:|lowest,|down from|down to) {NUMBER} at {DATE}", texts(at)):
        batches = lab(at).trainer.history.batches
        lately = [batches["loss"][end - 50 : end].mean() for end in range(50, len(batches) + 1)]
        assert said in [number(value) for value in [*rows(at, "validation_loss", dated), *lately]]


def losses_of_the_start(at):
    for said in re.findall(rf"the first step the validation loss (?:is|was) {NUMBER}", texts(at)):
        table = lab(at).trainer.history.evaluations
        assert table["epoch"][0] == 0 and said in [number(value) for value in rows(at, "validation_loss", "epoch 0")]


def mistakes_with_a_date(at):
    for dated, *said in re.findall(rf"At {DATE} the network misreads {NUMBER} of {NUMBER}", texts(at)):
        assert tuple(said) in [misread(at, value) for value in rows(at, "validation_accuracy", dated)]
    for *said, _ in re.findall(rf"first step the network misread {NUMBER} of {NUMBER}()", texts(at)):
        assert tuple(said) == misread(at, rows(at, "validation_accuracy", "epoch 0")[0])


def train(at):
    for said in (accuracy_tile, other_tiles, losses_with_a_date, losses_of_the_start, mistakes_with_a_date):
        said(at)
    finite = np.isfinite(lab(at).trainer.history.evaluations.last("validation_loss"))
    assert not finite or "validation loss" in texts(at).lower()
    assert "misread" in texts(at) or "guessing gets" in texts(at).lower()


def checks(at):
    told = re.findall(rf"Loss {NUMBER} before the first step", texts(at))
    table = lab(at).trainer.history.evaluations
    came_trained = table["epoch"][0] > 0
    assert told == ([] if came_trained else [number(table["validation_loss"][0])])
    assert not came_trained or f"trained to {epoch(table['epoch'][0])}:" in texts(at)


def mistakes(at):
    evaluation, text = lab(at).evaluation(VALIDATION), texts(at)
    if not np.isfinite(evaluation.scores).all():
        assert "not finite" in text and "misreads" not in text
        return
    if evaluation.accuracy == 1:
        assert "are read correctly" in text
        return
    [said] = re.findall(rf"misreads \*\*{NUMBER} of {NUMBER}\*\* validation digits \(([^)]*)\)", text)
    assert said == (*misread(at, evaluation.accuracy), percent(1 - evaluation.accuracy))


def trained_or_not(at):
    """Only a network without a step is called untrained, and only where a run would come next is it offered."""
    shown = lab(at).shown
    body = " ".join(each.value for kind in (at.main.markdown, at.main.caption, at.main.info) for each in kind)
    body = body.partition("**untrained**")[0]  # the status line speaks of the present
    assert "network is untrained" not in body or shown.steps == 0
    assert "Press **Run**." not in body or lab(at).trainer.steps == 0


@pytest.mark.parametrize("page", [train, checks, mistakes])
def test_figures_are_of_now_or_of_their_date(in_every_phase, page):
    at = in_every_phase.switch_page(f"pages/{page.__name__}.py").run()
    assert failures(at) == []
    page(at)
    trained_or_not(at)
