"""Every page opens in every state a visitor may bring the laboratory to, whenever a click arrives."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.runtime.scriptrunner import RerunData, ScriptRunnerEvent
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from tests.pages.content import FEW, failures, lab

WHOLE, PART = ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS, ScriptRunnerEvent.FRAGMENT_STOPPED_WITH_SUCCESS
PAGES = sorted(f"pages/{path.name}" for path in (Path(__file__).parents[2] / "pages").glob("*.py"))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_in_every_state(in_every_state, page):
    at = in_every_state.switch_page(page).run()
    assert failures(at) == []
    assert len(at.title) == 1
    if lab(at).running:
        at.run()  # one tick further
        assert failures(at) == []


def run_with_part(at, monkeypatch, fragment, between=lambda: None):
    """The whole script, `between`, that fragment alone, and, as if asked for at its very end, the whole script again;
    all in one thread. Returns how the runs ended."""
    finish, ends = LocalScriptRunner._on_script_finished, []

    def finish_and_ask_for_more(self, context, event, *args):
        finish(self, context, event, *args)
        ends.append(event)
        page = RerunData(page_script_hash=context.page_script_hash)
        if ends.count(WHOLE) == 1 and event is WHOLE:
            between()
            self.request_rerun(replace(page, fragment_id=fragment))
        elif event is PART:
            self.request_rerun(page)

    with monkeypatch.context() as patch:
        patch.setattr(LocalScriptRunner, "_on_script_finished", finish_and_ask_for_more)
        at.run()
    return ends


def fragments_of(at, pages):
    """Goes to one page after the other, and there tells of each part; those of the frame, at the first page only."""
    told = set()
    for page in pages:
        at.switch_page(page).run()
        for fragment in [each for each in at._fragment_storage._fragments if each not in told]:
            told.add(fragment)
            yield fragment


def test_a_click_just_as_a_redraw_ends_leaves_everything_in_its_place(open_app, monkeypatch):
    """The thread of the redraw would go on writing where it wrote last."""
    at = open_app(all_settings=True)
    for fragment in fragments_of(at, PAGES):
        ends = run_with_part(at, monkeypatch, fragment)
        assert ends[-3:] == [WHOLE, PART, WHOLE]
        assert failures(at) == []
        assert len(at.main.title) == 1


def test_a_part_of_a_page_that_is_out_of_date_is_not_drawn_alone(open_app, click, monkeypatch):
    """As where a click in the bar leads back from the past just when another part is to be drawn."""
    at = click(open_app(**FEW), "step_batch", "step_epoch", "run")
    lab = at.session_state["lab"]
    lab.look_at(lab.timeline.snapshots[0])
    for fragment in fragments_of(at, PAGES):
        lab.look_at(lab.timeline.snapshots[0])
        ends = run_with_part(at, monkeypatch, fragment, lab.look_at_present)
        assert PART not in ends and ends[-1] is WHOLE
        assert failures(at) == []
