"""Every count against a naive loop over examples and snapshots, and by hand."""

import numpy as np
import pytest

from nnlib.analysis.forgetting import forgotten, learned, per_snapshot

BY_HAND = np.array(
    [  # one row a snapshot, one column an example: always, never, late, forgotten, forgotten twice
        [1, 0, 0, 0, 1],
        [1, 0, 0, 1, 0],
        [1, 0, 0, 1, 1],
        [1, 0, 1, 0, 0],
        [1, 0, 1, 0, 1],
    ],
    bool,
)


def naive(right):
    """learned, forgotten for each example; new, again, lost at each snapshot."""
    snapshots, examples = right.shape
    settled, times = [], []
    new, again, lost = [0] * snapshots, [0] * snapshots, [0] * snapshots
    for example in range(examples):
        ever, since, count = False, snapshots, 0
        for snapshot in range(snapshots):
            now, was = right[snapshot][example], snapshot > 0 and right[snapshot - 1][example]
            if now and not ever:
                ever = True
                new[snapshot] += 1
            elif now and not was:
                again[snapshot] += 1
            if was and not now:
                count += 1
                lost[snapshot] += 1
            if now and not was:
                since = snapshot
            if not now:
                since = snapshots
        settled.append(since)
        times.append(count)
    return settled, times, new, again, lost


def test_by_hand():
    assert learned(BY_HAND).tolist() == [0, 5, 3, 5, 4]
    assert forgotten(BY_HAND).tolist() == [0, 0, 0, 1, 2]
    new, again, lost = per_snapshot(BY_HAND)
    assert new.tolist() == [2, 1, 0, 1, 0] and again.tolist() == [0, 0, 1, 0, 1] and lost.tolist() == [0, 1, 0, 2, 0]


@pytest.mark.parametrize("snapshots", [1, 2, 3, 17])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 1.0])
def test_all_are_those_of_a_loop(snapshots, share):
    right = np.random.default_rng(snapshots).random((snapshots, 60)) < share
    before = right.copy()
    settled, times, new, again, lost = naive(right)
    assert learned(right).tolist() == settled
    assert forgotten(right).tolist() == times
    assert [counts.tolist() for counts in per_snapshot(right)] == [new, again, lost]
    np.testing.assert_array_equal(right, before)
