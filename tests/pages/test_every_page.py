"""Every page opens in every state a visitor may bring the laboratory to."""

from pathlib import Path

import pytest
from streamlit.runtime.scriptrunner import RerunData, ScriptRunnerEvent
from streamlit.testing.v1.element_tree import parse_tree_from_messages
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

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


@pytest.mark.parametrize("page", PAGES)
def test_a_click_just_as_a_redraw_ends_leaves_everything_in_its_place(open_app, monkeypatch, page):
    """The whole script, one fragment alone, the whole script again, as asked for at the very end of that, and so
    on for every fragment: all in one thread, which would go on writing where it wrote last."""
    at = open_app().switch_page(page).run()
    fragments = list(at._fragment_storage._fragments)
    rest, trees, finish = iter(fragments), [], LocalScriptRunner._on_script_finished

    def finish_and_ask_for_more(self, context, event, *args):
        finish(self, context, event, *args)
        following = None
        if event is ScriptRunnerEvent.FRAGMENT_STOPPED_WITH_SUCCESS:
            following = ""  # the whole script
        elif event is ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS:
            trees.append(parse_tree_from_messages(self.forward_msgs()))
            following = next(rest, None)
        if following is not None:
            self.request_rerun(RerunData(page_script_hash=context.page_script_hash, fragment_id=following))

    monkeypatch.setattr(LocalScriptRunner, "_on_script_finished", finish_and_ask_for_more)
    at.run()
    assert len(trees) == len(fragments) + 1 >= 2
    for tree in trees:
        assert failures(tree) == []
        assert len(tree.main.title) == 1
