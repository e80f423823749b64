from dataclasses import replace

import pytest

from dashboard.shell.timeline_text import about_timeline, place_in_time
from nnlib.recipes import DEFAULT, RECIPES
from nnlib.timeline import Timeline
from tests.figures import figures


@pytest.fixture(scope="module")
def trainer(few):
    """Thirteen mini-batches of 150 of 300 digits: six and a half epochs."""
    trainer = replace(RECIPES[DEFAULT], hidden=(4,), batch_size=150).trainer(few, timeline=Timeline())
    for _ in range(13):
        trainer.step()
    return trainer


def test_a_snapshot_is_named_by_its_epoch_and_by_its_batches_from_the_start(trainer):
    names = [place_in_time(snapshot) for snapshot in trainer.timeline.snapshots]
    assert "untrained" in names[0]
    assert [figures(name) for name in names[:3]] == [[], [0.5, 1], [1, 2]]
    assert len(set(names)) == len(names)
    assert figures(place_in_time(trainer)) == [6.5, 13]


def test_the_snapshots_and_the_memory_of_all_branches_are_told(trainer):
    branch = trainer.timeline.branch(trainer.timeline.snapshots[2])
    count = len({id(snapshot) for snapshot in (*trainer.timeline.snapshots, *branch.snapshots)})
    told = figures(about_timeline(branch))
    megabytes = branch.nbytes / 2**20
    branch.forget()
    assert told == [count, pytest.approx(megabytes, abs=0.05), 64]
