"""Every page opens in every state a visitor may bring the laboratory to."""

from pathlib import Path

import pytest

PAGES = sorted(f"pages/{path.name}" for path in (Path(__file__).parents[2] / "pages").glob("*.py"))


def failures(at):
    return [f"{error.message}\n{''.join(error.stack_trace)}" for error in at.exception]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_in_every_state(in_every_state, page):
    at = in_every_state.switch_page(page).run()
    assert failures(at) == []
    assert len(at.title) == 1
    at.run()  # while it runs: one tick further
    assert failures(at) == []
