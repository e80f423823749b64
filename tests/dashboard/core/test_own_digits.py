"""A visitor's own digits: kept once, relabelled, deleted, brought back, and fitted to the data of a network."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.core import own_digits
from dashboard.core.lab import Lab
from dashboard.core.own_digits import OwnDigits
from dashboard.notation.phrases import MINE
from nnlib.datasets import zeros_and_ones
from nnlib.recipes import RECIPES


@pytest.fixture
def kept(few):
    kept = OwnDigits(few.image_shape, few.class_names)
    kept.keep(few.test.images[:10], few.test.labels[:10])
    return kept


def test_a_picture_is_kept_once_and_may_be_relabelled(few, kept):
    kept.keep(few.test.images[3:5], np.array([7, 7], np.uint8))
    assert len(kept) == 10 and kept.place(few.test.images[4]) == 4 and kept.place(few.test.images[11]) is None
    expected = few.test.labels[:10].copy()
    expected[3:5] = 7
    assert (kept.kept.labels == expected).all() and (kept.kept.images == few.test.images[:10]).all()


def test_there_is_room_for_so_many(few, kept, monkeypatch):
    monkeypatch.setattr(own_digits, "MOST", 12)
    assert kept.keep(few.test.images[8:20], few.test.labels[8:20]) == 8
    assert (kept.kept.images == few.test.images[:12]).all()


def test_deleting_twice_deletes_once_and_is_undone(few, kept):
    for _ in range(2):
        kept.delete(few.test.images[2])
    assert len(kept) == 9 and kept.place(few.test.images[2]) is None
    for _ in range(2):
        kept.undo()
    assert (kept.kept.images == few.test.images[:10]).all() and not kept.may_undo
    for _ in range(2):
        kept.delete_all()
    assert not len(kept)
    kept.undo()
    assert (kept.kept.labels == few.test.labels[:10]).all()
    kept.delete_all()
    kept.keep(few.test.images[:1], few.test.labels[:1])
    assert not kept.may_undo


def test_fitted_to_a_binary_network_they_are_prepared_as_its_data_are(digits):
    kept = OwnDigits(digits.image_shape, digits.class_names)
    kept.keep(digits.test.images[:50], digits.test.labels[:50])
    binary = zeros_and_ones(digits)
    fitting, n = kept.fitting(binary), np.count_nonzero(digits.test.labels[:50] <= 1)
    assert (fitting.images == binary.test.images[:n]).all() and (fitting.labels == binary.test.labels[:n]).all()
    assert (fitting.source_index == np.flatnonzero(digits.test.labels[:50] <= 1)).all()
    assert kept.fitting(binary) is fitting
    kept.delete(digits.test.images[0])
    assert kept.fitting(binary) is not fitting


def test_a_lab_evaluates_them_like_a_split_and_again_when_they_change(few):
    lab = Lab(few, replace(RECIPES["dense-128-64"], hidden=(8,)))
    assert len(lab.split(MINE)) == 0
    for n in (20, 1):
        lab.own_digits.delete_all()
        lab.own_digits.keep(few.test.images[:n], few.test.labels[:n])
        assert lab.evaluation(MINE).loss == lab.trainer.evaluate(few.test.take(n)).loss
        assert lab.evaluation(MINE) is lab.recent_evaluation(MINE)[0]
    lab.step()
    assert lab.evaluation(MINE).loss == lab.trainer.evaluate(few.test.take(1)).loss and lab.test_looks == 0
