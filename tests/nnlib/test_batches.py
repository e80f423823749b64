"""Mini-batches: every example once per epoch, known before they are drawn, and repeatable from any position."""

from itertools import chain

import numpy as np
import pytest

from nnlib.batches import BatchSampler


@pytest.fixture
def sampler(few):
    sampler = BatchSampler(few, np.random.default_rng(3))
    sampler.size = 70
    return sampler


def drawn(sampler, n):
    batches = []
    for _ in range(n):
        rows = sampler.draw()
        batches.append(rows.tolist())
        sampler.advance(len(rows))
        if sampler.cursor == sampler.n:
            sampler.go_to(sampler.epochs + 1)
    return batches


def test_an_epoch_is_every_example_once_in_an_order_of_its_own(sampler):
    first, second = drawn(sampler, 5), drawn(sampler, 5)
    assert [len(batch) for batch in first] == [70, 70, 70, 70, 20]
    assert sorted(chain(*first)) == sorted(chain(*second)) == list(range(300))
    assert first != second and sampler.epochs == 2


def test_looking_draws_nothing(sampler):
    untouched = sampler.twin()
    for _ in range(7):
        told = sampler.upcoming().tolist()
        assert [told] == drawn(sampler, 1) == drawn(untouched, 1)


def test_what_is_drawn_stays_the_next_until_it_is_put_back(sampler):
    rows = sampler.draw().tolist()
    sampler.size = 10
    assert sampler.upcoming().tolist() == rows
    sampler.put_back()
    assert sampler.upcoming().tolist() == sampler.draw().tolist() == rows[:10]


def test_the_full_batch_needs_no_order(sampler, few):
    sampler.size = None
    assert sampler.size == 300 and sampler.draw() == slice(0, 300) and sampler.order is None
    images, labels = sampler.next_batch(4)
    assert np.array_equal(images, few.train.images[:4]) and np.array_equal(labels, few.train.labels[:4])


def test_back_to_a_place_in_an_epoch(sampler):
    drawn(sampler, 2)
    place = sampler.epochs, sampler.cursor, sampler.batch, sampler.order
    position, later = sampler.position, drawn(sampler, 3)
    sampler.go_to(*place)
    assert sampler.position == position == 140 / 300 and sampler.batches == 5
    assert drawn(sampler, 3) == later
