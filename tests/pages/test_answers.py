"""Answers: each has an address of its own, and shows itself on a page."""

from dashboard.answers.answers import ANSWERS
from tests.pages.content import failures, lab

PAGE = "pages/answers.py"


def test_a_link_opens_its_question_first_and_shows_the_state_that_answers_it(open_link, click):
    at = open_link(PAGE, question="zero-weights")
    assert failures(at) == [] and not at.caption[0].value.startswith("Unknown")
    first, *others = [each for each in at.expander if each.label in {answer.question for answer in ANSWERS.values()}]
    assert first.label == ANSWERS["zero-weights"].question and first.proto.expanded
    assert len(others) == 24 and not any(each.proto.expanded for each in others)
    assert at.query_params["question"] == "zero-weights"
    click(at, "show_zero-weights")
    assert (
        lab(at).recipe.initializer == "zero" and failures(at) == [] and not at.expander[0].label.startswith("Why may")
    )
    at.run()
    assert "question" not in at.query_params


def test_an_unknown_question_opens_none(open_link):
    at = open_link(PAGE, question="<b>nonsense")
    assert failures(at) == [] and not any(each.proto.expanded for each in at.expander)
